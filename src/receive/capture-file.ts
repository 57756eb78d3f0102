/** A capture in one file, which is written under its name as tcpdump does, so that it can be read meanwhile. */
import { close, ftruncate, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { wholeBlocks } from './blocks.js';
import { type CaptureOutput, OutputError } from './capture-output.js';

const writeTo = promisify(write);
const truncate = promisify(ftruncate);
const openPath = promisify(open);
const closeDescriptor = promisify(close);

/** A file, by its descriptor; also a device, such as /dev/null. */
export class CaptureFile implements CaptureOutput {
  readonly name: string;
  readonly #descriptor: number;
  /** False for a device. */
  readonly #canCut: boolean;
  /** Bytes written, all of them in whole blocks. */
  #length = 0;
  #isOpen = true;
  #files = 0;

  /** @param start bytes that the file had before */
  constructor(name: string, descriptor: number, options: { canCut: boolean; start?: number }) {
    this.name = name;
    this.#descriptor = descriptor;
    this.#canCut = options.canCut;
    this.#length = options.start ?? 0;
  }

  get files(): number {
    return this.#files;
  }

  /** When the file takes no more, what is not a whole block of it is cut off. */
  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await writeTo(
          this.#descriptor,
          bytes,
          written,
          bytes.length - written,
          null,
        );
        written += bytesWritten;
      }
    } catch (error) {
      const kept = wholeBlocks(bytes, written);
      if (this.#canCut && kept < written)
        await truncate(this.#descriptor, this.#length + kept).catch(() => {});
      throw new OutputError(this.name, 'write', error, kept);
    }
    this.#length += written;
  }

  async endFile(): Promise<void> {
    if (!this.#isOpen) return;
    this.#files += 1;
    this.#isOpen = false;
    await closeDescriptor(this.#descriptor).catch((error) => {
      // Some file systems tell only now that there is no room.
      throw new OutputError(this.name, 'close', error);
    });
  }

  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    close(this.#descriptor, () => {});
  }
}

/** Captures hold payloads: a new file is for its owner only. */
const MODE = 0o600;

/** Opens a file for writing. @param flags as node:fs has them. @throws OutputError (rejects) */
export async function openForWriting(path: string, flags: string | number): Promise<number> {
  try {
    return await openPath(path, flags, MODE);
  } catch (error) {
    throw new OutputError(path, 'open', error);
  }
}
