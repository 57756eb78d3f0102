/**
 * The outer headers of copies, and the longest frame that they leave room for. Where the kernel does not write the IP
 * header, they stand in front of a frame, and in front of each fragment of a packet that is too long for the path MTU.
 * With VXLAN:
 *
 *      0                20      28       36              0                40      48       56
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 *     | IPv4           | UDP   | VXLAN  | frame ...     | IPv6           | UDP   | VXLAN  | frame ...
 *     +----------------+-------+--------+----------     +----------------+-------+--------+----------
 */
import { isIpv6Text } from '../wire/address.js';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import type { Encapsulation } from './encapsulation.js';
import type { TunnelHeader } from './tunnel-header.js';

/** The greatest value of the 16-bit length fields of IPv4 (header included), IPv6 (without it) and UDP. */
const MAXIMUM_LENGTH_FIELD = 65535;

/** The outer headers of an encapsulation between two addresses. */
export interface OuterHeader {
  /** Bytes of the IP header and those of the encapsulation. */
  readonly length: number;
  /** Bytes of the IP header. */
  readonly ipLength: number;
  /** Bytes in front of the payload of a fragment. */
  readonly fragmentHeaderLength: number;
  /** The identification of the next packet that is sent in fragments. */
  nextIdentification(): number;
  /**
   * Writes all headers in front of a frame, which must be there already.
   * @param tunnel of this encapsulation. @param innerLength bytes of the frame.
   */
  writeTo(
    bytes: Uint8Array,
    offset: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void;
  /**
   * Writes the headers of one fragment in front of its payload.
   * @param offset of the headers. @param payloadLength bytes of the payload.
   * @param fragmentOffset of the payload, from the first byte behind the IP header; a multiple of 8.
   * @param more further fragments follow. @param identification the same for all fragments of a packet.
   */
  writeFragmentTo(
    bytes: Uint8Array,
    offset: number,
    payloadLength: number,
    fragmentOffset: number,
    more: boolean,
    identification: number,
  ): void;
}

/** Longest frame that a datagram to the target can hold, fragmented or not: with VXLAN 65,499 or 65,519 bytes. */
export function longestInnerLength({ overhead }: Encapsulation, target: string): number {
  return MAXIMUM_LENGTH_FIELD - overhead - (isIpv6Text(target) ? 0 : IPV4_HEADER_LENGTH);
}

/** Bytes of the outer IP packet of a frame. @param innerLength bytes of the frame. */
export function packetLength({ overhead }: Encapsulation, target: string, innerLength: number): number {
  return (isIpv6Text(target) ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH) + overhead + innerLength;
}

/** Longest frame that one packet to the target can hold. @param mtu of the path, in bytes. */
export function innerLengthWithin(encapsulation: Encapsulation, target: string, mtu: number): number {
  const ipLength = isIpv6Text(target) ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
  const available = mtu - ipLength - encapsulation.overhead;
  return Math.max(0, Math.min(available, longestInnerLength(encapsulation, target)));
}
