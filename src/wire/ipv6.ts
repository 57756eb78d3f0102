/**
 * IPv6 header (RFC 8200 §3), by byte:
 *
 *      0  version (high nibble), traffic class, flow label      8  source
 *      4  payload length                                       24  destination
 *      6  next header                                          40  extension headers, then the payload
 *      7  hop limit
 *
 * Nothing is checked here: `decode` does, once.
 */
import { onesSum } from './checksum.js';
import { writeUint16, writeUint32 } from './integers.js';

/** In the high nibble. */
export const IPV6_VERSION = 0;
/** Bytes behind the header, extension headers included. 0: a jumbogram, or a GSO frame above 64 KiB (BIG TCP). */
export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_NEXT_HEADER = 6;
const HOP_LIMIT = 7;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

export const IPV6_HEADER_LENGTH = 40;
const ADDRESS_LENGTH = 16;

/** The fields that `emitIpv6` writes; traffic class and flow label are 0. */
export interface Ipv6Fields {
  /** Bytes behind the header. */
  payloadLength: number;
  nextHeader: number;
  /** Differentiated services code point, 0–63. */
  dscp: number;
  hopLimit: number;
  /** 16 bytes each. */
  source: Uint8Array;
  destination: Uint8Array;
}

/** True for the version field of IPv6. @param offset of an IP header. */
export function isIpv6Packet(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + IPV6_VERSION] >>> 4 === 6;
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

/** Writes a header of 40 bytes. */
export function emitIpv6(bytes: Uint8Array, offset: number, fields: Ipv6Fields): void {
  writeUint32(bytes, offset + IPV6_VERSION, 0x60000000 | (fields.dscp << 22));
  writeUint16(bytes, offset + IPV6_PAYLOAD_LENGTH, fields.payloadLength);
  bytes[offset + IPV6_NEXT_HEADER] = fields.nextHeader;
  bytes[offset + HOP_LIMIT] = fields.hopLimit;
  bytes.set(fields.source, offset + IPV6_SOURCE);
  bytes.set(fields.destination, offset + IPV6_DESTINATION);
}

/** Overwrites payload length and next header of a header. */
export function setIpv6Payload(
  bytes: Uint8Array,
  offset: number,
  payloadLength: number,
  nextHeader: number,
): void {
  writeUint16(bytes, offset + IPV6_PAYLOAD_LENGTH, payloadLength);
  bytes[offset + IPV6_NEXT_HEADER] = nextHeader;
}
