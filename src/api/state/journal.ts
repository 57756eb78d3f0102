/**
 * The state file: one record a line, appended and synced, now and then written anew. A process killed at any
 * moment leaves whole records and at most one partial line behind them, since a record is only begun when
 * everything before it is on disk.
 */
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StateChange } from '../service.js';
import { formatRecord, parseRecord } from './record.js';
import { StateError } from './state-error.js';

/** The state says which traffic is watched; nobody else reads it. */
const FILE_MODE = 0o600;
/** A file is written anew when it has grown by this beyond twice what it was after the last time. */
const SLACK_BYTES = 4 * 2 ** 20;
/** Entries in one record of a file written anew: few enough that other work is not kept waiting. */
const ENTRIES_PER_RECORD = 500;
const LINE_FEED = 0x0a;

export class Journal {
  readonly #path: string;
  #file: FileHandle | undefined;
  /** Where the last whole record ends. */
  #endBytes: number;
  #lastRecordBytes = 0;
  /** 0 until it was rewritten once: how much of what was read is still needed is not known. */
  #bytesWhenRewritten = 0;
  /** The file may hold what it should not, and is written anew before anything is added. */
  #isUncertain = false;

  private constructor(path: string, endBytes: number) {
    this.#path = path;
    this.#endBytes = endBytes;
  }

  /**
   * Reads a journal and changes nothing; a file that is not there is empty.
   * @throws StateError `damaged` when a record before the last is not whole; Error of the system
   */
  static async read(path: string, take: (changes: readonly StateChange[]) => void): Promise<Journal> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    let start = 0;
    for (let number = 1; start < bytes.length; number++) {
      const end = bytes.indexOf(LINE_FEED, start);
      const changes = end < 0 ? undefined : parseRecord(bytes.toString('utf8', start, end));
      if (changes === undefined) {
        requireTail(bytes, end, path, number);
        break;
      }
      take(changes);
      start = end + 1;
    }
    return new Journal(path, start);
  }

  get bytes(): number {
    return this.#endBytes;
  }

  /** True when `rewrite` is due, or is the only way to go on. */
  get wantsRewrite(): boolean {
    return this.#isUncertain || this.#endBytes > 2 * this.#bytesWhenRewritten + SLACK_BYTES;
  }

  /** Adds a record and waits for the disk. @throws Error of the system; the file then ends where it did */
  async append(changes: readonly StateChange[]): Promise<void> {
    const record = Buffer.from(formatRecord(changes));
    const file = await this.#open();
    try {
      await writeFully(file, record, this.#endBytes);
      await file.datasync();
    } catch (error) {
      await this.#cutTo(this.#endBytes);
      throw error;
    }
    this.#endBytes += record.length;
    this.#lastRecordBytes = record.length;
  }

  /** Takes back what was written last. */
  async takeBack(): Promise<void> {
    if (this.#lastRecordBytes === 0) this.#isUncertain = true;
    else await this.#cutTo(this.#endBytes - this.#lastRecordBytes);
    this.#lastRecordBytes = 0;
  }

  /**
   * Writes everything into a new file that takes the place of the old one in a single step.
   * @throws Error of the system
   */
  async rewrite(entries: readonly StateChange[]): Promise<void> {
    const path = `${this.#path}.new`;
    const file = await open(path, 'w', FILE_MODE);
    let bytes = 0;
    try {
      for (let start = 0; start < entries.length; start += ENTRIES_PER_RECORD) {
        const record = Buffer.from(formatRecord(entries.slice(start, start + ENTRIES_PER_RECORD)));
        await writeFully(file, record, bytes);
        bytes += record.length;
      }
      await file.sync();
      await rename(path, this.#path);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#endBytes = bytes;
    this.#lastRecordBytes = 0;
    this.#bytesWhenRewritten = bytes;
    // Until the directory is synced, nobody knows which of the files a power cut leaves.
    this.#isUncertain = true;
    await syncDirectory(dirname(this.#path));
    this.#isUncertain = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Opened for the first change: reading must not change what another daemon may own. */
  async #open(): Promise<FileHandle> {
    if (this.#file !== undefined) return this.#file;
    const file = await open(this.#path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return open(this.#path, 'w+', FILE_MODE);
      throw error;
    });
    await file.truncate(this.#endBytes);
    await syncDirectory(dirname(this.#path));
    this.#file = file;
    return file;
  }

  async #cutTo(bytes: number): Promise<void> {
    this.#endBytes = bytes;
    try {
      await this.#file?.truncate(bytes);
      await this.#file?.datasync();
    } catch {
      this.#isUncertain = true;
    }
  }
}

/** Only the last line may be partial: what follows a broken one was acknowledged. */
function requireTail(bytes: Buffer, end: number, path: string, number: number): void {
  if (end < 0 || end === bytes.length - 1) return;
  throw new StateError('damaged', `${path}:${number}: damaged record; restore the file from a copy`);
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** So that a new name survives a power cut, fsync(2). */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
