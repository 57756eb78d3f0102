/** What the headers above IP share: their protocol numbers, and the ports with which TCP and UDP begin. */
import { readUint16 } from './integers.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

/** Bytes of the two ports of TCP and UDP. */
export const PORTS_LENGTH = 4;

/** Assigned Internet Protocol Numbers (IANA). */
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMPV6 = 58;
/** Stream Control Transmission Protocol. Its checksum is a CRC32c (RFC 9260 §6.8). */
export const PROTOCOL_SCTP = 132;

/** Datagram Congestion Control Protocol, and UDP-Lite. */
const PROTOCOL_DCCP = 33;
const PROTOCOL_UDP_LITE = 136;
/** Protocols that begin with the two ports: RFC 9293 §3.1, 768, 9260 §3.1, 4340 §5.1, 3828 §3. */
export const PROTOCOLS_WITH_PORTS = [
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  PROTOCOL_SCTP,
  PROTOCOL_DCCP,
  PROTOCOL_UDP_LITE,
] as const;

/** @param offset of a TCP or UDP header. */
export function sourcePort(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + SOURCE_PORT);
}

/** @param offset of a TCP or UDP header. */
export function destinationPort(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + DESTINATION_PORT);
}
