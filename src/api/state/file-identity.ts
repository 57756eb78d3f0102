/** Whether a path still leads to the file that was read or written last, as it was left. */
import type { Disk } from './disk.js';

/** What another writer cannot leave unchanged, stat(2). */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Undefined when it is not known how a write of this process ended. */
  readonly size: bigint | undefined;
  readonly mtimeNs: bigint | undefined;
}

/** Undefined: nothing is there. @throws Error of the system (rejects) */
export async function identify(disk: Disk, path: string): Promise<FileIdentity | undefined> {
  return disk.stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * Holds what is there against what was there.
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
