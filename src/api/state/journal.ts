/**
 * The state file: groups of records are appended and synced, and the file is rewritten when it has grown. A process
 * killed at any moment leaves complete groups and at most one partial group after them, since a group is begun only
 * when everything before it is on disk. A file that this process did not leave as it is now is not written or cut.
 */
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExpectedError, StateError } from '../errors.js';
import type { StateChange } from '../service.js';
import {
  type Cut,
  cutOff,
  DISK,
  type Disk,
  differenceOf,
  type FileIdentity,
  identify,
  STATE_FILE_MODE,
  syncDirectory,
  writeFully,
} from './disk.js';
import { changeBodies, encodeRecord, FORMAT, formatBody, START } from './record.js';
import { type Break, type JournalEnd, type JournalFormat, scanJournal } from './scan.js';

/** The file is rewritten when it is larger by this than twice its size after the last rewrite. */
const SLACK_BYTES = 4 * 2 ** 20;
const NEW_SUFFIX = '.new';

export interface JournalOptions {
  readonly path: string;
  /** Rejects when this process no longer owns the directory of the file. */
  readonly requireOwned: () => Promise<void>;
  /** Called when a torn write was cut off, or with the error when it could not be: the first change tries again. */
  readonly onCut: (cut: Cut | Error) => void;
  readonly disk?: Disk;
}

/** Another process changed, moved or replaced the file. */
export class ForeignFileError extends ExpectedError<'foreign-file'> {
  constructor(message: string, options?: ErrorOptions) {
    super('foreign-file', message, options);
  }
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #disk: Disk;
  #file: FileHandle | undefined;
  /** Undefined: there is no file. */
  #identity: FileIdentity | undefined;
  #format: JournalFormat = 0;
  #end: JournalEnd = { bytes: 0, link: START };
  /** The end before the last group; undefined: the group cannot be undone by cutting it off. */
  #endBefore: JournalEnd | undefined;
  /** 0 before the first rewrite: how much of the file is still needed is not known. */
  #bytesWhenRewritten = 0;
  #hasTornWrite = false;
  #isUncertain = false;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#disk = options.disk ?? DISK;
  }

  /**
   * Reads a journal, and cuts off a torn write. A file that does not exist is empty.
   * @param onChanges called with the changes, in order
   * @throws StateError `damaged`, `unsupported`; Error of the system (reject)
   */
  static async open(
    options: JournalOptions,
    onChanges: (changes: readonly StateChange[]) => void,
  ): Promise<Journal> {
    const journal = new Journal(options);
    try {
      await journal.#read(onChanges);
    } catch (error) {
      await journal.close();
      throw error;
    }
    await journal.#cutTornWrite().catch((error: Error) => options.onCut(error));
    return journal;
  }

  get bytes(): number {
    return this.#end.bytes;
  }

  /** True when the file should be rewritten, or cannot be appended to. */
  get wantsRewrite(): boolean {
    const isGrown = this.#end.bytes > 2 * this.#bytesWhenRewritten + SLACK_BYTES;
    return this.#isUncertain || this.#format !== FORMAT || isGrown;
  }

  /** True when it is not known what the file holds. Only `rewrite` repairs that. */
  get isUncertain(): boolean {
    return this.#isUncertain;
  }

  /**
   * Appends a group and syncs it.
   * @throws ForeignFileError; Error of the system (reject); the group is then cut off again, or `isUncertain` is true
   */
  async append(changes: readonly StateChange[]): Promise<void> {
    await this.#requireUnchanged();
    await this.#cutTornWrite();
    const file = this.#file;
    if (file === undefined || this.wantsRewrite) throw new Error('the state file is to be rewritten first');
    const before = this.#end;
    this.#endBefore = undefined;
    try {
      this.#end = await writeGroup(file, before, changes);
      await this.#sync(file);
    } catch (error) {
      await this.#cutTo(before);
      throw error;
    }
    await this.#requireWritten();
    this.#endBefore = before;
  }

  /** Cuts the last group off the file, or makes `isUncertain` true. Never rejects. */
  async undoLastGroup(): Promise<void> {
    const before = this.#endBefore;
    this.#endBefore = undefined;
    if (before === undefined) this.#isUncertain = true;
    else {
      await this.#requireUnchanged().then(
        () => this.#cutTo(before),
        () => {
          this.#isUncertain = true;
        },
      );
    }
  }

  /**
   * Writes all entries to a new file, which atomically replaces the old one.
   * @throws ForeignFileError; Error of the system (reject); the old file is then unchanged, or `isUncertain` is true
   */
  async rewrite(entries: readonly StateChange[]): Promise<void> {
    const { path } = this.#options;
    await this.#requireUnchanged();
    await this.#cutTornWrite();
    const file = await this.#disk.open(path + NEW_SUFFIX, 'w', STATE_FILE_MODE);
    let end: JournalEnd;
    let identity: FileIdentity;
    try {
      end = await writeFile(file, entries);
      await file.sync();
      identity = await file.stat({ bigint: true });
      await this.#requireUnchanged();
      await this.#replaceFile();
    } catch (error) {
      await file.close().catch(ignore);
      await this.#disk.rm(path + NEW_SUFFIX, { force: true }).catch(ignore);
      throw error;
    }
    await this.#file?.close().catch(ignore);
    this.#file = file;
    this.#identity = identity;
    this.#format = FORMAT;
    this.#end = end;
    this.#endBefore = undefined;
    this.#bytesWhenRewritten = end.bytes;
    // Until the directory is synced, a power cut may leave either file.
    this.#isUncertain = true;
    await syncDirectory(this.#disk, dirname(path));
    this.#isUncertain = false;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #read(onChanges: (changes: readonly StateChange[]) => void): Promise<void> {
    const { path } = this.#options;
    await this.#disk.rm(path + NEW_SUFFIX, { force: true });
    this.#file = await this.#disk.open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (this.#file === undefined) return;
    this.#identity = await identify(this.#disk, path);
    const { break: problem, format = 0, end } = await scanJournal(this.#file, onChanges);
    if (problem !== undefined && problem.kind !== 'torn') throw unreadable(path, problem);
    this.#format = format;
    this.#end = end;
    this.#hasTornWrite = problem !== undefined;
  }

  async #cutTornWrite(): Promise<void> {
    if (!this.#hasTornWrite || this.#file === undefined) return;
    const { path, onCut } = this.#options;
    const cut = await cutOff(this.#disk, { path, file: this.#file, from: this.#end.bytes, kind: 'torn' });
    this.#hasTornWrite = false;
    await this.#remember();
    onCut(cut);
  }

  /** Truncates the file to an earlier end, or makes `isUncertain` true. Never rejects. */
  async #cutTo(end: JournalEnd): Promise<void> {
    this.#end = end;
    try {
      await this.#file?.truncate(end.bytes);
      await this.#file?.datasync();
      await this.#remember();
    } catch {
      this.#isUncertain = true;
      this.#identity = this.#identity && { ...this.#identity, size: undefined };
    }
  }

  /** After a failed sync, the kernel takes the pages as written: what is on disk is not known, fsync(2). */
  async #sync(file: FileHandle): Promise<void> {
    await file.datasync().catch((error: unknown) => {
      this.#isUncertain = true;
      throw error;
    });
  }

  /**
   * Checks that the group went to the file at the path: one moved away meanwhile is not found at the next start.
   * @throws ForeignFileError; Error of the system (reject)
   */
  async #requireWritten(): Promise<void> {
    await this.#remember().catch((error: unknown) => {
      this.#isUncertain = true;
      throw error;
    });
  }

  /** Remembers the identity of the file, if it is the same file with the expected size. */
  async #remember(): Promise<void> {
    const now = await identify(this.#disk, this.#options.path);
    const expected = this.#identity && {
      ...this.#identity,
      size: BigInt(this.#end.bytes),
      mtimeNs: now?.mtimeNs,
    };
    this.#requireNoDifference(differenceOf(expected, now));
    this.#identity = now;
  }

  /** @throws ForeignFileError; what `requireOwned` throws; Error of the system (reject) */
  async #requireUnchanged(): Promise<void> {
    const [now] = await Promise.all([identify(this.#disk, this.#options.path), this.#options.requireOwned()]);
    this.#requireNoDifference(differenceOf(this.#identity, now));
  }

  async #replaceFile(): Promise<void> {
    const { path } = this.#options;
    await this.#disk.rename(path + NEW_SUFFIX, path).catch(async (error: unknown) => {
      // A network file system may have renamed it although its response was lost.
      await this.#requireUnchanged().catch(() => {
        this.#isUncertain = true;
      });
      throw error;
    });
  }

  #requireNoDifference(difference: string | undefined): void {
    if (difference !== undefined) throw new ForeignFileError(`${this.#options.path}: ${difference}`);
  }
}

/** Writes the first record and a group. @returns where they end */
async function writeFile(file: FileHandle, entries: readonly StateChange[]): Promise<JournalEnd> {
  // Never the last of its group: a version that knows only format 1 sees a file of one line as a torn write.
  const { bytes, link } = encodeRecord(START, false, formatBody());
  await writeFully(file, bytes, 0);
  return writeGroup(file, { bytes: bytes.length, link }, entries);
}

/** @returns where the group ends */
async function writeGroup(
  file: FileHandle,
  after: JournalEnd,
  changes: readonly StateChange[],
): Promise<JournalEnd> {
  let end = after;
  for (const { body, isLast } of changeBodies(changes)) {
    const { bytes, link } = encodeRecord(end.link, isLast, body);
    await writeFully(file, bytes, end.bytes);
    end = { bytes: end.bytes + bytes.length, link };
  }
  return end;
}

function unreadable(path: string, { kind, record, offset, why }: Break): StateError {
  if (kind === 'unsupported') {
    return new StateError('unsupported', `${path}: ${why}, of a later version of traffic-mirror: use that`);
  }
  const what = `${path}:${record}: damaged record at byte ${offset}: ${why}`;
  const help = 'restore the file from a copy, or cut it off there: traffic-mirror state repair --config FILE';
  return new StateError('damaged', `${what}; ${help}`);
}

function ignore(): void {}
