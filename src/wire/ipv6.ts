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
/** Of a fragment header: the offset above three flag bits. */
export const IPV6_FRAGMENT = 2;

export const IPV6_HEADER_LENGTH = 40;
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

/** Bits of the word at IPV6_FRAGMENT (RFC 8200 §4.5); masked, the offset is in bytes. */
export const IPV6_MORE_FRAGMENTS = 0x0001;
export const IPV6_FRAGMENT_OFFSET_MASK = 0xfff8;

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
