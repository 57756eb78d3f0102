/**
 * Network namespaces by path (network_namespaces(7), setns(2)). A thread is in one of them; a socket belongs to the
 * one that its thread was in when it was opened, wherever the thread goes afterwards.
 */
import { closeSync, constants, openSync, statfsSync } from 'node:fs';
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';

/** The calling thread's own: proc(5). */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';
/** statfs(2): NSFS_MAGIC, the file system of namespaces. */
const NAMESPACE_FILES = 0x6e73_6673;

/** Why a network namespace cannot be entered now, in words for the user. */
export class NamespaceError extends Error {}

/** A network namespace that is held open. */
export class NetworkNamespace {
  readonly #path: string;
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #endProcess: () => void;

  /**
   * @param path that named it, for errors.
   * @param descriptor of it, closed with this.
   * @param endProcess ends this process at once; given by tests only.
   */
  constructor(libc: Libc, path: string, descriptor: number, endProcess: () => void = killThisProcess) {
    this.#path = path;
    this.#libc = libc;
    this.#descriptor = descriptor;
    this.#endProcess = endProcess;
  }

  /**
   * Runs what opens sockets inside, and comes back. A thread that could not come back would send from the wrong
   * namespace, so then the process ends.
   * @param act must not wait: nothing else of this thread may run inside.
   * @throws NamespaceError when it may not be entered, or is no network namespace; whatever `act` throws.
   */
  enter<T>(act: () => T): T {
    const own = openSync(OWN_NAMESPACE, constants.O_RDONLY);
    try {
      this.#goInside();
      try {
        return act();
      } finally {
        this.#goBack(own);
      }
    } finally {
      closeSync(own);
    }
  }

  /** From here on it can end when its other users leave. */
  close(): void {
    this.#libc.close(this.#descriptor);
  }

  #goInside(): void {
    try {
      this.#libc.enterNamespace(this.#descriptor);
    } catch (error) {
      throw error instanceof LinuxError
        ? new NamespaceError(refusal(this.#path, error), { cause: error })
        : error;
    }
  }

  #goBack(own: number): void {
    try {
      this.#libc.enterNamespace(own);
    } catch {
      this.#endProcess();
    }
  }
}

/**
 * Opens what a path names, if that is a namespace: no other file is ever handed to an engine.
 * @returns a descriptor. @throws NamespaceError when nothing is there, it may not be opened, or is something else.
 */
export function openNamespace(path: string): number {
  const descriptor = openFile(path);
  if (isNamespace(descriptor)) return descriptor;
  closeSync(descriptor);
  throw new NamespaceError(`${path} is not a network namespace`);
}

function isNamespace(descriptor: number): boolean {
  try {
    return statfsSync(`/proc/self/fd/${descriptor}`).type === NAMESPACE_FILES;
  } catch {
    return false;
  }
}

function openFile(path: string): number {
  try {
    // Without waiting: it might be a pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be opened: ${code}`;
    throw new NamespaceError(`network namespace ${path} ${reason}`, { cause: error });
  }
}

function refusal(path: string, { code }: LinuxError): string {
  switch (code) {
    case 'EPERM':
      return `not permitted to enter network namespace ${path}: needs the capability CAP_SYS_ADMIN`;
    case 'EINVAL':
      return `${path} is not a network namespace`;
    default:
      return `network namespace ${path} cannot be entered: ${code}`;
  }
}

/** Nothing may run any more, not even what runs at exit. */
function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
