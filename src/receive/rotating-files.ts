/**
 * A capture in numbered files, NAME-00001.pcapng and so on. Each has another name until it is whole, so that whoever
 * picks files up by their names gets whole ones only.
 */
import { closeSync, existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { CaptureFile, openForWriting } from './capture-file.js';
import { type CaptureOutput, OutputError } from './capture-output.js';

const DIGITS = 5;
const UNFINISHED = '.partial';

/** A file of the sequence. */
interface NumberedFile {
  readonly number: number;
  readonly path: string;
}

export class RotatingFiles implements CaptureOutput {
  readonly #path: string;
  readonly #keep: number;
  readonly #lock: (descriptor: number) => boolean;
  /** Whole files, and what earlier runs left unfinished, oldest first. */
  readonly #earlier: NumberedFile[];
  #number: number;
  #file: CaptureFile | undefined;
  #files = 0;

  private constructor(
    path: string,
    keep: number,
    lock: (descriptor: number) => boolean,
    found: readonly NumberedFile[],
    earlier: NumberedFile[],
  ) {
    this.#path = path;
    this.#keep = keep;
    this.#lock = lock;
    this.#earlier = earlier;
    this.#number = found.at(-1)?.number ?? 0;
  }

  /**
   * Looks for files of earlier runs, whose numbers go on, and opens the next one.
   * @param path the name without a number. @param keep how many whole files stay; the oldest is removed first
   * @param lock of an open file: what another process writes has it
   * @throws OutputError (rejects)
   */
  static async open(
    path: string,
    keep: number,
    lock: (descriptor: number) => boolean,
  ): Promise<RotatingFiles> {
    const found = await earlierFiles(path);
    const earlier: NumberedFile[] = [];
    for (const file of found) if (!(await isWritten(file.path, lock))) earlier.push(file);
    const output = new RotatingFiles(path, keep, lock, found, earlier);
    await output.#next();
    return output;
  }

  /** The name of the file that is written. */
  get name(): string {
    return this.#numbered(this.#number);
  }

  get files(): number {
    return this.#files;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file ?? (await this.#next());
    await file.write(bytes);
  }

  async endFile(): Promise<void> {
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    await file.endFile();
    const path = this.#numbered(this.#number);
    await attempt(path, 'rename', () => rename(`${path}${UNFINISHED}`, path));
    this.#files += 1;
    this.#earlier.push({ number: this.#number, path });
    await this.#removeOldest();
  }

  abandon(): void {
    this.#file?.abandon();
  }

  /** The next number that nobody has: another process may write the same sequence. */
  async #next(): Promise<CaptureFile> {
    for (;;) {
      this.#number += 1;
      const path = this.#numbered(this.#number);
      const descriptor = await openNew(`${path}${UNFINISHED}`);
      if (descriptor === undefined) continue;
      this.#lock(descriptor);
      // Nobody else can finish this number now.
      if (!existsSync(path)) {
        this.#file = new CaptureFile(path, descriptor, { canCut: true });
        return this.#file;
      }
      closeSync(descriptor);
      await attempt(path, 'remove', () => rm(`${path}${UNFINISHED}`, { force: true }));
    }
  }

  async #removeOldest(): Promise<void> {
    while (this.#earlier.length > this.#keep) {
      const [{ path }] = this.#earlier.splice(0, 1);
      await attempt(path, 'remove', () => rm(path, { force: true }));
    }
  }

  #numbered(number: number): string {
    const { stem, extension } = partsOf(this.#path);
    return join(dirname(this.#path), `${stem}-${String(number).padStart(DIGITS, '0')}${extension}`);
  }
}

/** @returns files of the sequence, finished or not, by number. @throws OutputError without the folder (rejects) */
async function earlierFiles(path: string): Promise<NumberedFile[]> {
  const folder = dirname(path);
  const { stem, extension } = partsOf(path);
  const names = await attempt(folder, 'read', () => readdir(folder));
  return names
    .flatMap((name) => {
      const finished = name.endsWith(UNFINISHED) ? name.slice(0, -UNFINISHED.length) : name;
      if (!finished.startsWith(`${stem}-`) || !finished.endsWith(extension)) return [];
      const digits = finished.slice(stem.length + 1, finished.length - extension.length);
      if (!/^\d{5,15}$/.test(digits)) return [];
      return [{ number: Number(digits), path: join(folder, name) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** Whether another process has an unfinished file open. @throws OutputError (rejects) */
async function isWritten(path: string, lock: (descriptor: number) => boolean): Promise<boolean> {
  if (!path.endsWith(UNFINISHED)) return false;
  const descriptor = await openForWriting(path, 'r+');
  try {
    return !lock(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** @returns undefined when there is such a file. @throws OutputError (rejects) */
async function openNew(path: string): Promise<number | undefined> {
  try {
    return await openForWriting(path, 'wx');
  } catch (error) {
    if (error instanceof OutputError && error.reason === 'EEXIST') return undefined;
    throw error;
  }
}

function partsOf(path: string): { stem: string; extension: string } {
  const extension = extname(path);
  return { stem: basename(path, extension), extension };
}

async function attempt<Result>(path: string, op: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new OutputError(path, op, error);
  }
}
