/** The bytes of a capture file in order, from a file, a pipe or standard input; what gzip compressed comes decompressed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Gunzip } from 'minizlib';
import { CaptureFileError, systemFileError } from './capture-file-error.js';
import { STANDARD_STREAM, untilReady } from './standard-stream.js';

/**
 * Compressed bytes that are decompressed at once. Deflate makes up to 1032 bytes of one, so that a file that was made
 * for it takes 8 MiB of memory, and no more.
 */
const COMPRESSED_BYTES = 8192;
/** RFC 1952 section 2.3.1: ID1, ID2, and CM 8, which is deflate. */
const GZIP_MAGIC = [0x1f, 0x8b, 8] as const;
const STANDARD_INPUT = 0;

/** Opens a file, or standard input for `-`. @throws CaptureFileError */
export function openBytes(path: string): FileBytes {
  const file = new OpenFile(path);
  try {
    return file.startsWith(GZIP_MAGIC) ? new GzipBytes(file) : file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The bytes that a capture is read from. */
export interface FileBytes {
  readonly isCompressed: boolean;
  /** Bytes of the file, compressed or not; it may grow, and is 0 for a pipe. */
  readonly size: number;
  /** Bytes of the file that were read. */
  readonly bytesRead: number;
  /** Reads into `bytes` from `start` up to its end. @returns how many bytes; 0 at the end of the file. @throws CaptureFileError */
  read(bytes: Uint8Array, start: number): number;
  close(): void;
}

/** A file as it is. */
class OpenFile implements FileBytes {
  readonly isCompressed = false;
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;
  /** The first bytes, which were read to recognize the format, until they are handed over. */
  #first: Uint8Array = new Uint8Array();
  #bytesRead = 0;
  #isOpen = true;

  constructor(path: string) {
    this.path = path;
    try {
      this.#descriptor = path === STANDARD_STREAM ? STANDARD_INPUT : openSync(path, 'r');
      this.size = fstatSync(this.#descriptor).size;
    } catch (error) {
      throw systemFileError('open', path, error);
    }
  }

  get bytesRead(): number {
    return this.#bytesRead - this.#first.length;
  }

  /** To be called before anything is read. @throws CaptureFileError */
  startsWith(magic: readonly number[]): boolean {
    const first = new Uint8Array(magic.length);
    let length = 0;
    // A pipe may hold less than that at first.
    for (let count = -1; length < magic.length && count !== 0; length += count) {
      count = this.#readFile(first, length);
    }
    this.#first = first.subarray(0, length);
    return length === magic.length && magic.every((byte, index) => first[index] === byte);
  }

  read(bytes: Uint8Array, start: number): number {
    const first = this.#first.subarray(0, bytes.length - start);
    if (first.length === 0) return this.#readFile(bytes, start);
    bytes.set(first, start);
    this.#first = this.#first.subarray(first.length);
    return first.length;
  }

  close(): void {
    if (this.#isOpen && this.#descriptor !== STANDARD_INPUT) closeSync(this.#descriptor);
    this.#isOpen = false;
  }

  #readFile(bytes: Uint8Array, start: number): number {
    try {
      const read = (): number => readSync(this.#descriptor, bytes, start, bytes.length - start, null);
      const count = untilReady(read);
      this.#bytesRead += count;
      return count;
    } catch (error) {
      throw systemFileError('read', this.path, error);
    }
  }
}

/** What gzip compressed: one or several members, as `cat a.gz b.gz` makes them. */
class GzipBytes implements FileBytes {
  readonly isCompressed = true;
  readonly #file: OpenFile;
  readonly #compressed = new Uint8Array(COMPRESSED_BYTES);
  readonly #gunzip = new Gunzip({});
  #failure: Error | undefined;
  #ended = false;
  /** Decompressed, and not handed over yet. */
  #ready: Uint8Array = new Uint8Array();

  constructor(file: OpenFile) {
    this.#file = file;
    this.#gunzip.on('error', (error) => {
      this.#failure = error as Error;
    });
  }

  get size(): number {
    return this.#file.size;
  }

  get bytesRead(): number {
    return this.#file.bytesRead;
  }

  read(bytes: Uint8Array, start: number): number {
    while (this.#ready.length === 0) {
      const next = this.#gunzip.read();
      if (next !== null) this.#ready = next;
      else if (this.#failure !== undefined) throw this.#damaged(this.#failure);
      else if (this.#ended) return 0;
      else this.#decompress();
    }
    const part = this.#ready.subarray(0, bytes.length - start);
    bytes.set(part, start);
    this.#ready = this.#ready.subarray(part.length);
    return part.length;
  }

  close(): void {
    this.#gunzip.close();
    this.#file.close();
  }

  /** An error is kept: the bytes in front of it are handed over first. */
  #decompress(): void {
    const count = this.#file.read(this.#compressed, 0);
    if (count > 0) {
      this.#gunzip.write(Buffer.from(this.#compressed.subarray(0, count)));
      return;
    }
    this.#ended = true;
    this.#gunzip.end();
  }

  #damaged(cause: Error): CaptureFileError {
    const what = cause.message.replace(/^zlib: /, '');
    const text = this.#ended ? 'ends inside of what gzip compressed' : `is damaged: gzip: ${what}`;
    const code = this.#ended ? 'CAPTURE_FILE_CUT' : 'CAPTURE_FILE_MALFORMED';
    return new CaptureFileError(code, 'read', this.#file.path, text, { cause });
  }
}
