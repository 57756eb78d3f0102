/**
 * The file of one series: a ring with a slot for each minute of 15 days, so it never grows.
 *
 *     header, 4096 bytes    JSON of the series, zeros
 *     slot, 64 bytes        minutes since 1970 (u32), 8 counts (u48 each), zeros; little-endian
 *
 * A slot that holds another minute than the one that is read counts as empty. Slots lie on boundaries of 64 bytes: a
 * process that is killed during a write leaves either the old slot or the new one.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { METRIC_NAMES, type PointValues, type Series } from './metrics.js';

/** Fifteen days. */
export const RETENTION_MINUTES = 15 * 24 * 60;

const HEADER_BYTES = 4096;
const SLOT_BYTES = 64;
const VALUES_AT = 4;
const VALUE_BYTES = 6;
const MAXIMUM_VALUE = 2 ** 48 - 1;
const FILE_MODE = 0o600;

/** The size of every file. */
export const POINTS_FILE_BYTES = HEADER_BYTES + RETENTION_MINUTES * SLOT_BYTES;

/** The counts of one minute. */
export interface Point {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly values: PointValues;
}

/** Creates an empty file. @throws Error of the system (rejects); the file is then not there */
export async function createPointsFile(path: string, series: Series): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(JSON.stringify(series));
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.write(header, 0, HEADER_BYTES, 0);
    // Sparse: only minutes that are written take disk space.
    await file.truncate(POINTS_FILE_BYTES);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Reads the series of a file; undefined when the file is damaged. @throws Error of the system (rejects) */
export async function readSeries(path: string): Promise<Series | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { size } = await using(path, 'r', async (file) => {
    await file.read(header, 0, HEADER_BYTES, 0);
    return file.stat();
  });
  return size === POINTS_FILE_BYTES ? parseSeries(header) : undefined;
}

/** Writes the point of a minute. @throws Error of the system (rejects) */
export async function writePoint(path: string, { minute, values }: Point): Promise<void> {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32LE(minute);
  for (const [index, value] of values.entries()) {
    slot.writeUIntLE(Math.min(value, MAXIMUM_VALUE), VALUES_AT + index * VALUE_BYTES, VALUE_BYTES);
  }
  await using(path, 'r+', (file) => file.write(slot, 0, SLOT_BYTES, slotAt(minute)));
}

/**
 * Reads the points of a range of minutes, ascending. Minutes without a point are left out.
 * @param from first minute
 * @param to minute after the last; at most RETENTION_MINUTES after the first
 * @throws Error of the system (rejects)
 */
export async function readPoints(path: string, from: number, to: number): Promise<Point[]> {
  if (to <= from) return [];
  const beforeWrap = Math.min(to - from, RETENTION_MINUTES - (from % RETENTION_MINUTES));
  const bytes = Buffer.alloc((to - from) * SLOT_BYTES);
  await using(path, 'r', async (file) => {
    await file.read(bytes, 0, beforeWrap * SLOT_BYTES, slotAt(from));
    await file.read(bytes, beforeWrap * SLOT_BYTES, bytes.length - beforeWrap * SLOT_BYTES, HEADER_BYTES);
  });
  const points: Point[] = [];
  for (let minute = from; minute < to; minute++) {
    const at = (minute - from) * SLOT_BYTES;
    if (bytes.readUInt32LE(at) !== minute) continue;
    const values = METRIC_NAMES.map((_, index) =>
      bytes.readUIntLE(at + VALUES_AT + index * VALUE_BYTES, VALUE_BYTES),
    );
    points.push({ minute, values });
  }
  return points;
}

function slotAt(minute: number): number {
  return HEADER_BYTES + (minute % RETENTION_MINUTES) * SLOT_BYTES;
}

function parseSeries(header: Buffer): Series | undefined {
  try {
    const { accountId, sourceId, dimension } = JSON.parse(header.toString('utf8', 0, header.indexOf(0)));
    if (typeof accountId !== 'string') return undefined;
    return { accountId, sourceId, ...(dimension !== undefined && { dimension }) };
  } catch {
    return undefined;
  }
}

async function using<Result>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
