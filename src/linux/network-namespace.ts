/**
 * Network namespaces by path (network_namespaces(7), setns(2)). A thread is in one namespace. A socket stays in the
 * namespace that its thread was in when it was opened.
 */
import { closeSync, constants, openSync, statfsSync } from 'node:fs';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';

/** The calling thread's namespace: proc(5). */
const OWN_NAMESPACE = '/proc/thread-self/ns/net';
const OWN_DESCRIPTORS = '/proc/self/fd';
/** statfs(2): NSFS_MAGIC, the type of the file system of namespaces. */
const NAMESPACE_FILES = 0x6e73_6673;

/** A network namespace cannot be entered now. The message is for the user. */
export class NamespaceError extends Error {}

/** An open network namespace. */
export class NetworkNamespace {
  readonly #path: string;
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #endProcess: () => void;

  /**
   * @param path its path, for errors
   * @param descriptor its descriptor, which `close` closes
   * @param endProcess ends this process at once; only tests pass another
   */
  constructor(libc: Libc, path: string, descriptor: number, endProcess: () => void = killThisProcess) {
    this.#path = path;
    this.#libc = libc;
    this.#descriptor = descriptor;
    this.#endProcess = endProcess;
  }

  /**
   * Runs a function that opens sockets inside the namespace, and returns. A thread that cannot return would send from
   * the wrong namespace, so it ends the process.
   * @param act must be synchronous: no other code of this thread may run inside
   * @throws NamespaceError when it must not be entered, or is not a network namespace; errors of `act`
   */
  enter<T>(act: () => T): T {
    const own = this.#openOwn();
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

  /** The namespace can end afterwards, when nothing else uses it. */
  close(): void {
    this.#libc.close(this.#descriptor);
  }

  /** @throws NamespaceError where /proc is hidden, or shows other processes than those of this pid namespace. */
  #openOwn(): number {
    try {
      return openSync(OWN_NAMESPACE, constants.O_RDONLY);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why = `${OWN_NAMESPACE} cannot be opened: ${code}; mount /proc`;
      throw new NamespaceError(`network namespace ${this.#path} cannot be entered: ${why}`, { cause: error });
    }
  }

  #goInside(): void {
    try {
      this.#libc.enterNamespace(this.#descriptor);
    } catch (error) {
      throw error instanceof LinuxError
        ? new NamespaceError(entryErrorText(this.#path, error), { cause: error })
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
 * Opens a path that names a namespace. No other file may be passed to an engine.
 * @returns a descriptor. @throws NamespaceError when the path does not exist, cannot be opened, or is another file
 */
export function openNamespace(path: string): number {
  const descriptor = openFile(path);
  try {
    if (statfsSync(`${OWN_DESCRIPTORS}/${descriptor}`).type === NAMESPACE_FILES) return descriptor;
  } catch (error) {
    closeSync(descriptor);
    const { code } = error as NodeJS.ErrnoException;
    const why = `${OWN_DESCRIPTORS} cannot be read: ${code}; mount /proc`;
    throw new NamespaceError(`whether ${path} is a network namespace is not known: ${why}`, { cause: error });
  }
  closeSync(descriptor);
  throw new NamespaceError(`${path} is not a network namespace`);
}

function openFile(path: string): number {
  try {
    // Nonblocking: it might be a pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be opened: ${code}`;
    throw new NamespaceError(`network namespace ${path} ${reason}`, { cause: error });
  }
}

function entryErrorText(path: string, { code }: LinuxError): string {
  switch (code) {
    case 'EPERM':
      return `not permitted to enter network namespace ${path}: needs the capability CAP_SYS_ADMIN`;
    case 'EINVAL':
      return `${path} is not a network namespace`;
    default:
      return `network namespace ${path} cannot be entered: ${code}`;
  }
}

/** Ends the process at once, without its exit handlers. */
function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
