/**
 * IPv4 header (RFC 791 §3.1), by byte:
 *
 *      0  version (high nibble), header length in 32-bit words (low nibble)
 *      1  DSCP and ECN            8  time to live          16  destination
 *      2  total length            9  protocol              20  options, then the payload
 *      4  identification         10  header checksum
 *      6  flags, fragment offset 12  source
 *
 * Field constants are offsets from the header's first byte; `offset` is where that byte lies. Nothing is checked here:
 * `decode` does, once.
 */
import { internetChecksum } from './checksum.js';
import { readUint16, writeUint16, writeUint32 } from './integers.js';

export const IPV4_VERSION_AND_LENGTH = 0;
const SERVICE = 1;
/** Bytes of header and payload. 0: a GSO frame above 64 KiB (BIG TCP), or one that the network card is to segment. */
export const IPV4_TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
/** Flags and fragment offset. */
export const IPV4_FRAGMENT = 6;
const TIME_TO_LIVE = 8;
export const IPV4_PROTOCOL = 9;
const CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;

/** Bytes without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Bits of the word at IPV4_FRAGMENT; the offset is in units of 8 bytes. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_FRAGMENT_OFFSET_MASK = 0x1fff;
const DONT_FRAGMENT = 0x4000;

/** The fields that `emitIpv4` writes; the rest of the header is fixed. */
export interface Ipv4Fields {
  /** Bytes, header included. */
  totalLength: number;
  identification: number;
  dontFragment: boolean;
  /** Differentiated services code point, 0–63. */
  dscp: number;
  timeToLive: number;
  protocol: number;
  /** Address as int32 or uint32. */
  source: number;
  destination: number;
}

/** The identification, which the fragments of a datagram share. */
export function ipv4Identification(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + IDENTIFICATION);
}

/** The header checksum as it is written. */
export function ipv4Checksum(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + CHECKSUM);
}

/** Writes a header of 20 bytes without options, DSCP 0, not a fragment, with its checksum. */
export function emitIpv4(bytes: Uint8Array, offset: number, fields: Ipv4Fields): void {
  bytes[offset + IPV4_VERSION_AND_LENGTH] = 0x40 | (IPV4_HEADER_LENGTH >>> 2);
  bytes[offset + SERVICE] = fields.dscp << 2;
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, fields.totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, fields.identification);
  writeUint16(bytes, offset + IPV4_FRAGMENT, fields.dontFragment ? DONT_FRAGMENT : 0);
  bytes[offset + TIME_TO_LIVE] = fields.timeToLive;
  bytes[offset + IPV4_PROTOCOL] = fields.protocol;
  writeUint32(bytes, offset + IPV4_SOURCE, fields.source);
  writeUint32(bytes, offset + IPV4_DESTINATION, fields.destination);
  writeChecksum(bytes, offset, IPV4_HEADER_LENGTH);
}

/** Overwrites the total length of a header, and the checksum with one that the caller computed. */
export function setIpv4Length(
  bytes: Uint8Array,
  offset: number,
  totalLength: number,
  checksum: number,
): void {
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + CHECKSUM, checksum);
}

/** Overwrites total length and identification of a header, and computes its checksum. */
export function setIpv4Datagram(
  bytes: Uint8Array,
  offset: number,
  headerLength: number,
  totalLength: number,
  identification: number,
): void {
  writeUint16(bytes, offset + IPV4_TOTAL_LENGTH, totalLength);
  writeUint16(bytes, offset + IDENTIFICATION, identification);
  writeChecksum(bytes, offset, headerLength);
}

/**
 * Turns a header of 20 bytes into that of a fragment, and computes its checksum.
 * @param fragmentOffset of the fragment's payload in the datagram's, in bytes, a multiple of 8.
 * @param more further fragments follow.
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
  writeChecksum(bytes, offset, IPV4_HEADER_LENGTH);
}

function writeChecksum(bytes: Uint8Array, offset: number, headerLength: number): void {
  writeUint16(bytes, offset + CHECKSUM, 0);
  writeUint16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, headerLength, 0));
}
