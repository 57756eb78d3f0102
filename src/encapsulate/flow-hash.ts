/**
 * The flow hash: one number per flow, equal for both of its directions and for every fragment of a datagram.
 * It chooses the outer source port (RFC 7348 §5) and the address of a load-balancer target.
 */
import type { Decoded } from '../decode/decoded.js';
import * as decoding from '../decode/decoded.js';

const { FRAGMENT_NONE, KIND_IPV4 } = decoding;

/** The first of the source ports that RFC 7348 §5 recommends, 49152–65535. */
export const FIRST_SOURCE_PORT = 49152;
const SOURCE_PORT_MASK = 0x3fff;

/**
 * Hash of the 5-tuple for TCP, UDP and ICMP echo; of addresses and protocol for all else, fragments included. Each
 * endpoint is hashed separately and the two hashes are added, so that both directions have the same hash.
 * @returns an int32.
 */
export function flowHash(decoded: Decoded): number {
  let sourcePort = decoded.echoIdentifier;
  let destinationPort = sourcePort;
  if (decoded.fragment !== FRAGMENT_NONE) {
    sourcePort = 0;
    destinationPort = 0;
  } else if (decoded.hasPorts) {
    sourcePort = decoded.sourcePort;
    destinationPort = decoded.destinationPort;
  }
  let source = scramble(decoded.source0 ^ Math.imul(sourcePort, 0x9e3779b1));
  let destination = scramble(decoded.destination0 ^ Math.imul(destinationPort, 0x9e3779b1));
  if (decoded.kind !== KIND_IPV4) {
    source = scramble(scramble(scramble(source ^ decoded.source1) ^ decoded.source2) ^ decoded.source3);
    destination = scramble(
      scramble(scramble(destination ^ decoded.destination1) ^ decoded.destination2) ^ decoded.destination3,
    );
  }
  return scramble((source + destination + decoded.flowProtocol) | 0);
}

/** The outer UDP source port of a flow. */
export function flowSourcePort(hash: number): number {
  return FIRST_SOURCE_PORT + (hash & SOURCE_PORT_MASK);
}

/** Mixes all bits: the 32-bit finaliser of MurmurHash3. */
export function scramble(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
