/**
 * What the data path reads and writes of the headers above IP: TCP (RFC 9293 §3.1) and UDP (RFC 768), which
 * both begin with the ports, and the echo messages of ICMP (RFC 792) and ICMPv6 (RFC 4443 §4).
 *
 *      TCP, UDP   0 source port   2 destination port      UDP   4 length   6 checksum
 *      TCP        4 sequence number   12 header length in 32-bit words (high nibble)   13 flags   16 checksum
 *      echo       0 type   1 code   2 checksum   4 identifier   6 sequence number
 *
 * `offset` is always that of the transport header. Nothing is checked here: `decode` does, once.
 */
import { readInt32, readUint16, writeUint16, writeUint32 } from './big-endian.js';
import { internetChecksum } from './checksum.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;
const TCP_SEQUENCE = 4;
const TCP_HEADER_WORDS = 12;
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;

const ECHO_TYPE = 0;
const ERROR_TYPE = 0;
const ICMP_UNREACHABLE = 3;
const ICMP_TIME_EXCEEDED = 11;
const ICMPV6_UNREACHABLE = 1;
const ICMPV6_TIME_EXCEEDED = 3;
const ECHO_IDENTIFIER = 4;
const ICMP_ECHO_REPLY = 0;
const ICMP_ECHO_REQUEST = 8;
const ICMPV6_ECHO_REQUEST = 128;
const ICMPV6_ECHO_REPLY = 129;

/** Assigned Internet Protocol Numbers (IANA). */
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMPV6 = 58;

/** Stream Control Transmission Protocol: its checksum is a CRC32c (RFC 9260 §6.8). */
export const PROTOCOL_SCTP = 132;

export const UDP_HEADER_LENGTH = 8;
/** Without options. */
export const TCP_HEADER_LENGTH = 20;

/** Flags of TCP (RFC 9293 §3.1). */
export const TCP_FIN = 0x01;
export const TCP_PUSH = 0x08;
/** Congestion window reduced. */
export const TCP_CWR = 0x80;
/** Of an ICMP or ICMPv6 error, in front of the packet that it is about. */
export const ICMP_ERROR_HEADER_LENGTH = 8;
/** The two ports of TCP and UDP. */
export const PORTS_LENGTH = 4;
/** Up to the end of an echo message's identifier. */
export const ECHO_IDENTIFIER_END = 6;

export function sourcePort(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + SOURCE_PORT);
}

export function destinationPort(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + DESTINATION_PORT);
}

/** True for an ICMP echo request or reply. */
export function isIcmpEcho(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + ECHO_TYPE];
  return type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY;
}

/** True for an ICMPv6 echo request or reply. */
export function isIcmpv6Echo(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + ECHO_TYPE];
  return type === ICMPV6_ECHO_REQUEST || type === ICMPV6_ECHO_REPLY;
}

/** True for an ICMP error about a packet that did not arrive. */
export function isIcmpError(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + ERROR_TYPE];
  return type === ICMP_UNREACHABLE || type === ICMP_TIME_EXCEEDED;
}

/** True for an ICMPv6 error about a packet that did not arrive (RFC 4443 §3.1–3.3). */
export function isIcmpv6Error(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset + ERROR_TYPE];
  return type >= ICMPV6_UNREACHABLE && type <= ICMPV6_TIME_EXCEEDED;
}

export function echoIdentifier(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + ECHO_IDENTIFIER);
}

/**
 * Writes a header of 8 bytes.
 * @param length of header and payload in bytes. @param checksum 0 = none, which only IPv4 allows.
 */
export function emitUdp(
  bytes: Uint8Array,
  offset: number,
  source: number,
  destination: number,
  length: number,
  checksum: number,
): void {
  writeUint16(bytes, offset + SOURCE_PORT, source);
  writeUint16(bytes, offset + DESTINATION_PORT, destination);
  writeUint16(bytes, offset + UDP_LENGTH, length);
  writeUint16(bytes, offset + UDP_CHECKSUM, checksum);
}

/** Gives a UDP header that stands another source port and length in bytes, header included. */
export function setUdpFlow(bytes: Uint8Array, offset: number, source: number, length: number): void {
  writeUint16(bytes, offset + SOURCE_PORT, source);
  writeUint16(bytes, offset + UDP_LENGTH, length);
}

/** Gives a UDP header that stands another length in bytes, header included. */
export function setUdpLength(bytes: Uint8Array, offset: number, length: number): void {
  writeUint16(bytes, offset + UDP_LENGTH, length);
}

/** Bytes of a TCP header with its options, as it says itself. */
export function tcpHeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + TCP_HEADER_WORDS] >>> 4) << 2;
}

/** An int32 bit pattern. */
export function tcpSequence(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + TCP_SEQUENCE);
}

/** Gives a TCP header that stands another sequence number, and takes flags away from it. */
export function setTcpSegment(
  bytes: Uint8Array,
  offset: number,
  sequence: number,
  withoutFlags: number,
): void {
  writeUint32(bytes, offset + TCP_SEQUENCE, sequence);
  bytes[offset + TCP_FLAGS] &= ~withoutFlags;
}

/**
 * Computes the checksum of a UDP header that stands, over itself and the payload behind it. One that comes to
 * 0 is written as 0xffff, since 0 means none (RFC 768).
 * @param pseudoHeaderSum folded. @param length of header and payload in bytes.
 */
export function setUdpChecksum(
  bytes: Uint8Array,
  offset: number,
  length: number,
  pseudoHeaderSum: number,
): void {
  writeUint16(bytes, offset + UDP_CHECKSUM, 0);
  writeUint16(
    bytes,
    offset + UDP_CHECKSUM,
    internetChecksum(bytes, offset, length, pseudoHeaderSum) || 0xffff,
  );
}
