/** IPv6 extension headers -> upper-layer protocol and fragment (RFC 8200 §4). */
import { readUint16 } from '../wire/integers.js';
import * as extension from '../wire/ipv6-extension.js';
import { type Decoded, FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_NONE } from './decoded.js';

const {
  EXTENSION_NEXT_HEADER,
  extensionLength,
  IPV6_EXTENSION_MINIMUM,
  IPV6_FRAGMENT,
  IPV6_FRAGMENT_OFFSET_MASK,
  IPV6_MORE_FRAGMENTS,
  isExtensionHeader,
  NEXT_HEADER_FRAGMENT,
} = extension;

/** A chain with more is unparsable: no sender needs them, and a walk must not cost what a frame can hold. */
const MAXIMUM_HEADERS = 64;

/**
 * Walks to the upper-layer header, or to the payload of a later fragment, which has none. ESP and "no next
 * header" end the walk as a protocol does. Sets `protocol`, `flowProtocol` and `fragment`.
 * @param first the fixed header's next header. @param offset behind the fixed header.
 * @param end of the datagram, as far as it is captured.
 * @returns where the walk ended, or -1 when an extension header is cut, or the chain too long.
 */
export function walkExtensionHeaders(
  bytes: Uint8Array,
  first: number,
  offset: number,
  end: number,
  decoded: Decoded,
): number {
  let type = first;
  let at = offset;
  let fragment: number = FRAGMENT_NONE;
  let flowProtocol = -1;
  for (let count = 0; fragment !== FRAGMENT_LATER && isExtensionHeader(type); count++) {
    if (count === MAXIMUM_HEADERS || end - at < IPV6_EXTENSION_MINIMUM) return -1;
    const next = bytes[at + EXTENSION_NEXT_HEADER];
    if (type === NEXT_HEADER_FRAGMENT) {
      fragment = Math.max(fragment, fragmentOf(readUint16(bytes, at + IPV6_FRAGMENT)));
      // The outermost real fragment header: what is behind it only the first fragment shows.
      if (fragment !== FRAGMENT_NONE && flowProtocol < 0) flowProtocol = next;
    }
    at += extensionLength(type, bytes, at);
    if (at > end) return -1;
    type = next;
  }
  decoded.protocol = type;
  decoded.flowProtocol = flowProtocol < 0 ? type : flowProtocol;
  decoded.fragment = fragment;
  return at;
}

/** Offset 0 and no more to come, the atomic fragment of RFC 6946, is a whole datagram. */
function fragmentOf(word: number): number {
  if ((word & IPV6_FRAGMENT_OFFSET_MASK) !== 0) return FRAGMENT_LATER;
  return (word & IPV6_MORE_FRAGMENTS) !== 0 ? FRAGMENT_FIRST : FRAGMENT_NONE;
}
