/**
 * IPv4 header (RFC 791 §3.1), by byte:
 *
 *      0  version (high nibble), header length in 32-bit words (low nibble)
 *      1  DSCP and ECN            8  time to live          16  destination
 *      2  total length            9  protocol              20  options, then the payload
 *      4  identification         10  header checksum
 *      6  flags, fragment offset 12  source
 *
 * Field constants are offsets from the header's first byte, `offset` is that byte's. Nothing is checked here:
 * `decode` does, once.
 */
import { readUint16, writeUint16, writeUint32 } from './big-endian.js';
import { internetChecksum } from './checksum.js';

/** Version in the high nibble, header length in 32-bit words in the low one. */
export const IPV4_VERSION_AND_LENGTH = 0;
/** Bytes of header and payload; 0 in a super-frame that the network card is to segment. */
export const IPV4_TOTAL_LENGTH = 2;
/** Flags and fragment offset. */
export const IPV4_FRAGMENT = 6;
export const IPV4_PROTOCOL = 9;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;

const SERVICE = 1;
const IDENTIFICATION = 4;
const TIME_TO_LIVE = 8;
const CHECKSUM = 10;

/** Without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Bits of the word at IPV4_FRAGMENT; the offset is in units of 8 bytes. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_FRAGMENT_OFFSET_MASK = 0x1fff;
const DONT_FRAGMENT = 0x4000;

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

export function ipv4Identification(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + IDENTIFICATION);
}

/** Gives a header that stands another length and identification, and the checksum of all of it. */
export function renewIpv4(
  bytes: Uint8Array,
  offset: number,
  headerLength: number,
  totalLength: number,
  identification: number,
): void {
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, identification);
  writeUint16(bytes, offset + CHECKSUM, 0);
  writeUint16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, headerLength, 0));
}

/** The header checksum as it stands. */
export function ipv4Checksum(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + CHECKSUM);
}

/** Gives a header that stands another total length, and the checksum that goes with it. */
export function setIpv4Length(
  bytes: Uint8Array,
  offset: number,
  totalLength: number,
  checksum: number,
): void {
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + CHECKSUM, checksum);
}

/**
 * Makes a header that stands that of a fragment, with its checksum.
 * @param fragmentOffset of its payload in that of the datagram, in bytes, a multiple of 8. @param more follow.
 */
export function setIpv4Fragment(
  bytes: Uint8Array,
  offset: number,
  totalLength: number,
  identification: number,
  fragmentOffset: number,
  more: boolean,
): void {
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, identification);
  writeUint16(bytes, offset + IPV4_FRAGMENT, (more ? IPV4_MORE_FRAGMENTS : 0) | (fragmentOffset >>> 3));
  writeUint16(bytes, offset + CHECKSUM, 0);
  writeUint16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, IPV4_HEADER_LENGTH, 0));
}

/** Writes a header of 20 bytes without options, DSCP 0, not a fragment, with its checksum. */
export function emitIpv4(bytes: Uint8Array, offset: number, fields: Ipv4Fields): void {
  bytes[offset + IPV4_VERSION_AND_LENGTH] = 0x40 | (IPV4_HEADER_LENGTH >>> 2);
  bytes[offset + SERVICE] = 0;
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, fields.totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, fields.identification);
  writeUint16(bytes, offset + IPV4_FRAGMENT, fields.dontFragment ? DONT_FRAGMENT : 0);
  bytes[offset + TIME_TO_LIVE] = fields.timeToLive;
  bytes[offset + IPV4_PROTOCOL] = fields.protocol;
  writeUint16(bytes, offset + CHECKSUM, 0);
  writeUint32(bytes, offset + IPV4_SOURCE, fields.source);
  writeUint32(bytes, offset + IPV4_DESTINATION, fields.destination);
  writeUint16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, IPV4_HEADER_LENGTH, 0));
}
