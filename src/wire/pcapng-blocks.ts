/**
 * Writes the blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, timestamps in nanoseconds. The layout of
 * blocks is in `pcapng-block.ts`. Blocks that come once are returned as bytes of their own; that of a frame is written
 * around the frame, in memory of the caller, and allocates nothing.
 */
import { writeUint32Little } from './integers.js';
import {
  BLOCK_ENHANCED_PACKET,
  BLOCK_INTERFACE_DESCRIPTION,
  BLOCK_SECTION_HEADER,
  INTERFACE_LINK_TYPE,
  INTERFACE_OPTIONS,
  INTERFACE_SNAPSHOT_LENGTH,
  OPTION_END,
  OPTION_HEADER_LENGTH,
  OPTION_TIMESTAMP_RESOLUTION,
  PACKET_CAPTURED_LENGTH,
  PACKET_FRAME,
  PACKET_INTERFACE,
  PACKET_TIME_HIGH,
  PACKET_TIME_LOW,
  PACKET_WIRE_LENGTH,
  SECTION_MAJOR_VERSION,
  SECTION_OPTIONS,
} from './pcapng-block.js';

const BLOCK_LENGTH = 4;
const BLOCK_TRAILER_LENGTH = 4;
const BODY = 8;
const SECTION_LENGTH = 16;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Minor version 0 in the high 16 bits. */
const VERSION_1_0 = 1;
/** The length of a section that is not known when its header is written. */
const UNKNOWN_LENGTH = 0xffffffff;

/** Option codes of a section header, an interface description and an enhanced packet. */
const OPTION_COMMENT = 1;
const SECTION_HARDWARE = 2;
const SECTION_OS = 3;
const SECTION_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_DESCRIPTION = 3;
const PACKET_FLAGS = 2;
/** if_tsresol: units of 10^-9 seconds. */
const NANOSECONDS = 9;
/** The longest value of an option that is written; a longer text is cut between two characters. */
const MAXIMUM_TEXT_BYTES = 1024;

/** Bits 0 and 1 of epb_flags: the way of the frame through the interface. */
const DIRECTION_FLAGS = { ingress: 1, egress: 2 } as const;

/** What a section header tells of the file's origin. */
export interface PcapngSection {
  readonly application: string;
  readonly os?: string;
  readonly hardware?: string;
  readonly comment?: string;
}

/** An interface of a section. Frames name it by its place: the first is 0. */
export interface PcapngInterfaceOptions {
  /** LINKTYPE_*, such as LINK_TYPE_ETHERNET. */
  readonly linkType: number;
  /** Bytes kept of a frame; 0: all. */
  readonly snapshotLength: number;
  readonly name?: string;
  readonly description?: string;
  readonly comment?: string;
}

/** What is the same for many frames. */
export interface PcapngPacketOptions {
  readonly direction?: keyof typeof DIRECTION_FLAGS;
  readonly comment?: string;
}

/** A section header block. Its length is left open, as a pipe takes it. */
export function sectionHeader({ application, os, hardware, comment }: PcapngSection): Uint8Array {
  const options = joinOptions([
    ...textOption(OPTION_COMMENT, comment),
    ...textOption(SECTION_HARDWARE, hardware),
    ...textOption(SECTION_OS, os),
    ...textOption(SECTION_APPLICATION, application),
  ]);
  const block = startBlock(BLOCK_SECTION_HEADER, SECTION_OPTIONS, options);
  writeUint32Little(block, BODY, BYTE_ORDER_MAGIC);
  writeUint32Little(block, SECTION_MAJOR_VERSION, VERSION_1_0);
  writeUint32Little(block, SECTION_LENGTH, UNKNOWN_LENGTH);
  writeUint32Little(block, SECTION_LENGTH + 4, UNKNOWN_LENGTH);
  return block;
}

/** An interface description block, with timestamps in nanoseconds. */
export function interfaceDescription(described: PcapngInterfaceOptions): Uint8Array {
  const { linkType, snapshotLength, name, description, comment } = described;
  const options = joinOptions([
    ...textOption(OPTION_COMMENT, comment),
    ...textOption(INTERFACE_NAME, name),
    ...textOption(INTERFACE_DESCRIPTION, description),
    option(OPTION_TIMESTAMP_RESOLUTION, Uint8Array.of(NANOSECONDS)),
  ]);
  const block = startBlock(BLOCK_INTERFACE_DESCRIPTION, INTERFACE_OPTIONS, options);
  writeUint32Little(block, INTERFACE_LINK_TYPE, linkType & 0xffff);
  writeUint32Little(block, INTERFACE_SNAPSHOT_LENGTH, snapshotLength);
  return block;
}

/** The options of packet blocks, to be made once and used for many frames; empty when there are none. */
export function packetOptions({ direction, comment }: PcapngPacketOptions): Uint8Array {
  const flags = new Uint8Array(4);
  if (direction !== undefined) flags[0] = DIRECTION_FLAGS[direction];
  return joinOptions([
    ...textOption(OPTION_COMMENT, comment),
    ...(direction === undefined ? [] : [option(PACKET_FLAGS, flags)]),
  ]);
}

/** Bytes of an enhanced packet block. @param options of `packetOptions`. */
export function packetBlockLength(capturedLength: number, options: Uint8Array): number {
  return PACKET_FRAME + padded(capturedLength) + options.length + BLOCK_TRAILER_LENGTH;
}

/**
 * Writes an enhanced packet block around a frame, whose bytes the caller puts at `offset + PACKET_FRAME`, before or after.
 * @param interfaceIndex place of the frame's interface in the section.
 * @param seconds since 1970, below 2^32. @param nanoseconds below 10^9.
 * @param options of `packetOptions`.
 * @returns bytes of the block, as `packetBlockLength` says.
 */
export function emitPacketBlock(
  bytes: Uint8Array,
  offset: number,
  interfaceIndex: number,
  seconds: number,
  nanoseconds: number,
  capturedLength: number,
  wireLength: number,
  options: Uint8Array,
): number {
  const length = packetBlockLength(capturedLength, options);
  // A double does not hold 64 bits: the upper and the lower half of the seconds are multiplied apart.
  const upper = (seconds >>> 16) * 1e9;
  const lower = (upper % 0x10000) * 0x10000 + (seconds & 0xffff) * 1e9 + nanoseconds;
  writeUint32Little(bytes, offset, BLOCK_ENHANCED_PACKET);
  writeUint32Little(bytes, offset + BLOCK_LENGTH, length);
  writeUint32Little(bytes, offset + PACKET_INTERFACE, interfaceIndex);
  writeUint32Little(
    bytes,
    offset + PACKET_TIME_HIGH,
    Math.floor(upper / 0x10000) + Math.floor(lower / 0x100000000),
  );
  writeUint32Little(bytes, offset + PACKET_TIME_LOW, lower);
  writeUint32Little(bytes, offset + PACKET_CAPTURED_LENGTH, capturedLength);
  writeUint32Little(bytes, offset + PACKET_WIRE_LENGTH, wireLength);
  const frameEnd = offset + PACKET_FRAME + capturedLength;
  const optionsStart = offset + PACKET_FRAME + padded(capturedLength);
  for (let index = frameEnd; index < optionsStart; index++) bytes[index] = 0;
  bytes.set(options, optionsStart);
  writeUint32Little(bytes, offset + length - BLOCK_TRAILER_LENGTH, length);
  return length;
}

/** A block with its type, both lengths and its options; the body between is still zero. */
function startBlock(type: number, optionsOffset: number, options: Uint8Array): Uint8Array {
  const length = optionsOffset + options.length + BLOCK_TRAILER_LENGTH;
  const block = new Uint8Array(length);
  writeUint32Little(block, 0, type);
  writeUint32Little(block, BLOCK_LENGTH, length);
  block.set(options, optionsOffset);
  writeUint32Little(block, length - BLOCK_TRAILER_LENGTH, length);
  return block;
}

/** One option behind the other and the end of options; nothing for no option. */
function joinOptions(options: readonly Uint8Array[]): Uint8Array {
  if (options.length === 0) return new Uint8Array(0);
  const all = [...options, option(OPTION_END, new Uint8Array(0))];
  const joined = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function textOption(code: number, text: string | undefined): Uint8Array[] {
  if (text === undefined || text === '') return [];
  const value = new Uint8Array(MAXIMUM_TEXT_BYTES);
  const { written } = new TextEncoder().encodeInto(text, value);
  return [option(code, value.subarray(0, written))];
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(OPTION_HEADER_LENGTH + padded(value.length));
  writeUint32Little(bytes, 0, code | (value.length << 16));
  bytes.set(value, OPTION_HEADER_LENGTH);
  return bytes;
}

/** To the next multiple of 4 bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}
