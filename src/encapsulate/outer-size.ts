/** How long copies may be: what their headers take, and what a datagram can hold. */
import { isIpv6Text } from '../wire/address.js';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import type { Encapsulation } from './encapsulation.js';

/** The greatest value of the 16-bit length fields of IPv4 (header included), IPv6 (without it) and UDP. */
const MAXIMUM_LENGTH_FIELD = 65535;

/** Longest frame that a datagram to the target can hold, in fragments or not: with VXLAN 65,499 or 65,519 bytes. */
export function longestInnerLength({ overhead }: Encapsulation, target: string): number {
  return MAXIMUM_LENGTH_FIELD - overhead - (isIpv6Text(target) ? 0 : IPV4_HEADER_LENGTH);
}

/** Longest frame that one packet to the target can hold. @param mtu of the way, in bytes. */
export function innerLengthWithin(encapsulation: Encapsulation, target: string, mtu: number): number {
  const ipLength = isIpv6Text(target) ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
  const room = mtu - ipLength - encapsulation.overhead;
  return Math.max(0, Math.min(room, longestInnerLength(encapsulation, target)));
}
