/** The file system, as far as the state needs it: tests give one that fails. */

import type { FileHandle } from 'node:fs/promises';
import * as promises from 'node:fs/promises';

/** Functions of node:fs/promises. */
export type Disk = Pick<typeof promises, 'open' | 'rename' | 'rm' | 'stat' | 'readdir'>;

export const DISK: Disk = promises;

/** The state says which traffic is watched; nobody else reads it. */
export const STATE_FILE_MODE = 0o600;

/** @throws Error of the system (rejects) */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** So that a new name survives a power cut, fsync(2). @throws Error of the system (rejects) */
export async function syncDirectory(disk: Disk, path: string): Promise<void> {
  const directory = await disk.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
