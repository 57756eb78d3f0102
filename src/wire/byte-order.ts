/** Unsigned integers of capture files, whose byte order the file itself tells. Nothing is checked. */
import { readInt32, readUint16 } from './big-endian.js';

export function readUint16In(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  return littleEndian ? bytes[offset] | (bytes[offset + 1] << 8) : readUint16(bytes, offset);
}

export function readUint32In(bytes: Uint8Array, offset: number, littleEndian: boolean): number {
  if (!littleEndian) return readInt32(bytes, offset) >>> 0;
  return (readUint16In(bytes, offset, true) | (readUint16In(bytes, offset + 2, true) << 16)) >>> 0;
}
