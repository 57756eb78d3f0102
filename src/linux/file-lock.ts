/** A lock on an open file that the kernel gives back when the process ends, however it ends. */
import { spawnSync } from 'node:child_process';
import { openFlock } from './libc.js';
import { MissingPackageError } from './optional-package.js';

/** flock(1): somebody else has the lock. */
const EXIT_TAKEN = 1;
/** Where the child of `flockCommand` finds the descriptor. */
const CHILD_DESCRIPTOR = 3;

/** There is no way to lock a file here. */
class NoLockError extends Error {
  readonly code = 'no-lock';
}

/**
 * Locks a file for this process, without waiting. The lock is held until the descriptor is closed.
 * @param descriptor open for reading and writing, and closed on exec, as those of `node:fs` are: a child that kept it
 * would keep the lock
 * @returns false when another process has the lock
 * @throws LinuxError; NoLockError without koffi and flock(1) (reject)
 */
export async function lockFile(descriptor: number): Promise<boolean> {
  const flock = await openFlock().catch((error: unknown) => {
    if (error instanceof MissingPackageError) return flockCommand;
    throw error;
  });
  return flock(descriptor);
}

/** The lock is of the open file, which the child shares: it stays locked when the child has ended. */
function flockCommand(descriptor: number): boolean {
  const { status, stderr, error } = spawnSync('flock', ['-x', '-n', String(CHILD_DESCRIPTOR)], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8',
  });
  if (status === 0) return true;
  if (status === EXIT_TAKEN && stderr === '') return false;
  const why = error?.message ?? stderr.trim();
  throw new NoLockError(
    `no file can be locked: npm package koffi is not installed, and flock(1) failed: ${why}`,
  );
}
