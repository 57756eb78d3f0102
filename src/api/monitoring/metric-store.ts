/** The points of all series of the last fifteen days, with a file for each series and a bound on their number. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PointValues, type Series, seriesKey } from './metrics.js';
import {
  createPointsFile,
  type Point,
  RETENTION_MINUTES,
  readPoints,
  readSeries,
  writePoint,
} from './points-file.js';

/** The time of a point. */
export const MINUTE_MS = 60_000;

const SUFFIX = '.points';
const NAME_DIGITS = 32;
/** Totals of accounts included. So many files take at most 1.4 GB of disk. */
const MAXIMUM_SERIES = 1000;

interface Stored {
  readonly series: Series;
  readonly path: string;
  /** The newest point that this process has written. */
  last: Point | undefined;
  /** When the newest point was written, milliseconds since 1970. */
  writtenAt: number;
}

export class MetricStore {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #requireOwned: () => Promise<void>;
  readonly #stored = new Map<string, Stored>();

  private constructor(directory: string, now: () => number, requireOwned: () => Promise<void>) {
    this.#directory = directory;
    this.#now = now;
    this.#requireOwned = requireOwned;
  }

  /**
   * Makes the directory, and removes files from it that are too old or damaged.
   * @param requireOwned rejects when the directory is not this process's any more: nothing is written then
   * @throws Error of the system (rejects)
   */
  static async open(
    directory: string,
    now: () => number,
    requireOwned: () => Promise<void> = async () => {},
  ): Promise<MetricStore> {
    const store = new MetricStore(directory, now, requireOwned);
    await mkdir(directory, { recursive: true });
    for (const name of (await readdir(directory)).filter((name) => name.endsWith(SUFFIX))) {
      await store.#load(join(directory, name));
    }
    await store.removeOld();
    return store;
  }

  /** The series of an account, with the time of their newest point in milliseconds since 1970. */
  *seriesOf(accountId: string): Generator<{ readonly series: Series; readonly writtenAt: number }> {
    for (const { series, writtenAt } of this.#stored.values()) {
      if (series.accountId === accountId) yield { series, writtenAt };
    }
  }

  /**
   * Adds counts to the point of a minute. A point of zeros is written, too.
   * @returns false when there are too many series for a new one
   * @throws Error of the system, and what `requireOwned` throws (reject)
   */
  async add(series: Series, minute: number, increments: PointValues): Promise<boolean> {
    const stored = this.#stored.get(seriesKey(series)) ?? (await this.#create(series));
    if (stored === undefined) return false;
    const { last } = stored;
    const isKnown = last?.minute === minute;
    if (isKnown && increments.every((count) => count === 0)) return true;
    const [before] = isKnown ? [last] : await readPoints(stored.path, minute, minute + 1);
    const values = increments.map((count, index) => count + (before?.values[index] ?? 0));
    await this.#requireOwned();
    await writePoint(stored.path, { minute, values });
    stored.last = { minute, values };
    stored.writtenAt = this.#now();
    return true;
  }

  /**
   * The points of minutes that are still kept, ascending.
   * @param from first minute since 1970
   * @param to minute after the last
   * @throws Error of the system (rejects)
   */
  async read(series: Series, from: number, to: number): Promise<Point[]> {
    const stored = this.#stored.get(seriesKey(series));
    if (stored === undefined) return [];
    return readPoints(stored.path, ...this.keptRange(from, to));
  }

  /** The part of a range of minutes for which points are kept. */
  keptRange(from: number, to: number): [from: number, to: number] {
    const next = Math.floor(this.#now() / MINUTE_MS) + 1;
    return [Math.max(from, next - RETENTION_MINUTES), Math.min(to, next)];
  }

  /** Removes series that were not written for fifteen days. @throws Error of the system (rejects) */
  async removeOld(): Promise<void> {
    const oldest = this.#now() - RETENTION_MINUTES * MINUTE_MS;
    for (const [key, { path, writtenAt }] of this.#stored) {
      if (writtenAt >= oldest) continue;
      await this.#requireOwned();
      this.#stored.delete(key);
      await rm(path, { force: true });
    }
  }

  async #load(path: string): Promise<void> {
    const series = await readSeries(path);
    if (series === undefined || pathOf(this.#directory, series) !== path) await rm(path, { force: true });
    else
      this.#stored.set(seriesKey(series), {
        series,
        path,
        last: undefined,
        writtenAt: (await stat(path)).mtimeMs,
      });
  }

  async #create(series: Series): Promise<Stored | undefined> {
    if (this.#stored.size >= MAXIMUM_SERIES) return undefined;
    const path = pathOf(this.#directory, series);
    await this.#requireOwned();
    await createPointsFile(path, series);
    const stored = { series, path, last: undefined, writtenAt: this.#now() };
    this.#stored.set(seriesKey(series), stored);
    return stored;
  }
}

/** The path of a series. Its name is a digest, because an id may hold characters that a file name may not. */
function pathOf(directory: string, series: Series): string {
  const digest = createHash('sha256').update(seriesKey(series)).digest('hex');
  return join(directory, `${digest.slice(0, NAME_DIGITS)}${SUFFIX}`);
}
