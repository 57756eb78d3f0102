/**
 * The blocks of a pcapng capture file (draft-ietf-opsawg-pcapng): offsets, constants, and a reader of what all blocks
 * share. Every block, and the bodies that are read, by byte:
 *
 *      block   0 type, 4 total length, 8 body, last 4 bytes: total length again; a multiple of 4 bytes
 *
 *      section header         8  byte-order magic   12  version 1.0   16  section length   24  options
 *      interface description  8  link type (16 bits)   12  snapshot length   16  options
 *      enhanced packet        8  interface   12  timestamp, high word   16  low word   20  captured length
 *                            24  length on the wire   28  the frame, padded   then options
 *      packet (obsolete)      as enhanced packet, but interface and drop count have 16 bits each
 *      simple packet          8  length on the wire   12  the frame, padded
 *
 *      option  0  code (16 bits)   2  length (16 bits)   4  value, padded to a multiple of 4 bytes
 */
import { type ByteWindow, CaptureFormatError, type CaptureFormatErrorCode } from './capture-bytes.js';
import { readUint16In, readUint32In } from './integers.js';

/** Offsets in a block. PACKET_* are those of enhanced and of obsolete packet blocks. */
const BLOCK_TYPE = 0;
const BLOCK_LENGTH = 4;
const SECTION_BYTE_ORDER = 8;
export const SECTION_MAJOR_VERSION = 12;
export const SECTION_OPTIONS = 24;
export const INTERFACE_LINK_TYPE = 8;
export const INTERFACE_SNAPSHOT_LENGTH = 12;
export const INTERFACE_OPTIONS = 16;
export const PACKET_INTERFACE = 8;
export const PACKET_TIME_HIGH = 12;
export const PACKET_TIME_LOW = 16;
export const PACKET_CAPTURED_LENGTH = 20;
export const PACKET_WIRE_LENGTH = 24;
export const PACKET_FRAME = 28;
export const SIMPLE_PACKET_WIRE_LENGTH = 8;
export const SIMPLE_PACKET_FRAME = 12;

export const OPTION_CODE = 0;
export const OPTION_LENGTH = 2;
export const OPTION_VALUE = 4;

/** Bytes of type and total length. */
const BLOCK_HEADER_LENGTH = 8;
/** Bytes of the second total length. */
const BLOCK_TRAILER_LENGTH = 4;
/** Bytes of a block without a body. */
const BLOCK_MINIMUM = 12;
/** Bytes of a section header without options. */
const SECTION_MINIMUM = 28;
/** Bytes of code and length. */
export const OPTION_HEADER_LENGTH = 4;

/** Block types. A section header's reads the same in either byte order, since it comes before the order is known. */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE_DESCRIPTION = 1;
export const BLOCK_PACKET = 2;
export const BLOCK_SIMPLE_PACKET = 3;
export const BLOCK_ENHANCED_PACKET = 6;

/** The byte-order magic as it reads in the section's byte order. */
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Option codes. */
export const OPTION_END = 0;
/**
 * if_tsresol, 1 byte: timestamps count units of 10^-n seconds, or of 2^-n with the highest bit set. Absent:
 * microseconds.
 */
export const OPTION_TIMESTAMP_RESOLUTION = 9;
/** if_tsoffset, 64 bits signed: seconds to add to every timestamp. */
export const OPTION_TIMESTAMP_OFFSET = 14;

/**
 * The current block of a file: its type, its two lengths, which must agree, and the byte order of its section. Offsets
 * are from the current position in the block, which `advance` moves.
 */
export class PcapngBlock {
  readonly #window: ByteWindow;
  /** The byte order of the section. */
  #littleEndian = true;
  /** Where the block begins in the file. */
  #offset = 0;
  /** Total length; 0 between blocks. */
  #length = 0;
  /** Bytes from the current position to the block's end. */
  #left = 0;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** Index of the current position in the window's memory. */
  get at(): number {
    return this.#window.at;
  }

  get littleEndian(): boolean {
    return this.#littleEndian;
  }

  /**
   * Moves to the next block.
   * @returns its type, or undefined at the end of the file. @throws CaptureFormatError
   */
  next(): number | undefined {
    this.#end();
    if (!this.#window.fill(1)) return undefined;
    this.#offset = this.#window.fileOffset;
    this.#length = SECTION_MINIMUM;
    this.#left = SECTION_MINIMUM;
    this.need(BLOCK_HEADER_LENGTH);
    const type = this.uint32(BLOCK_TYPE);
    if (type === BLOCK_SECTION_HEADER) this.#readByteOrder();
    const length = this.uint32(BLOCK_LENGTH);
    if (length < BLOCK_MINIMUM || length % 4 !== 0) {
      throw this.error('CAPTURE_FILE_MALFORMED', `a block of ${length} bytes`);
    }
    this.#length = length;
    this.#left = length;
    return type;
  }

  /** True when `count` more bytes belong to the block's body. */
  has(count: number): boolean {
    return count + BLOCK_TRAILER_LENGTH <= this.#left;
  }

  /** Makes the next `count` bytes readable. @throws CaptureFormatError when the block or the file is shorter. */
  need(count: number): void {
    this.#check(count);
    if (!this.#window.fill(count)) throw this.#cut();
  }

  /** Moves the current position. @throws CaptureFormatError as `need`. */
  advance(count: number): void {
    this.#check(count);
    if (!this.#window.skip(count)) throw this.#cut();
    this.#left -= count;
  }

  uint8(offset: number): number {
    return this.#window.bytes[this.#window.at + offset];
  }

  uint16(offset: number): number {
    return readUint16In(this.#window.bytes, this.#window.at + offset, this.#littleEndian);
  }

  uint32(offset: number): number {
    return readUint32In(this.#window.bytes, this.#window.at + offset, this.#littleEndian);
  }

  /** An error at this block. */
  error(code: CaptureFormatErrorCode, reason: string): CaptureFormatError {
    return new CaptureFormatError(code, reason, this.#offset);
  }

  /** Skips what is left of the block, which must be there, and checks its second length. */
  #end(): void {
    if (this.#length === 0) return;
    this.advance(this.#left - BLOCK_TRAILER_LENGTH);
    if (!this.#window.fill(BLOCK_TRAILER_LENGTH)) throw this.#cut();
    if (this.uint32(0) !== this.#length) {
      throw this.error('CAPTURE_FILE_MALFORMED', 'a block whose two lengths differ');
    }
    this.#window.skip(BLOCK_TRAILER_LENGTH);
    this.#length = 0;
  }

  /** Reads the byte order of a section, before the block's length, which has that order too. */
  #readByteOrder(): void {
    this.need(SECTION_BYTE_ORDER + 4);
    this.#littleEndian = true;
    if (this.uint32(SECTION_BYTE_ORDER) === BYTE_ORDER_MAGIC) return;
    this.#littleEndian = false;
    if (this.uint32(SECTION_BYTE_ORDER) === BYTE_ORDER_MAGIC) return;
    throw this.error('CAPTURE_FILE_MALFORMED', 'a section whose byte order cannot be told');
  }

  #check(count: number): void {
    if (this.has(count)) return;
    throw this.error(
      'CAPTURE_FILE_MALFORMED',
      `a block of ${this.#length} bytes, too short for what it holds`,
    );
  }

  #cut(): CaptureFormatError {
    return this.error('CAPTURE_FILE_CUT', 'the file ends inside a block');
  }
}
