/** IPv6 header and extension headers -> Decoded. */
import { readInt32, readUint16 } from '../wire/integers.js';
import * as ipv6 from '../wire/ipv6.js';
import * as extension from '../wire/ipv6-extension.js';
import { decodeTransport } from './decode-transport.js';
import {
  type Decoded,
  FRAGMENT_FIRST,
  FRAGMENT_LATER,
  FRAGMENT_NONE,
  KIND_IPV6,
  KIND_UNPARSABLE,
} from './decoded.js';

const {
  IPV6_DESTINATION,
  IPV6_HEADER_LENGTH,
  IPV6_NEXT_HEADER,
  IPV6_PAYLOAD_LENGTH,
  IPV6_SOURCE,
  IPV6_VERSION,
} = ipv6;
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

/** A longer chain is unparsable. No sender needs one, and this bounds the time of the walk. */
const MAXIMUM_HEADERS = 64;

/**
 * Sets every field. For a header or an extension header that is cut or malformed only `kind` counts.
 * @param frame offset of the frame. @param network offset of the header. @param end of the captured bytes.
 */
export function decodeIpv6(
  bytes: Uint8Array,
  frame: number,
  network: number,
  end: number,
  decoded: Decoded,
): void {
  decoded.kind = KIND_UNPARSABLE;
  if (end - network < IPV6_HEADER_LENGTH || bytes[network + IPV6_VERSION] >>> 4 !== 6) return;
  const payload = network + IPV6_HEADER_LENGTH;
  const datagramEnd = endOfDatagram(readUint16(bytes, network + IPV6_PAYLOAD_LENGTH), payload, end);
  const next = bytes[network + IPV6_NEXT_HEADER];
  let transport = payload;
  decoded.protocol = next;
  decoded.flowProtocol = next;
  decoded.fragment = FRAGMENT_NONE;
  // Most datagrams have no extension headers: this saves a call.
  if (isExtensionHeader(next)) {
    transport = walkExtensionHeaders(bytes, next, payload, datagramEnd, decoded);
    if (transport < 0) return;
  }
  decoded.kind = KIND_IPV6;
  decoded.networkOffset = network - frame;
  decoded.transportOffset = transport - frame;
  decoded.source0 = readInt32(bytes, network + IPV6_SOURCE);
  decoded.source1 = readInt32(bytes, network + IPV6_SOURCE + 4);
  decoded.source2 = readInt32(bytes, network + IPV6_SOURCE + 8);
  decoded.source3 = readInt32(bytes, network + IPV6_SOURCE + 12);
  decoded.destination0 = readInt32(bytes, network + IPV6_DESTINATION);
  decoded.destination1 = readInt32(bytes, network + IPV6_DESTINATION + 4);
  decoded.destination2 = readInt32(bytes, network + IPV6_DESTINATION + 8);
  decoded.destination3 = readInt32(bytes, network + IPV6_DESTINATION + 12);
  const transportEnd = decoded.fragment === FRAGMENT_LATER ? transport : datagramEnd;
  decodeTransport(bytes, transport, transportEnd, decoded.protocol, decoded);
}

/** Padding may follow the datagram. A payload length of 0 (jumbogram, BIG TCP) reaches to the frame's end. */
function endOfDatagram(payloadLength: number, payload: number, end: number): number {
  return payloadLength === 0 ? end : Math.min(end, payload + payloadLength);
}

/**
 * Walks over the extension headers (RFC 8200 §4) to the upper-layer header, or to the payload of a later fragment,
 * which has none. ESP and "no next header" end the walk as a protocol does. Sets `protocol`, `flowProtocol` and
 * `fragment`.
 * @param first the IPv6 header's next header. @param offset behind the IPv6 header.
 * @param end of the datagram, as far as it is captured.
 * @returns where the walk ended, or -1 when an extension header is cut or the chain is too long.
 */
function walkExtensionHeaders(
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
      // From the outermost real fragment header: only the first fragment has the headers behind it.
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

/** An atomic fragment (RFC 6946), with offset 0 and no more to come, is a whole datagram. */
function fragmentOf(word: number): number {
  if ((word & IPV6_FRAGMENT_OFFSET_MASK) !== 0) return FRAGMENT_LATER;
  return (word & IPV6_MORE_FRAGMENTS) !== 0 ? FRAGMENT_FIRST : FRAGMENT_NONE;
}
