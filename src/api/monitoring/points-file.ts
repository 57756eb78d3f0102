/**
 * The points of one series on disk: a ring of a slot per minute, so that 15 days never take more room.
 *
 *     header, 4096 bytes    JSON of the series, zeros
 *     slot, 64 bytes        minutes since 1970 (u32), 8 counts (u48 each), zeros; little-endian
 *
 * A slot that holds another minute than the one that is asked for is empty. Slots lie on boundaries of 64 bytes:
 * a process killed while it writes leaves a whole slot, the old or the new.
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

export const POINTS_FILE_BYTES = HEADER_BYTES + RETENTION_MINUTES * SLOT_BYTES;

export interface Point {
  /** Since 1970. */
  readonly minute: number;
  readonly values: PointValues;
}

/** Makes an empty one. @throws Error of the system; the file is then not there */
export async function createPointsFile(path: string, series: Series): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(JSON.stringify(series));
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.write(header, 0, HEADER_BYTES, 0);
    // Room is only taken for minutes that are written.
    await file.truncate(POINTS_FILE_BYTES);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The series of a file; undefined when the file is not whole. @throws Error of the system */
export async function readSeries(path: string): Promise<Series | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { size } = await using(path, 'r', async (file) => {
    await file.read(header, 0, HEADER_BYTES, 0);
    return file.stat();
  });
  return size === POINTS_FILE_BYTES ? parseSeries(header) : undefined;
}

/** @throws Error of the system */
export async function writePoint(path: string, { minute, values }: Point): Promise<void> {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32LE(minute);
  for (const [index, value] of values.entries()) {
    slot.writeUIntLE(Math.min(value, MAXIMUM_VALUE), VALUES_AT + index * VALUE_BYTES, VALUE_BYTES);
  }
  await using(path, 'r+', (file) => file.write(slot, 0, SLOT_BYTES, slotAt(minute)));
}

/**
 * The points of some minutes, ascending; minutes without one are left out.
 * @param from first minute
 * @param to minute behind the last; at most RETENTION_MINUTES behind the first
 * @throws Error of the system
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
    const { accountId, sourceId } = JSON.parse(header.toString('utf8', 0, header.indexOf(0)));
    return typeof accountId === 'string' ? { accountId, sourceId } : undefined;
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
