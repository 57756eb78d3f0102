/** Reads a file from its beginning in pieces, of which none is held longer than it is needed. */
import type { FileHandle } from 'node:fs/promises';

export class ByteReader {
  readonly #file: FileHandle;
  readonly #chunkBytes: number;
  /** What was read and not taken. */
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isAtEnd = false;

  /** @param chunkBytes of a read; more where more is asked for */
  constructor(file: FileHandle, chunkBytes: number) {
    this.#file = file;
    this.#chunkBytes = chunkBytes;
  }

  /** Of the next byte, in the file. */
  get offset(): number {
    return this.#offset;
  }

  /** The next bytes, fewer at the end of the file. They stay until they are skipped. @throws Error of the system (rejects) */
  async peek(length: number): Promise<Buffer> {
    while (this.#held.length < length && !this.#isAtEnd) {
      await this.#read(Math.max(this.#chunkBytes, length - this.#held.length));
    }
    return this.#held.subarray(0, length);
  }

  skip(length: number): void {
    this.#held = this.#held.subarray(length);
    this.#offset += length;
  }

  /**
   * The bytes to a line feed, with it; at the end of the file, what is left.
   * @returns undefined when a line is longer than `maximum`
   * @throws Error of the system (rejects)
   */
  async peekLine(maximum: number): Promise<Buffer | undefined> {
    for (let searched = 0; ; ) {
      const end = this.#held.indexOf('\n', searched);
      if (end >= 0) return this.#held.subarray(0, end + 1);
      searched = this.#held.length;
      if (searched > maximum) return undefined;
      if (this.#isAtEnd) return this.#held;
      // As much again, so that a long line is not copied for each of its chunks.
      await this.#read(Math.max(this.#chunkBytes, searched));
    }
  }

  async #read(length: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(this.#held.length + length);
    this.#held.copy(bytes);
    const from = this.#held.length;
    const { bytesRead } = await this.#file.read(bytes, from, length, this.#offset + from);
    this.#isAtEnd = bytesRead === 0;
    this.#held = bytes.subarray(0, from + bytesRead);
  }
}
