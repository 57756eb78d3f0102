/** IPv4 header -> Decoded. */
import * as integers from '../wire/integers.js';
import * as ipv4 from '../wire/ipv4.js';
import * as transports from './decode-transport.js';
import type { Decoded } from './decoded.js';
import * as decoding from './decoded.js';

const { FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_NONE, KIND_IPV4, KIND_UNPARSABLE } = decoding;
const { readInt32, readUint16 } = integers;
const { decodeTransport } = transports;
const {
  IPV4_DESTINATION,
  IPV4_FRAGMENT,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_LENGTH,
  IPV4_MORE_FRAGMENTS,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
  IPV4_TOTAL_LENGTH,
  IPV4_VERSION_AND_LENGTH,
} = ipv4;

/**
 * Sets every field. For a header that is cut or malformed only `kind` counts.
 * @param frame offset of the frame. @param network offset of the header. @param end of the captured bytes.
 */
export function decodeIpv4(
  bytes: Uint8Array,
  frame: number,
  network: number,
  end: number,
  decoded: Decoded,
): void {
  decoded.kind = KIND_UNPARSABLE;
  if (end - network < IPV4_HEADER_LENGTH) return;
  const versionAndLength = bytes[network + IPV4_VERSION_AND_LENGTH];
  const headerLength = (versionAndLength & 0x0f) << 2;
  const transport = network + headerLength;
  const datagramEnd = endOfDatagram(readUint16(bytes, network + IPV4_TOTAL_LENGTH), network, end);
  // The last test also finds a total length that is less than the header's.
  if (versionAndLength >>> 4 !== 4 || headerLength < IPV4_HEADER_LENGTH || transport > datagramEnd) return;
  const protocol = bytes[network + IPV4_PROTOCOL];
  const fragment = fragmentOf(readUint16(bytes, network + IPV4_FRAGMENT));
  decoded.kind = KIND_IPV4;
  decoded.networkOffset = network - frame;
  decoded.transportOffset = transport - frame;
  decoded.protocol = protocol;
  decoded.flowProtocol = protocol;
  decoded.fragment = fragment;
  decoded.source0 = readInt32(bytes, network + IPV4_SOURCE);
  decoded.source1 = 0;
  decoded.source2 = 0;
  decoded.source3 = 0;
  decoded.destination0 = readInt32(bytes, network + IPV4_DESTINATION);
  decoded.destination1 = 0;
  decoded.destination2 = 0;
  decoded.destination3 = 0;
  decodeTransport(bytes, transport, fragment === FRAGMENT_LATER ? transport : datagramEnd, protocol, decoded);
}

/** Padding may follow the datagram. A total length of 0 (TSO, BIG TCP) reaches to the frame's end. */
function endOfDatagram(totalLength: number, network: number, end: number): number {
  return totalLength === 0 ? end : Math.min(end, network + totalLength);
}

function fragmentOf(word: number): number {
  if ((word & IPV4_FRAGMENT_OFFSET_MASK) !== 0) return FRAGMENT_LATER;
  return (word & IPV4_MORE_FRAGMENTS) !== 0 ? FRAGMENT_FIRST : FRAGMENT_NONE;
}
