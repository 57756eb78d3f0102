/** IPv6 header -> Decoded. */
import { ipVersion } from '../wire/ipv4.js';
import {
  IPV6_HEADER_LENGTH,
  ipv6Destination,
  ipv6NextHeader,
  ipv6PayloadLength,
  ipv6Source,
} from '../wire/ipv6.js';
import { decodeTransport } from './decode-transport.js';
import { type Decoded, FRAGMENT_LATER, KIND_IPV6, KIND_UNPARSABLE } from './decoded.js';
import { walkExtensionHeaders } from './walk-extension-headers.js';

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
  if (end - network < IPV6_HEADER_LENGTH || ipVersion(bytes, network) !== 6) return;
  const payload = network + IPV6_HEADER_LENGTH;
  const datagramEnd = endOfDatagram(ipv6PayloadLength(bytes, network), payload, end);
  const transport = walkExtensionHeaders(
    bytes,
    ipv6NextHeader(bytes, network),
    payload,
    datagramEnd,
    decoded,
  );
  if (transport < 0) return;
  decoded.kind = KIND_IPV6;
  decoded.networkOffset = network - frame;
  decoded.transportOffset = transport - frame;
  decoded.source0 = ipv6Source(bytes, network, 0);
  decoded.source1 = ipv6Source(bytes, network, 1);
  decoded.source2 = ipv6Source(bytes, network, 2);
  decoded.source3 = ipv6Source(bytes, network, 3);
  decoded.destination0 = ipv6Destination(bytes, network, 0);
  decoded.destination1 = ipv6Destination(bytes, network, 1);
  decoded.destination2 = ipv6Destination(bytes, network, 2);
  decoded.destination3 = ipv6Destination(bytes, network, 3);
  const transportEnd = decoded.fragment === FRAGMENT_LATER ? transport : datagramEnd;
  decodeTransport(bytes, transport, transportEnd, decoded.protocol, decoded);
}

/** As for IPv4; a payload length of 0 (jumbogram, BIG TCP) reaches to the frame's end. */
function endOfDatagram(payloadLength: number, payload: number, end: number): number {
  return payloadLength === 0 ? end : Math.min(end, payload + payloadLength);
}
