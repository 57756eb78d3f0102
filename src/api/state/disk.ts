/**
 * The state file in the file system: where it is, whether it is still the same file, and what is cut off from it. Tests
 * replace the file system by one that fails.
 */
import type { FileHandle } from 'node:fs/promises';
import * as promises from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The state says which traffic is mirrored: only its owner reads it. */
export const STATE_FILE_MODE = 0o600;

const CHUNK_BYTES = 2 ** 20;
/** Each kill may leave a torn write, so only the newest are kept. What `repair` cuts off is never removed. */
const KEPT_TORN_WRITES = 16;

/** The functions of node:fs/promises that the state needs. */
export type Disk = Pick<typeof promises, 'open' | 'rename' | 'rm' | 'stat' | 'readdir'>;

export const DISK: Disk = promises;

/** Properties of a file of which another writer changes one, stat(2). */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Undefined when the outcome of a write of this process is not known. */
  readonly size: bigint | undefined;
  readonly mtimeNs: bigint | undefined;
}

/** Who cuts: `torn`, a daemon that starts; `cut`, the command `repair`. */
export type CutKind = 'torn' | 'cut';

export interface Cut {
  readonly bytes: number;
  /** The file that has the bytes. */
  readonly keptIn: string;
}

/** The path of the state file in the state directory. */
export function stateFileIn(directory: string): string {
  return join(directory, 'api-state.jsonl');
}

/** Writes all bytes at a position. @throws Error of the system (rejects) */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Syncs a directory, so that a new name survives a power cut, fsync(2). @throws Error of the system (rejects) */
export async function syncDirectory(disk: Disk, path: string): Promise<void> {
  const directory = await disk.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The identity of the file at a path; undefined: there is none. @throws Error of the system (rejects) */
export async function identify(disk: Disk, path: string): Promise<FileIdentity | undefined> {
  return disk.stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * Compares a file with what was read or written last.
 * @returns the difference in words, or undefined
 */
export function differenceOf(
  before: FileIdentity | undefined,
  now: FileIdentity | undefined,
): string | undefined {
  if (before === undefined) return now && 'another process made it';
  if (now === undefined) return 'it was moved away or deleted';
  if (before.dev !== now.dev || before.ino !== now.ino) return 'another file has taken its place';
  if (before.size === undefined) return undefined;
  if (before.size !== now.size) return `it has ${now.size} bytes where ${before.size} were left`;
  return before.mtimeNs === now.mtimeNs ? undefined : 'another process wrote to it';
}

/**
 * Cuts off the end of a file, after it is copied to a file beside it and the copy is synced.
 * @param path the path of `file`, which is open for reading and writing
 * @throws Error of the system (rejects); without a copy, nothing is cut off
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
