/** IPv4 header -> Decoded. */
import {
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_LENGTH,
  IPV4_MORE_FRAGMENTS,
  ipVersion,
  ipv4Destination,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4Source,
  ipv4TotalLength,
} from '../wire/ipv4.js';
import { decodeTransport } from './decode-transport.js';
import {
  type Decoded,
  FRAGMENT_FIRST,
  FRAGMENT_LATER,
  FRAGMENT_NONE,
  KIND_IPV4,
  KIND_UNPARSABLE,
} from './decoded.js';

/**
 * Sets every field, or `kind` alone when the header is cut or malformed.
 * @param frame offset of the frame. @param network offset of the header. @param end of the captured bytes.
 */
export function decodeIpv4(
  bytes: Uint8Array,
  frame: number,
  network: number,
  end: number,
  decoded: Decoded,
): void {
  if (end - network < IPV4_HEADER_LENGTH || ipVersion(bytes, network) !== 4) {
    decoded.kind = KIND_UNPARSABLE;
    return;
  }
  const headerLength = ipv4HeaderLength(bytes, network);
  const transport = network + headerLength;
  const datagramEnd = endOfDatagram(ipv4TotalLength(bytes, network), network, end);
  // The last test also covers a total length below the header's.
  if (headerLength < IPV4_HEADER_LENGTH || transport > datagramEnd) {
    decoded.kind = KIND_UNPARSABLE;
    return;
  }
  const protocol = ipv4Protocol(bytes, network);
  const fragment = fragmentOf(ipv4Fragment(bytes, network));
  decoded.kind = KIND_IPV4;
  decoded.networkOffset = network - frame;
  decoded.transportOffset = transport - frame;
  decoded.protocol = protocol;
  decoded.flowProtocol = protocol;
  decoded.fragment = fragment;
  decoded.source0 = ipv4Source(bytes, network);
  decoded.source1 = 0;
  decoded.source2 = 0;
  decoded.source3 = 0;
  decoded.destination0 = ipv4Destination(bytes, network);
  decoded.destination1 = 0;
  decoded.destination2 = 0;
  decoded.destination3 = 0;
  decodeTransport(bytes, transport, fragment === FRAGMENT_LATER ? transport : datagramEnd, protocol, decoded);
}

/** Ethernet padding lies behind the datagram; a total length of 0 (TSO, BIG TCP) reaches to the frame's end. */
function endOfDatagram(totalLength: number, network: number, end: number): number {
  return totalLength === 0 ? end : Math.min(end, network + totalLength);
}

function fragmentOf(word: number): number {
  if ((word & IPV4_FRAGMENT_OFFSET_MASK) !== 0) return FRAGMENT_LATER;
  return (word & IPV4_MORE_FRAGMENTS) !== 0 ? FRAGMENT_FIRST : FRAGMENT_NONE;
}
