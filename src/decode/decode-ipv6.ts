/** IPv6 header -> Decoded. */
import { readInt32, readUint16 } from '../wire/integers.js';
import * as ipv6 from '../wire/ipv6.js';
import * as extension from '../wire/ipv6-extension.js';
import { decodeTransport } from './decode-transport.js';
import { type Decoded, FRAGMENT_LATER, FRAGMENT_NONE, KIND_IPV6, KIND_UNPARSABLE } from './decoded.js';
import { walkExtensionHeaders } from './walk-extension-headers.js';

const {
  IPV6_DESTINATION,
  IPV6_HEADER_LENGTH,
  IPV6_NEXT_HEADER,
  IPV6_PAYLOAD_LENGTH,
  IPV6_SOURCE,
  IPV6_VERSION,
} = ipv6;
const { isExtensionHeader } = extension;

/**
 * Sets every field; when the header or an extension header is cut or malformed, `kind` tells, and the other
 * fields mean nothing.
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
  // Most datagrams have no extension headers, and are spared the call.
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

/** As for IPv4; a payload length of 0 (jumbogram, BIG TCP) reaches to the frame's end. */
function endOfDatagram(payloadLength: number, payload: number, end: number): number {
  return payloadLength === 0 ? end : Math.min(end, payload + payloadLength);
}
