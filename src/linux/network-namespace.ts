/**
 * Network namespaces by path (network_namespaces(7), setns(2)). A thread is in one of them; a socket belongs to the
 * one that its thread was in when it was opened, wherever the thread goes afterwards.
 */
import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';

/** The calling thread's own: proc(5). */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

/** Why a network namespace cannot be entered now, in words for the user. */
export class NamespaceError extends Error {}

/** A network namespace, held open under the path that named it. */
export class NetworkNamespace {
  readonly path: string;
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #identity: string;
  readonly #endProcess: () => void;

  /**
   * @param endProcess ends this process at once; given by tests only.
   * @throws NamespaceError when nothing is there, or it may not be opened.
   */
  constructor(libc: Libc, path: string, endProcess: () => void = killThisProcess) {
    this.path = path;
    this.#libc = libc;
    this.#endProcess = endProcess;
    this.#descriptor = open(path);
    this.#identity = identityOf(fstatSync(this.#descriptor));
  }

  /** Whether the path still names it. While it is held open, no other one can have its inode. */
  get isCurrent(): boolean {
    try {
      return identityOf(statSync(this.path)) === this.#identity;
    } catch {
      return false;
    }
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
    closeSync(this.#descriptor);
  }

  #goInside(): void {
    try {
      this.#libc.enterNamespace(this.#descriptor);
    } catch (error) {
      throw error instanceof LinuxError
        ? new NamespaceError(refusal(this.path, error), { cause: error })
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

function identityOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`;
}

function open(path: string): number {
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
