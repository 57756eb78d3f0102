/** Transport header -> ports, echo identifier. */

import { ECHO_IDENTIFIER_END, echoIdentifier, isIcmpEcho, isIcmpv6Echo } from '../wire/icmp.js';
import * as transports from '../wire/transport.js';
import type { Decoded } from './decoded.js';

const {
  destinationPort,
  PORTS_LENGTH,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  sourcePort,
} = transports;

/**
 * Sets ports and echo identifier, or that there are none: when the header is cut or of another protocol.
 * @param transport offset of the header. @param end where reading must stop; for a later fragment `transport`.
 */
export function decodeTransport(
  bytes: Uint8Array,
  transport: number,
  end: number,
  protocol: number,
  decoded: Decoded,
): void {
  const length = end - transport;
  decoded.hasPorts = false;
  decoded.sourcePort = 0;
  decoded.destinationPort = 0;
  decoded.echoIdentifier = 0;
  if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) {
    if (length < PORTS_LENGTH) return;
    decoded.hasPorts = true;
    decoded.sourcePort = sourcePort(bytes, transport);
    decoded.destinationPort = destinationPort(bytes, transport);
  } else if (length >= ECHO_IDENTIFIER_END && isEcho(bytes, transport, protocol)) {
    decoded.echoIdentifier = echoIdentifier(bytes, transport);
  }
}

function isEcho(bytes: Uint8Array, transport: number, protocol: number): boolean {
  if (protocol === PROTOCOL_ICMP) return isIcmpEcho(bytes, transport);
  return protocol === PROTOCOL_ICMPV6 && isIcmpv6Echo(bytes, transport);
}
