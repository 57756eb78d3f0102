/**
 * TCP header (RFC 9293 §3.1), by byte:
 *
 *      0  source port          4  sequence number        12  header length in 32-bit words (high nibble)
 *      2  destination port     8  acknowledgement        13  flags
 *                                                        16  checksum
 *
 * Nothing is checked here: `decode` does, once.
 */
import { readInt32, writeUint32 } from './integers.js';

const SEQUENCE = 4;
const HEADER_WORDS = 12;
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;

/** Bytes without options. */
export const TCP_HEADER_LENGTH = 20;

/** Flags. */
export const TCP_FIN = 0x01;
export const TCP_PUSH = 0x08;
/** Congestion window reduced. */
export const TCP_CWR = 0x80;

/** Bytes of a header with its options, from its length field. */
export function tcpHeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + HEADER_WORDS] >>> 4) << 2;
}

/** The sequence number as an int32 bit pattern. */
export function tcpSequence(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + SEQUENCE);
}

/** Overwrites the sequence number of a header, and clears flags. */
export function setTcpSegment(
  bytes: Uint8Array,
  offset: number,
  sequence: number,
  withoutFlags: number,
): void {
  writeUint32(bytes, offset + SEQUENCE, sequence);
  bytes[offset + TCP_FLAGS] &= ~withoutFlags;
}
