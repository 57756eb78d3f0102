/**
 * Unsigned integers in network byte order, and in either byte order for capture files. Nothing is checked: the caller
 * has made sure that the bytes are there.
 */

/** A big-endian uint16. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1];
}

/** Four bytes, big-endian, as an int32, which V8 keeps without a heap object; `>>> 0` gives the uint32. */
export function readInt32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
}

/** A uint16 in either byte order. */
export function readUint16In(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return littleEndian ? bytes[offset] | (bytes[offset + 1] << 8) : readUint16(bytes, offset);
}

/** A uint32 in either byte order. */
export function readUint32In(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  if (!littleEndian) return readInt32(bytes, offset) >>> 0;
  return (readUint16In(bytes, offset, true) | (readUint16In(bytes, offset + 2, true) << 16)) >>> 0;
}

/** Writes the low 16 bits of `value`, big-endian. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 32 bits of `value`, an int32 or a uint32, big-endian. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** `writeUint32`, little-endian. */
export function writeUint32Little(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}
