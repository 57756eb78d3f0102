/** How long copies may be: what the outer headers cost, and what a datagram can hold. */
import { isIpv6Text } from '../wire/address.js';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import { UDP_AND_VXLAN_BYTES } from './tunnel-header.js';

/** The 16-bit length fields of IPv4 (header included), IPv6 (without it) and UDP. */
const MAXIMUM_LENGTH_FIELD = 65535;

/** What a copy needs beside the inner frame, in bytes. */
export const IPV4_OVERHEAD = IPV4_HEADER_LENGTH + UDP_AND_VXLAN_BYTES;
export const IPV6_OVERHEAD = IPV6_HEADER_LENGTH + UDP_AND_VXLAN_BYTES;

/** Longest frame that a datagram to the target can hold, in fragments or not: 65,499 or 65,519 bytes. */
export function longestInnerLength(target: string): number {
  return MAXIMUM_LENGTH_FIELD - (isIpv6Text(target) ? UDP_AND_VXLAN_BYTES : IPV4_OVERHEAD);
}

/** Longest frame that one packet to the target can hold. @param mtu of the way, in bytes. */
export function innerLengthWithin(mtu: number, target: string): number {
  const room = mtu - (isIpv6Text(target) ? IPV6_OVERHEAD : IPV4_OVERHEAD);
  return Math.max(0, Math.min(room, longestInnerLength(target)));
}
