/**
 * UDP header (RFC 768), by byte:
 *
 *      0  source port          4  length, header included
 *      2  destination port     6  checksum
 *
 * Nothing is checked here: `decode` does, once.
 */
import { internetChecksum } from './checksum.js';
import { writeUint16 } from './integers.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
export const UDP_CHECKSUM = 6;

export const UDP_HEADER_LENGTH = 8;

/**
 * Writes a header of 8 bytes.
 * @param length of header and payload in bytes. @param checksum 0 = none, which only IPv4 allows.
 */
export function emitUdp(
  bytes: Uint8Array,
  offset: number,
  source: number,
  destination: number,
  length: number,
  checksum: number,
): void {
  writeUint16(bytes, offset + SOURCE_PORT, source);
  writeUint16(bytes, offset + DESTINATION_PORT, destination);
  writeUint16(bytes, offset + LENGTH, length);
  writeUint16(bytes, offset + UDP_CHECKSUM, checksum);
}

/** Overwrites source port and length of a header. @param length in bytes, header included. */
export function setUdpPortAndLength(bytes: Uint8Array, offset: number, source: number, length: number): void {
  writeUint16(bytes, offset + SOURCE_PORT, source);
  writeUint16(bytes, offset + LENGTH, length);
}

/** Overwrites the length of a header. @param length in bytes, header included. */
export function setUdpLength(bytes: Uint8Array, offset: number, length: number): void {
  writeUint16(bytes, offset + LENGTH, length);
}

/**
 * Computes the checksum of a header over itself and the payload behind it, and writes it. A checksum of 0 is written
 * as 0xffff, since 0 means none.
 * @param length of header and payload in bytes. @param pseudoHeaderSum folded.
 */
export function setUdpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  pseudoHeaderSum: number,
): void {
  writeUint16(bytes, offset + UDP_CHECKSUM, 0);
  const checksum = internetChecksum(bytes, offset, length, pseudoHeaderSum);
  writeUint16(bytes, offset + UDP_CHECKSUM, checksum || 0xffff);
}
