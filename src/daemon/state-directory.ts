/**
 * The state directory, which belongs to one process at a time: a lock on the file `lock` in it is taken before
 * anything else there is read, and held to the end. The kernel gives it back when the process ends.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../linux/file-lock.js';
import { makeDirectory } from './make-directory.js';
import { statusSocketPath } from './status-server.js';

const LOCK_NAME = 'lock';
/** The command that is a daemon. */
const DAEMON = 'run';
const LOCK_MODE = 0o600;
/** A link could lead the daemon's pid into another file. Node opens every file with O_CLOEXEC. */
const LOCK_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
/** How long it may take whoever has just got the lock to write who it is, or whoever lets go to end. */
const SETTLE_MS = 1000;
const POLL_MS = 20;
/** More than the line that names the owner has. */
const OWNER_BYTES = 100;
/** No socket, nobody behind it, or no socket at all: connect(2), unix(7). */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];
/** EAGAIN: so many wait for an answer that no more may. */
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
   * Makes the directory when it is not there, and takes its lock.
   * @param command of this process, which others are told
   * @throws AlreadyRunningError, StateDirectoryError (reject)
   */
  static async take(path: string, command: string): Promise<StateDirectory> {
    const descriptor = openLock(path);
    try {
      if (!(await lockFile(descriptor))) {
        throw new AlreadyRunningError(`${await ownerOf(descriptor)} already uses ${path}`);
      }
      const directory = new StateDirectory(path, descriptor);
      await directory.requireOwned();
      await requireNoListener(path);
      tellOwner(descriptor, `${process.pid} ${command}\n`);
      return directory;
    } catch (error) {
      closeSync(descriptor);
      throw error instanceof AlreadyRunningError || error instanceof StateDirectoryError
        ? error
        : refusal(path, 'cannot be locked', error);
    }
  }

  /**
   * The lock protects what is under the path only while the path leads to it.
   * @throws StateDirectoryError when it does not any more (rejects)
   */
  async requireOwned(): Promise<void> {
    const file = join(this.path, LOCK_NAME);
    const there = await stat(file).catch((error: unknown) => {
      throw refusal(this.path, 'was moved or emptied', error);
    });
    if (isSame(there, fstatSync(this.#descriptor))) return;
    throw new StateDirectoryError(`state.directory ${this.path}: its file ${LOCK_NAME} was replaced`);
  }

  /** Gives the lock back. */
  release(): void {
    tellOwner(this.#descriptor, '');
    closeSync(this.#descriptor);
  }
}

/** @throws StateDirectoryError */
function openLock(path: string): number {
  try {
    makeDirectory(path);
  } catch (error) {
    throw refusal(path, 'cannot be made', error);
  }
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(path, LOCK_NAME), LOCK_FLAGS, LOCK_MODE);
    requireOneName(descriptor);
    giveToOwner(path, descriptor);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw refusal(path, 'cannot be locked', error);
  }
}

/** Whoever owns the directory could have a command of root overwrite another file, and give it to them. */
function requireOneName(descriptor: number): void {
  const stats = fstatSync(descriptor);
  if (stats.isFile() && stats.nlink <= 1) return;
  throw new Error(`its file ${LOCK_NAME} is no regular file, or has another name besides: remove it`);
}

/** A command that root runs must not keep the service, which is another user, from its own directory. */
function giveToOwner(path: string, descriptor: number): void {
  const { uid, gid } = statSync(path);
  if (process.geteuid?.() === 0 && fstatSync(descriptor).uid !== uid) fchownSync(descriptor, uid, gid);
}

/** A full disk keeps nobody from the lock: then others are told less. */
function tellOwner(descriptor: number, text: string): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, text, 0);
  } catch {}
}

/** Who has the lock, in words. It is written after the lock is taken: for a moment an earlier owner may be named. */
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
 * A daemon of a version without the lock, or one whose lock was removed, still listens on its socket. One that has
 * just been killed may let go of the lock before the socket.
 * @throws AlreadyRunningError (rejects)
 */
async function requireNoListener(directory: string): Promise<void> {
  const path = statusSocketPath(directory);
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const answer = await ask(path);
    if (NOBODY.includes(answer)) return;
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

function refusal(path: string, what: string, error: unknown): StateDirectoryError {
  const why = error instanceof Error ? error.message : String(error);
  return new StateDirectoryError(`state.directory ${path} ${what}: ${why}`, { cause: error });
}
