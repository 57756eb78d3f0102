/**
 * IPv6 header (RFC 8200 §3), by byte:
 *
 *      0  version (high nibble), traffic class, flow label      8  source
 *      4  payload length                                       24  destination
 *      6  next header                                          40  extension headers, then the payload
 *      7  hop limit
 *
 * Extension header (RFC 8200 §4), of at least 8 bytes:
 *
 *      0  next header      1  length, in units that depend on the header      2  the header's own fields
 *
 * Fragment header (RFC 8200 §4.5):
 *
 *      0  next header      2  offset in units of 8 bytes (13 bits), more fragments (1)      4  identification
 *
 * Nothing is checked here: `decode` does, once.
 */
import { readUint16, writeUint16, writeUint32 } from './big-endian.js';
import { onesSum } from './checksum.js';

/** In the high nibble. */
export const IPV6_VERSION = 0;
/** Bytes behind the fixed header, extension headers included; 0 for a jumbogram or a super-frame. */
export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_NEXT_HEADER = 6;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

/** Of an extension header. */
export const EXTENSION_NEXT_HEADER = 0;
/** In units that depend on the header: see `extensionLength`. */
const EXTENSION_LENGTH = 1;
/** Of those that hold options. */
const EXTENSION_OPTIONS = 2;
/** Of a fragment header: the offset above three flag bits. */
export const IPV6_FRAGMENT = 2;

const HOP_LIMIT = 7;
const FRAGMENT_IDENTIFICATION = 4;
const ADDRESS_LENGTH = 16;

export const IPV6_HEADER_LENGTH = 40;
export const IPV6_FRAGMENT_HEADER_LENGTH = 8;
/** Of a hop-by-hop header that holds the jumbo payload option alone. */
export const IPV6_JUMBO_HEADER_LENGTH = 8;
/** The shortest extension header, and the length of every fragment header. */
export const IPV6_EXTENSION_MINIMUM = 8;

/** RFC 8200 §4.5. */
export const NEXT_HEADER_FRAGMENT = 44;
/** RFC 8200 §4.3, §4.4, §4.6. */
const NEXT_HEADER_HOP_BY_HOP = 0;
const NEXT_HEADER_ROUTING = 43;
const NEXT_HEADER_DESTINATION_OPTIONS = 60;
/** RFC 4302 §2. */
const NEXT_HEADER_AUTHENTICATION = 51;
/** RFC 6275 §6.1. */
const NEXT_HEADER_MOBILITY = 135;

/** Type and length of the jumbo payload option (RFC 2675 §2). */
const JUMBO_PAYLOAD = 0xc204;

/** Bits of the word at IPV6_FRAGMENT (RFC 8200 §4.5); masked, the offset is in bytes. */
export const IPV6_MORE_FRAGMENTS = 0x0001;
export const IPV6_FRAGMENT_OFFSET_MASK = 0xfff8;

/** True for the version field of IPv6. @param offset of an IP header. */
export function isIpv6Packet(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + IPV6_VERSION] >>> 4 === 6;
}

/**
 * True when what follows the header is a hop-by-hop header with the jumbo payload option alone.
 * @param offset of a header with at least as many bytes behind it.
 */
export function hasJumboPayload(bytes: Uint8Array, offset: number): boolean {
  const extension = offset + IPV6_HEADER_LENGTH;
  return (
    bytes[offset + IPV6_NEXT_HEADER] === NEXT_HEADER_HOP_BY_HOP &&
    bytes[extension + EXTENSION_LENGTH] === 0 &&
    readUint16(bytes, extension + EXTENSION_OPTIONS) === JUMBO_PAYLOAD
  );
}

/** True for the headers that can be walked over; ESP hides what is behind it, and "no next header" ends. */
export function isExtensionHeader(type: number): boolean {
  return (
    type === NEXT_HEADER_HOP_BY_HOP ||
    type === NEXT_HEADER_ROUTING ||
    type === NEXT_HEADER_FRAGMENT ||
    type === NEXT_HEADER_AUTHENTICATION ||
    type === NEXT_HEADER_DESTINATION_OPTIONS ||
    type === NEXT_HEADER_MOBILITY
  );
}

/**
 * Bytes of an extension header: in units of 8 beyond the first 8 (RFC 8200 §4), for AH in units of 4 beyond
 * the first 8 (RFC 4302 §2.2); a fragment header has no length field.
 * @param type of this header, from the one before. @param offset of this header.
 */
export function extensionLength(type: number, bytes: Uint8Array, offset: number): number {
  const units = bytes[offset + EXTENSION_LENGTH];
  if (type === NEXT_HEADER_FRAGMENT) return IPV6_EXTENSION_MINIMUM;
  return type === NEXT_HEADER_AUTHENTICATION ? (units + 2) << 2 : (units + 1) << 3;
}

/** What `emitIpv6` writes; traffic class and flow label are 0. */
export interface Ipv6Fields {
  /** Bytes behind the header. */
  payloadLength: number;
  nextHeader: number;
  hopLimit: number;
  /** 16 bytes each. */
  source: Uint8Array;
  destination: Uint8Array;
}

/** Writes a header of 40 bytes. */
export function emitIpv6(bytes: Uint8Array, offset: number, fields: Ipv6Fields): void {
  writeUint32(bytes, offset + IPV6_VERSION, 0x60000000);
  writeUint16(bytes, offset + IPV6_PAYLOAD_LENGTH, fields.payloadLength);
  bytes[offset + IPV6_NEXT_HEADER] = fields.nextHeader;
  bytes[offset + HOP_LIMIT] = fields.hopLimit;
  bytes.set(fields.source, offset + IPV6_SOURCE);
  bytes.set(fields.destination, offset + IPV6_DESTINATION);
}

/** Gives a header that stands another payload length and next header. */
export function setIpv6Payload(
  bytes: Uint8Array,
  offset: number,
  payloadLength: number,
  nextHeader: number,
): void {
  writeUint16(bytes, offset + IPV6_PAYLOAD_LENGTH, payloadLength);
  bytes[offset + IPV6_NEXT_HEADER] = nextHeader;
}

/**
 * Writes a fragment header of 8 bytes.
 * @param nextHeader of what is fragmented. @param fragmentOffset in bytes, a multiple of 8. @param more follow.
 */
export function emitIpv6Fragment(
  bytes: Uint8Array,
  offset: number,
  nextHeader: number,
  fragmentOffset: number,
  more: boolean,
  identification: number,
): void {
  writeUint16(bytes, offset + EXTENSION_NEXT_HEADER, nextHeader << 8);
  writeUint16(bytes, offset + IPV6_FRAGMENT, fragmentOffset | (more ? IPV6_MORE_FRAGMENTS : 0));
  writeUint32(bytes, offset + FRAGMENT_IDENTIFICATION, identification);
}

/**
 * Sum of the pseudo-header (RFC 8200 §8.1), to be passed on as `initial`.
 * @param offset of the IPv6 header. @param length of the upper-layer header and its payload, up to 65535.
 */
export function ipv6PseudoHeaderSum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  protocol: number,
): number {
  return onesSum(bytes, offset + IPV6_SOURCE, 2 * ADDRESS_LENGTH, length + protocol);
}
