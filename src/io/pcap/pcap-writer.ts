/** Writes packets into a capture file: classic pcap, nanoseconds, Ethernet. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import {
  emitPcapFileHeader,
  emitPcapRecordHeader,
  MAXIMUM_SNAPLEN,
  PCAP_FILE_HEADER_LENGTH,
  PCAP_RECORD_HEADER_LENGTH,
} from '../../wire/pcap.js';
import { systemFileError } from './capture-file-error.js';
import { STANDARD_STREAM, untilReady } from './standard-stream.js';

/** Holds at least one record of the largest size. */
const BUFFER_BYTES = 1 << 20;
const STANDARD_OUTPUT = 1;

/**
 * Writes a temporary file beside the final one and renames it at `close`: no half-written file has the final name. A
 * pipe, /dev/stdout or other special file is written in place, and so is standard output, whose name is `-`.
 */
export class PcapFileWriter {
  readonly path: string;
  /** The file that is written; with `#finalPath` undefined it is the final one. */
  readonly #writtenPath: string;
  readonly #finalPath: string | undefined;
  readonly #file: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = PCAP_FILE_HEADER_LENGTH;
  #open = true;

  /** Creates the temporary file. @throws CaptureFileError */
  constructor(path: string) {
    this.path = path;
    emitPcapFileHeader(this.#buffer, 0);
    this.#writtenPath = path;
    if (path === STANDARD_STREAM) {
      this.#file = STANDARD_OUTPUT;
      return;
    }
    try {
      this.#finalPath = finalPathOf(path);
      if (this.#finalPath !== undefined) this.#writtenPath = temporaryName(this.#finalPath);
      this.#file = openSync(this.#writtenPath, this.#finalPath === undefined ? 'w' : 'wx');
    } catch (error) {
      throw systemFileError('open', path, error);
    }
  }

  /**
   * Writes one packet, from its Ethernet header on. One longer than 262,144 bytes is cut; the record has its length.
   * @param seconds since 1970.
   * @throws CaptureFileError when the buffer was full and cannot be written.
   */
  write(seconds: number, nanoseconds: number, bytes: Uint8Array, offset: number, length: number): void {
    const kept = Math.min(length, MAXIMUM_SNAPLEN);
    if (this.#used + PCAP_RECORD_HEADER_LENGTH + kept > BUFFER_BYTES) this.#flush();
    emitPcapRecordHeader(this.#buffer, this.#used, seconds, nanoseconds, kept, length);
    this.#used += PCAP_RECORD_HEADER_LENGTH;
    this.#buffer.set(bytes.subarray(offset, offset + kept), this.#used);
    this.#used += kept;
  }

  /** Writes the rest and gives the file its final name. @throws CaptureFileError, and then no file is left. */
  close(): void {
    if (!this.#open) return;
    try {
      this.#flush();
      if (this.#finalPath !== undefined) this.#name(this.#finalPath);
    } catch (error) {
      this.abort();
      throw error;
    }
    this.#closeFile();
  }

  /** Removes what was written; harmless after `close`. */
  abort(): void {
    if (!this.#open) return;
    this.#closeFile();
    if (this.#finalPath !== undefined) rmSync(this.#writtenPath, { force: true });
  }

  #flush(): void {
    this.#attempt('write', () => {
      for (let written = 0; written < this.#used; ) {
        written += untilReady(() => writeSync(this.#file, this.#buffer, written, this.#used - written));
      }
    });
    this.#used = 0;
  }

  #name(finalPath: string): void {
    this.#attempt('write', () => fsyncSync(this.#file));
    this.#attempt('rename', () => renameSync(this.#writtenPath, finalPath));
  }

  #closeFile(): void {
    this.#open = false;
    if (this.#file !== STANDARD_OUTPUT) closeSync(this.#file);
  }

  #attempt(op: 'write' | 'rename', action: () => void): void {
    try {
      action();
    } catch (error) {
      throw systemFileError(op, this.path, error);
    }
  }
}

/**
 * @returns the path to rename to: the target of a symbolic link, so that it stays a link; undefined to write in place.
 */
function finalPathOf(path: string): string | undefined {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing === undefined) return path;
  return existing.isFile() ? realpathSync(path) : undefined;
}

function temporaryName(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}.partial`;
}
