/**
 * IPv6 extension headers (RFC 8200 §4), each of at least 8 bytes; by byte:
 *
 *      any          0  next header     1  length, in units that depend on the header     2  the header's own fields
 *      fragment     0  next header     2  offset in units of 8 bytes (13 bits), flags (3 bits)     4  identification
 *
 * Nothing is checked here: `decode` does, once.
 */
import { readUint16, writeUint16, writeUint32 } from './integers.js';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER } from './ipv6.js';

export const EXTENSION_NEXT_HEADER = 0;
/** In units that depend on the header: see `extensionLength`. */
const LENGTH = 1;
/** Options of a hop-by-hop or destination options header. */
const OPTIONS = 2;
/** Offset and flags of a fragment header. */
export const IPV6_FRAGMENT = 2;
const FRAGMENT_IDENTIFICATION = 4;

/** Bytes of the shortest extension header. */
export const IPV6_EXTENSION_MINIMUM = 8;
export const IPV6_FRAGMENT_HEADER_LENGTH = 8;
/** Bytes of a hop-by-hop header that holds only the jumbo payload option. */
export const IPV6_JUMBO_HEADER_LENGTH = 8;

/** RFC 8200 §4.5. */
export const NEXT_HEADER_FRAGMENT = 44;
/** RFC 8200 §4.3, §4.4, §4.6. */
const NEXT_HEADER_HOP_BY_HOP = 0;
const NEXT_HEADER_ROUTING = 43;
const NEXT_HEADER_DESTINATION_OPTIONS = 60;
/** RFC 4302 §2. */
export const NEXT_HEADER_AUTHENTICATION = 51;
/** RFC 6275 §6.1. */
const NEXT_HEADER_MOBILITY = 135;

/** Those whose length is in units of 8 bytes. */
export const NEXT_HEADERS_IN_UNITS_OF_8 = [
  NEXT_HEADER_HOP_BY_HOP,
  NEXT_HEADER_ROUTING,
  NEXT_HEADER_DESTINATION_OPTIONS,
  NEXT_HEADER_MOBILITY,
] as const;

/** Type and length of the jumbo payload option (RFC 2675 §2). */
const JUMBO_PAYLOAD = 0xc204;

/** Bits of the word at IPV6_FRAGMENT (RFC 8200 §4.5); masked, the offset is in bytes. */
export const IPV6_MORE_FRAGMENTS = 0x0001;
export const IPV6_FRAGMENT_OFFSET_MASK = 0xfff8;

/** True for headers that have a known length. Not ESP, which encrypts what follows, and not "no next header". */
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
  const units = bytes[offset + LENGTH];
  if (type === NEXT_HEADER_FRAGMENT) return IPV6_FRAGMENT_HEADER_LENGTH;
  return type === NEXT_HEADER_AUTHENTICATION ? (units + 2) << 2 : (units + 1) << 3;
}

/**
 * True when a hop-by-hop header with only the jumbo payload option follows an IPv6 header.
 * @param offset of the IPv6 header, with IPV6_JUMBO_HEADER_LENGTH bytes behind it.
 */
export function hasJumboPayload(bytes: Uint8Array, offset: number): boolean {
  const extension = offset + IPV6_HEADER_LENGTH;
  return (
    bytes[offset + IPV6_NEXT_HEADER] === NEXT_HEADER_HOP_BY_HOP &&
    bytes[extension + LENGTH] === 0 &&
    readUint16(bytes, extension + OPTIONS) === JUMBO_PAYLOAD
  );
}

/**
 * Writes a fragment header of 8 bytes.
 * @param nextHeader type of the first header of the payload. @param fragmentOffset in bytes, a multiple of 8.
 * @param more further fragments follow.
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
