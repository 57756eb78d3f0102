/**
 * The interfaces of the readers of capture files: bytes that are read forwards, from a file or from memory, and the
 * frames that are found in them.
 */

/** What is wrong with the content of a capture file. */
export type CaptureFormatErrorCode =
  /** Neither pcap nor pcapng. */
  | 'CAPTURE_FILE_NOT_A_CAPTURE'
  /** A format version that is not supported: too new, or out of use. */
  | 'CAPTURE_FILE_VERSION'
  /** Its frames are not Ethernet frames. */
  | 'CAPTURE_FILE_LINK_TYPE'
  /** The file ends inside a record. */
  | 'CAPTURE_FILE_CUT'
  /** A record whose length field is above the longest frame. */
  | 'CAPTURE_FILE_TOO_LONG'
  /** Anything else that the format does not allow. */
  | 'CAPTURE_FILE_MALFORMED';

/** The message says what is wrong, without the name of the file. */
export class CaptureFormatError extends Error {
  readonly code: CaptureFormatErrorCode;
  /** Where the record or block at fault begins; undefined for an error of the whole file. */
  readonly byteOffset: number | undefined;

  constructor(code: CaptureFormatErrorCode, reason: string, byteOffset?: number) {
    super(reason);
    this.code = code;
    this.byteOffset = byteOffset;
  }
}

/**
 * The bytes of a capture file, of which a window is in memory.
 *
 *      bytes  ... |  taken  |  available       |  free        |
 *                           at
 */
export interface ByteWindow {
  /** The memory that holds the window. */
  readonly bytes: Uint8Array;
  /** Index in `bytes` of the next byte of the file. */
  readonly at: number;
  /** Offset in the file of the next byte. */
  readonly fileOffset: number;
  /** Bytes in the window from `at`. */
  readonly available: number;
  /**
   * Reads until `count` bytes are available. Indexes into `bytes` from before are void afterwards.
   * @param count at most the longest record: 256 KiB and its header.
   * @returns false when the file ends before.
   */
  fill(count: number): boolean;
  /** Moves on by `count` bytes, any number. @returns false when the file ends before. */
  skip(count: number): boolean;
}

/** A capture file that is in memory as a whole. */
export class MemoryWindow implements ByteWindow {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get fileOffset(): number {
    return this.#at;
  }

  get available(): number {
    return this.bytes.length - this.#at;
  }

  fill(count: number): boolean {
    return count <= this.available;
  }

  skip(count: number): boolean {
    const taken = Math.min(count, this.available);
    this.#at += taken;
    return taken === count;
  }
}

/** One frame of a capture file. */
export class CaptureRecord {
  /** Index of the frame's first byte in the window's memory, until the next record is read. */
  at = 0;
  capturedLength = 0;
  wireLength = 0;
  /** Since 1970. */
  seconds = 0;
  nanoseconds = 0;
}

/** Reads the frames of a capture file one by one, in either format. */
export interface RecordReader {
  /**
   * Reads the next frame.
   * @returns false at the end of the file.
   * @throws CaptureFormatError; the frames before it are whole.
   */
  next(record: CaptureRecord): boolean;
}
