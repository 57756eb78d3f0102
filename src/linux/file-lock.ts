/** A lock on an open file, which the kernel releases when the process ends, even by a kill. */
import { spawnSync } from 'node:child_process';
import { MissingPackageError } from './errors.js';
import { openFlock } from './libc.js';

/** flock(1): another process has the lock. */
const EXIT_TAKEN = 1;
/** The descriptor's number in the child of `flockCommand`. */
const CHILD_DESCRIPTOR = 3;

/** This machine has no way to lock a file. */
class NoLockError extends Error {
  readonly code = 'no-lock';
}

/**
 * Locks a file for this process, without waiting. The lock is held until the descriptor is closed.
 * @param descriptor open for reading and writing, and closed on exec, as those of `node:fs` are: a child that has it
 * keeps the lock
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

/** Locks with flock(1). The lock belongs to the open file, which the child shares, so it stays when the child ends. */
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
