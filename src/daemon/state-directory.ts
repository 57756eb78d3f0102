/**
 * The state directory, which belongs to one process at a time. A lock on its file `lock` is taken before anything else
 * in it is read, and held to the end. The kernel releases it when the process ends.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../linux/file-lock.js';
import { statusSocketPath } from '../status/status-server.js';

const LOCK_NAME = 'lock';
/** The command that runs the daemon. */
const DAEMON = 'run';
const LOCK_MODE = 0o600;
/** A link could lead the daemon's pid into another file. Node opens every file with O_CLOEXEC. */
const LOCK_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
/** For a process that has just taken the lock to write its pid, or for one that has just released it to end. */
const SETTLE_MS = 1000;
const POLL_MS = 20;
/** More than the length of the line that names the owner. */
const OWNER_BYTES = 100;
/** Errors of connect(2) when no process listens: no file, no listener, not a socket, no directory (unix(7)). */
const NOT_LISTENING = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];
/** EAGAIN: the listener's backlog is full. */
const LISTENING = ['connected', 'EAGAIN'];

/** Another process uses the state directory. */
export class AlreadyRunningError extends Error {
  readonly code = 'already-running';
}

/** The state directory cannot be used. */
export class StateDirectoryError extends Error {
  readonly code = 'state-directory';
}

export class StateDirectory {
  readonly path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  /**
   * Makes the directory if it is missing, and takes its lock.
   * @param command of this process, which other processes show to their users
   * @throws AlreadyRunningError, StateDirectoryError (reject)
   */
  static async acquire(path: string, command: string): Promise<StateDirectory> {
    const descriptor = openLock(path);
    try {
      if (!(await lockFile(descriptor))) {
        throw new AlreadyRunningError(`${await ownerOf(descriptor)} already uses ${path}`);
      }
      const directory = new StateDirectory(path, descriptor);
      await directory.requireOwned();
      await requireNoListener(path);
      writeOwner(descriptor, `${process.pid} ${command}\n`);
      return directory;
    } catch (error) {
      closeSync(descriptor);
      throw error instanceof AlreadyRunningError || error instanceof StateDirectoryError
        ? error
        : asStateError(path, 'cannot be locked', error);
    }
  }

  /**
   * Checks that the path still leads to the directory that is locked.
   * @throws StateDirectoryError when it does not (rejects)
   */
  async requireOwned(): Promise<void> {
    const file = join(this.path, LOCK_NAME);
    const there = await stat(file).catch((error: unknown) => {
      throw asStateError(this.path, 'was moved or emptied', error);
    });
    if (isSame(there, fstatSync(this.#descriptor))) return;
    throw new StateDirectoryError(`state.directory ${this.path}: its file ${LOCK_NAME} was replaced`);
  }

  /** Releases the lock. */
  release(): void {
    writeOwner(this.#descriptor, '');
    closeSync(this.#descriptor);
  }
}

/** @throws StateDirectoryError */
function openLock(path: string): number {
  try {
    makeDirectory(path);
  } catch (error) {
    throw asStateError(path, 'cannot be made', error);
  }
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(path, LOCK_NAME), LOCK_FLAGS, LOCK_MODE);
    requireOneName(descriptor);
    giveToOwner(path, descriptor);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw asStateError(path, 'cannot be locked', error);
  }
}

/**
 * Makes a directory and its missing parents, and tries each part of the path once. Node's recursive `mkdir` tries for
 * ever where the kernel reports an existing parent as missing, for example below /proc.
 * @param path absolute
 * @throws Error of the system
 */
function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let part = path; !isThere(part); part = dirname(part)) missing.push(part);
  for (const part of missing.reverse()) makeOne(part);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Another process may make it at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isThere(path)) throw error;
  }
}

/** Otherwise the owner of the directory could have a command of root overwrite another file, and give it to them. */
function requireOneName(descriptor: number): void {
  const stats = fstatSync(descriptor);
  if (stats.isFile() && stats.nlink <= 1) return;
  throw new Error(`its file ${LOCK_NAME} is no regular file, or has another name besides: remove it`);
}

/** The lock file that a command of root makes must be usable for the service, which may run as another user. */
function giveToOwner(path: string, descriptor: number): void {
  const { uid, gid } = statSync(path);
  if (process.geteuid?.() === 0 && fstatSync(descriptor).uid !== uid) fchownSync(descriptor, uid, gid);
}

/** A full disk does not prevent the lock: then other processes cannot name the owner. */
function writeOwner(descriptor: number, text: string): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, text, 0);
  } catch {}
}

/** The owner of the lock, in words. It is written after the lock is taken: for a moment it names the owner before. */
async function ownerOf(descriptor: number): Promise<string> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const [, pid, command] = /^(\d+) (.+)\n$/.exec(readStart(descriptor)) ?? [];
    const isLate = performance.now() > deadline;
    if (pid !== undefined && (isLate || isAlive(Number(pid)))) {
      return `${command === DAEMON ? 'a daemon' : `traffic-mirror ${command}`} with pid ${pid}`;
    }
    if (isLate) return 'another process';
    await sleep(POLL_MS);
  }
}

function readStart(descriptor: number): string {
  const bytes = Buffer.alloc(OWNER_BYTES);
  return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, OWNER_BYTES, 0));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Refuses while a daemon listens that does not hold the lock: it is of a version without a lock, or its lock file was
 * removed. A daemon that has just been killed may release the lock before the socket, so this waits for it.
 * @throws AlreadyRunningError (rejects)
 */
async function requireNoListener(directory: string): Promise<void> {
  const path = statusSocketPath(directory);
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const answer = await ask(path);
    if (NOT_LISTENING.includes(answer)) return;
    if (performance.now() > deadline) {
      throw new AlreadyRunningError(
        LISTENING.includes(answer)
          ? `a daemon that does not hold the lock listens on ${path}: stop it first`
          : `whether a daemon listens on ${path} cannot be told, ${answer}: remove it when none does`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** @returns 'connected', or the code of the error. */
function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
  });
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function asStateError(path: string, what: string, error: unknown): StateDirectoryError {
  const why = error instanceof Error ? error.message : String(error);
  return new StateDirectoryError(`state.directory ${path} ${what}: ${why}`, { cause: error });
}
