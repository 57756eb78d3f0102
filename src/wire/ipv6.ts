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
 * Nothing is checked here: `decode` does, once.
 */
import { readInt32, readUint16 } from './big-endian.js';

const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const SOURCE = 8;
const DESTINATION = 24;

const EXTENSION_NEXT_HEADER = 0;
const EXTENSION_LENGTH = 1;
const FRAGMENT_OFFSET = 2;

export const IPV6_HEADER_LENGTH = 40;
export const IPV6_ADDRESS_LENGTH = 16;
/** The shortest extension header, and the length of every fragment header. */
export const IPV6_EXTENSION_MINIMUM = 8;

/** RFC 8200 §4.3–4.6. */
export const NEXT_HEADER_HOP_BY_HOP = 0;
export const NEXT_HEADER_ROUTING = 43;
export const NEXT_HEADER_FRAGMENT = 44;
export const NEXT_HEADER_DESTINATION_OPTIONS = 60;
/** RFC 4302 §2. */
export const NEXT_HEADER_AUTHENTICATION = 51;
/** RFC 6275 §6.1. */
export const NEXT_HEADER_MOBILITY = 135;

/** Bits of the fragment header's offset word (RFC 8200 §4.5); the offset stands above three flag bits. */
export const IPV6_MORE_FRAGMENTS = 0x0001;
export const IPV6_FRAGMENT_OFFSET_MASK = 0xfff8;

/** Bytes behind the fixed header, extension headers included; 0 for a jumbogram or a super-frame. */
export function ipv6PayloadLength(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + PAYLOAD_LENGTH);
}

export function ipv6NextHeader(bytes: Uint8Array, offset: number): number {
  return bytes[offset + NEXT_HEADER];
}

/** @param word 0–3. @returns an int32. */
export function ipv6Source(bytes: Uint8Array, offset: number, word: number): number {
  return readInt32(bytes, offset + SOURCE + (word << 2));
}

/** @param word 0–3. @returns an int32. */
export function ipv6Destination(bytes: Uint8Array, offset: number, word: number): number {
  return readInt32(bytes, offset + DESTINATION + (word << 2));
}

/** @param offset of the extension header. */
export function extensionNextHeader(bytes: Uint8Array, offset: number): number {
  return bytes[offset + EXTENSION_NEXT_HEADER];
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

/** Fragment offset and flags as one word; see the bits above. @param offset of the fragment header. */
export function ipv6Fragment(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + FRAGMENT_OFFSET);
}
