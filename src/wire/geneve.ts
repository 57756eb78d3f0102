/**
 * GENEVE header (RFC 8926 §3.4), and its options (§3.5), by byte:
 *
 *      0  version (2 bits), length of the options in words of 4 bytes (6 bits)
 *      1  O: a control packet, C: critical options are there, 6 bits reserved
 *      2  protocol type of what follows: an EtherType
 *      4  virtual network identifier, 24 bits       7  reserved
 *      8  options, then the payload
 *
 *      option  0  class   2  type, whose highest bit says that it is critical   3  length of its data in words (5 bits)
 *              4  data
 */
import { readInt32, readUint16, writeUint16, writeUint32 } from './integers.js';

const VERSION_AND_LENGTH = 0;
const FLAGS = 1;
const PROTOCOL = 2;
const VNI = 4;

const OPTION_CLASS = 0;
const OPTION_TYPE = 2;
const OPTION_LENGTH = 3;

const LENGTH_MASK = 0x3f;
const FLAG_CONTROL = 0x80;
const FLAG_CRITICAL = 0x40;
const OPTION_LENGTH_MASK = 0x1f;
const OPTION_CRITICAL = 0x80;
const WORD_BYTES = 4;

/** Bytes of a header without options. */
export const GENEVE_HEADER_LENGTH = 8;
/** UDP destination port (RFC 8926 §3.3). */
export const GENEVE_PORT = 6081;
/** The only version. */
export const GENEVE_VERSION = 0;
/** Bytes of class, type and length. */
export const GENEVE_OPTION_HEADER_LENGTH = 4;
/** Protocol type of an Ethernet frame: transparent Ethernet bridging (RFC 1701). */
export const ETHERTYPE_BRIDGED_ETHERNET = 0x6558;

/** The class of this project's options, one for experiments (RFC 8926 §7), and their types. */
export const MIRROR_OPTION_CLASS = 0xff01;
/** 8 bytes: nanoseconds since 1970 at which the frame was captured. */
export const MIRROR_OPTION_CAPTURE_TIME = 1;
/** 4 bytes: 0 ingress, 1 egress. */
export const MIRROR_OPTION_DIRECTION = 2;
/** 4 bytes: bytes that the frame had before it was cut. */
export const MIRROR_OPTION_ORIGINAL_LENGTH = 3;
/** 4 bytes: the number of the session. */
export const MIRROR_OPTION_SESSION_NUMBER = 4;
/** UTF-8, with zeros up to a multiple of 4: the id of the network interface that was the source. */
export const MIRROR_OPTION_NETWORK_INTERFACE = 5;

/**
 * Writes a header of 8 bytes in front of an Ethernet frame.
 * @param vni 0–16777215. @param optionsLength bytes of the options that follow: a multiple of 4, at most 252.
 */
export function emitGeneve(bytes: Uint8Array, offset: number, vni: number, optionsLength: number): void {
  bytes[offset + VERSION_AND_LENGTH] = optionsLength / WORD_BYTES;
  bytes[offset + FLAGS] = 0;
  writeUint16(bytes, offset + PROTOCOL, ETHERTYPE_BRIDGED_ETHERNET);
  writeUint32(bytes, offset + VNI, vni << 8);
}

/** Writes the 4 bytes in front of an option's data. @param length of the data: a multiple of 4, at most 124 bytes. */
export function emitGeneveOption(
  bytes: Uint8Array,
  offset: number,
  optionClass: number,
  type: number,
  length: number,
): void {
  writeUint16(bytes, offset + OPTION_CLASS, optionClass);
  bytes[offset + OPTION_TYPE] = type;
  bytes[offset + OPTION_LENGTH] = length / WORD_BYTES;
}

/** 0–3. */
export function geneveVersion(bytes: Uint8Array, offset: number): number {
  return bytes[offset + VERSION_AND_LENGTH] >>> 6;
}

/** Bytes of all options, 0–252. */
export function geneveOptionsLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + VERSION_AND_LENGTH] & LENGTH_MASK) * WORD_BYTES;
}

/** True for a packet that is for the tunnel's end itself, and carries no frame of a network. */
export function isGeneveControl(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FLAGS] & FLAG_CONTROL) !== 0;
}

/** True when an option may be critical. */
export function hasGeneveCritical(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FLAGS] & FLAG_CRITICAL) !== 0;
}

/** EtherType of what follows the options. */
export function geneveProtocol(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + PROTOCOL);
}

/** 0–16777215. */
export function geneveVni(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + VNI) >>> 8;
}

/** Who defines the option's type. @param offset of the option, as in the functions below. */
export function geneveOptionClass(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + OPTION_CLASS);
}

/** 0–255, the critical bit included. */
export function geneveOptionType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + OPTION_TYPE];
}

/** True when who does not know the option must drop the packet. */
export function isGeneveOptionCritical(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + OPTION_TYPE] & OPTION_CRITICAL) !== 0;
}

/** Bytes of the option's data, 0–124. */
export function geneveOptionLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + OPTION_LENGTH] & OPTION_LENGTH_MASK) * WORD_BYTES;
}
