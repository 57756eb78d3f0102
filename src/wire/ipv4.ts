/**
 * IPv4 header (RFC 791 §3.1), by byte:
 *
 *      0  version (high nibble), header length in 32-bit words (low nibble)
 *      1  DSCP and ECN            8  time to live          16  destination
 *      2  total length            9  protocol              20  options, then the payload
 *      4  identification         10  header checksum
 *      6  flags, fragment offset 12  source
 *
 * `offset` is always that of the header. Nothing is checked here: `decode` does, once.
 */
import { readInt32, readUint16, writeUint16, writeUint32 } from './big-endian.js';
import { internetChecksum } from './checksum.js';

const VERSION_AND_LENGTH = 0;
const SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

/** Without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Bits of the fragment word: RFC 791 §3.1. */
export const IPV4_DONT_FRAGMENT = 0x4000;
export const IPV4_MORE_FRAGMENTS = 0x2000;
/** In units of 8 bytes. */
export const IPV4_FRAGMENT_OFFSET_MASK = 0x1fff;

/** What `emitIpv4` writes; the rest of the header is fixed. */
export interface Ipv4Fields {
  /** Bytes, header included. */
  totalLength: number;
  identification: number;
  dontFragment: boolean;
  timeToLive: number;
  protocol: number;
  /** Address as int32 or uint32. */
  source: number;
  destination: number;
}

/** The version nibble, whatever the frame claims to carry. */
export function ipVersion(bytes: Uint8Array, offset: number): number {
  return bytes[offset + VERSION_AND_LENGTH] >>> 4;
}

/** Bytes of header and options: 0–60, a header below 20 being malformed. */
export function ipv4HeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + VERSION_AND_LENGTH] & 0x0f) << 2;
}

/** Bytes of header and payload; 0 in a super-frame that the network card is to segment. */
export function ipv4TotalLength(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + TOTAL_LENGTH);
}

/** Flags and fragment offset as one word; see the bits above. */
export function ipv4Fragment(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + FRAGMENT);
}

export function ipv4Protocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset + PROTOCOL];
}

/** As int32. */
export function ipv4Source(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + SOURCE);
}

/** As int32. */
export function ipv4Destination(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + DESTINATION);
}

export function ipv4Checksum(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + CHECKSUM);
}

/** Gives a header that stands another total length, and the checksum that goes with it. */
export function setIpv4Length(bytes: Uint8Array, offset: number, totalLength: number, checksum: number): void {
  writeUint16(bytes, offset + TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + CHECKSUM, checksum);
}

/** Writes a header of 20 bytes without options, DSCP 0, not a fragment, with its checksum. */
export function emitIpv4(bytes: Uint8Array, offset: number, fields: Ipv4Fields): void {
  bytes[offset + VERSION_AND_LENGTH] = 0x40 | (IPV4_HEADER_LENGTH >>> 2);
  bytes[offset + SERVICE] = 0;
  writeUint16(bytes, offset + TOTAL_LENGTH, fields.totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, fields.identification);
  writeUint16(bytes, offset + FRAGMENT, fields.dontFragment ? IPV4_DONT_FRAGMENT : 0);
  bytes[offset + TIME_TO_LIVE] = fields.timeToLive;
  bytes[offset + PROTOCOL] = fields.protocol;
  writeUint16(bytes, offset + CHECKSUM, 0);
  writeUint32(bytes, offset + SOURCE, fields.source);
  writeUint32(bytes, offset + DESTINATION, fields.destination);
  writeUint16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, IPV4_HEADER_LENGTH, 0));
}
