/**
 * A file that is read forwards through a window of fixed size, so that a file of any size costs the same memory.
 *
 *      bytes  ... |  taken  |  available       |  free        |
 *                 start     at                 end            limit
 */
import { readSync } from 'node:fs';
import type { ByteWindow } from '../../wire/capture-bytes.js';
import { systemFileError } from './capture-file-error.js';

export class FileWindow implements ByteWindow {
  /** The memory, of which the window is the last part. */
  readonly bytes: Uint8Array;
  readonly #path: string;
  readonly #file: number;
  readonly #start: number;
  #at: number;
  #end: number;
  #fileOffset = 0;

  /** @param file open descriptor, positioned at its start. @param start of the window, which ends with `bytes`. */
  constructor(file: number, path: string, bytes: Uint8Array, start: number) {
    this.#file = file;
    this.#path = path;
    this.bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = start;
  }

  get at(): number {
    return this.#at;
  }

  get fileOffset(): number {
    return this.#fileOffset;
  }

  get available(): number {
    return this.#end - this.#at;
  }

  /** As `ByteWindow` says. @param count at most the window's size. @throws CaptureFileError */
  fill(count: number): boolean {
    if (this.available >= count) return true;
    this.bytes.copyWithin(this.#start, this.#at, this.#end);
    this.#end -= this.#at - this.#start;
    this.#at = this.#start;
    while (this.available < count) {
      const length = this.#read();
      if (length === 0) return false;
      this.#end += length;
    }
    return true;
  }

  /** As `ByteWindow` says. @throws CaptureFileError */
  skip(count: number): boolean {
    let left = count;
    while (left > this.available) {
      left -= this.available;
      this.#take(this.available);
      if (!this.fill(1)) return false;
    }
    this.#take(left);
    return true;
  }

  #take(count: number): void {
    this.#at += count;
    this.#fileOffset += count;
  }

  #read(): number {
    try {
      return readSync(this.#file, this.bytes, this.#end, this.bytes.length - this.#end, null);
    } catch (error) {
      throw systemFileError('read', this.#path, error);
    }
  }
}
