/** What is cut off from a state file is kept beside it. */
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Disk, STATE_FILE_MODE, syncDirectory, writeFully } from './disk.js';

const CHUNK_BYTES = 2 ** 20;
/** Each kill may leave a torn write; what `repair` cuts off is never removed. */
const KEPT_TORN_WRITES = 16;

/** torn: by a daemon that starts. cut: by the command `repair`. */
export type CutKind = 'torn' | 'cut';

export interface Cut {
  readonly bytes: number;
  /** The file where they are. */
  readonly keptIn: string;
}

/**
 * Copies the end of a file beside it, waits for the disk, and then cuts it off.
 * @param path of the file, which is open for reading and writing
 * @throws Error of the system (rejects); when the copy cannot be made, nothing is cut off
 */
export async function cutOff(
  disk: Disk,
  { path, file, from, kind }: { path: string; file: FileHandle; from: number; kind: CutKind },
): Promise<Cut> {
  const { size } = await file.stat();
  // Names sort by time.
  const keptIn = `${path}.${kind}-${new Date().toISOString().replaceAll(':', '')}`;
  const copy = await disk.open(keptIn, 'wx', STATE_FILE_MODE);
  try {
    await copyBytes(file, copy, from, size);
    await copy.sync();
    await syncDirectory(disk, dirname(path));
    await file.truncate(from);
  } catch (error) {
    await disk.rm(keptIn, { force: true });
    throw error;
  } finally {
    await copy.close();
  }
  await file.sync();
  if (kind === 'torn') await removeOldest(disk, `${path}.${kind}-`);
  return { bytes: size - from, keptIn };
}

async function copyBytes(file: FileHandle, copy: FileHandle, from: number, to: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, to - at), at);
    if (bytesRead === 0) return;
    await writeFully(copy, chunk.subarray(0, bytesRead), at - from);
    at += bytesRead;
  }
}

async function removeOldest(disk: Disk, prefix: string): Promise<void> {
  const directory = dirname(prefix);
  const names = (await disk.readdir(directory)).filter((name) => name.startsWith(basename(prefix))).sort();
  for (const name of names.slice(0, -KEPT_TORN_WRITES)) await disk.rm(join(directory, name), { force: true });
}
