/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443), by byte. Their echo messages and errors have the same layout, under other
 * types:
 *
 *      echo     0  type     1  code     2  checksum     4  identifier     6  sequence number
 *      error    0  type     1  code     2  checksum     4  depends on the type     8  the packet that did not arrive
 *
 * Nothing is checked here: the caller has checked the length.
 */
import { readUint16 } from './integers.js';

const TYPE = 0;
const ECHO_IDENTIFIER = 4;

/** Bytes of an error in front of the packet that did not arrive. */
export const ICMP_ERROR_HEADER_LENGTH = 8;
/** Bytes up to the end of an echo message's identifier. */
export const ECHO_IDENTIFIER_END = 6;

const ICMP_ECHO_REPLY = 0;
const ICMP_UNREACHABLE = 3;
const ICMP_ECHO_REQUEST = 8;
const ICMP_TIME_EXCEEDED = 11;

const ICMPV6_UNREACHABLE = 1;
const ICMPV6_TIME_EXCEEDED = 3;
const ICMPV6_ECHO_REQUEST = 128;
const ICMPV6_ECHO_REPLY = 129;

/** True for an ICMP echo request or reply. */
export function isIcmpEcho(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + TYPE];
  return type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY;
}

/** True for an ICMPv6 echo request or reply. */
export function isIcmpv6Echo(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + TYPE];
  return type === ICMPV6_ECHO_REQUEST || type === ICMPV6_ECHO_REPLY;
}

/** The identifier of an echo message of either protocol. */
export function echoIdentifier(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + ECHO_IDENTIFIER);
}

/** True for an ICMP error about a packet that did not arrive. */
export function isIcmpError(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + TYPE];
  return type === ICMP_UNREACHABLE || type === ICMP_TIME_EXCEEDED;
}

/** True for an ICMPv6 error about a packet that did not arrive (RFC 4443 §3.1–3.3). */
export function isIcmpv6Error(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + TYPE];
  return type >= ICMPV6_UNREACHABLE && type <= ICMPV6_TIME_EXCEEDED;
}
