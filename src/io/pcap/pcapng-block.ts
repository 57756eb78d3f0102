/** The frame of every pcapng block: its lengths, its byte order, and how much of it may still be read. */
import { readUint16In, readUint32In } from '../../wire/byte-order.js';
import {
  BLOCK_HEADER_LENGTH,
  BLOCK_LENGTH,
  BLOCK_MINIMUM,
  BLOCK_SECTION_HEADER,
  BLOCK_TRAILER_LENGTH,
  BLOCK_TYPE,
  BYTE_ORDER_MAGIC,
  SECTION_BYTE_ORDER,
  SECTION_MINIMUM,
} from '../../wire/pcapng.js';
import { CaptureFileError, type CaptureFileErrorCode } from './capture-file-error.js';
import type { FileWindow } from './file-window.js';

/** One block at a time, read forwards. Whatever reads below names offsets from the block's current place. */
export class PcapngBlock {
  readonly #window: FileWindow;
  /** Of the section. */
  #littleEndian = true;
  /** Where the block begins in the file. */
  #offset = 0;
  /** Total length; 0 between blocks. */
  #length = 0;
  /** Bytes from the current place to the block's end. */
  #left = 0;

  constructor(window: FileWindow) {
    this.#window = window;
  }

  /** Index in the window's memory of the current place. */
  get at(): number {
    return this.#window.at;
  }

  get littleEndian(): boolean {
    return this.#littleEndian;
  }

  /**
   * Goes on to the next block.
   * @returns its type, or undefined at the end of the file. @throws CaptureFileError
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

  /** Makes the next `count` bytes readable. @throws CaptureFileError when the block or the file is shorter. */
  need(count: number): void {
    this.#check(count);
    if (!this.#window.fill(count)) throw this.#cut();
  }

  /** Moves the current place. @throws CaptureFileError as `need`. */
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
  error(code: CaptureFileErrorCode, reason: string): CaptureFileError {
    return new CaptureFileError(code, 'read', this.#window.path, reason, { byteOffset: this.#offset });
  }

  /** Whatever is left of the block is of no interest, but must be there. */
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

  /** Comes before the length, which is in that order too. */
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

  #cut(): CaptureFileError {
    return this.error('CAPTURE_FILE_CUT', 'the file ends inside a block');
  }
}
