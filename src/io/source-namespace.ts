/**
 * The network namespace under a configured path. It may be missing, go away, and be made anew under the same path, which
 * the daemon sees. Sockets keep a namespace alive, so those that are opened here are closed when its path is gone.
 */

import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { type Link, LinkTable } from '../linux/link-table.js';
import { NamespaceError, NetworkNamespace } from '../linux/network-namespace.js';
import type { HandedNamespace, HandedNamespaces } from './handed-namespaces.js';

export class SourceNamespace {
  readonly #libc: Libc;
  /** Undefined: the engine's own namespace. */
  readonly #path: string | undefined;
  readonly #handed: HandedNamespaces;
  /** What `#namespace` was made of. */
  #origin: HandedNamespace | undefined;
  #namespace: NetworkNamespace | undefined;
  #links: LinkTable | undefined;
  #problem: string | undefined;
  #generation = 0;

  /** Opens it, if it is there. @throws LinuxError for the engine's own: EMFILE, EPERM. */
  constructor(libc: Libc, path: string | undefined, handed: HandedNamespaces) {
    this.#libc = libc;
    this.#path = path;
    this.#handed = handed;
    this.look();
  }

  get path(): string | undefined {
    return this.#path;
  }

  /** Why the namespace cannot be entered now; undefined: it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Counts the namespaces that had the path. A socket belongs to the one in which it was opened. */
  get generation(): number {
    return this.#generation;
  }

  /** Readable when there are link events; -1 when there is no namespace. */
  get descriptor(): number {
    return this.#links?.descriptor ?? -1;
  }

  /** Looks whether the path still names the same. @returns true when something is different now. */
  look(): boolean {
    this.#handed.take();
    if (this.#namespace !== undefined && this.#handed.find(this.#path) !== this.#origin) {
      this.#leave();
      this.#generation += 1;
      this.#open();
      return true;
    }
    if (this.#links !== undefined) return false;
    const before = this.#problem;
    this.#open();
    return this.#problem !== before;
  }

  /** Reads the link events that wait. @returns true when there were some. */
  readLinkEvents(): boolean {
    return this.#links?.readEvents() ?? false;
  }

  find(device: string): Link | undefined {
    return this.#links?.find(device);
  }

  /** Runs what opens sockets in the namespace. @throws NamespaceError; whatever `act` throws. */
  enter<T>(act: () => T): T {
    return this.#namespace === undefined ? act() : this.#namespace.enter(act);
  }

  close(): void {
    this.#leave();
  }

  #open(): void {
    try {
      if (this.#path !== undefined) {
        this.#origin = this.#handed.find(this.#path);
        this.#namespace = new NetworkNamespace(this.#libc, this.#path, this.#handed.open(this.#path));
      }
      this.#links = this.enter(() => new LinkTable(this.#libc));
      this.#problem = undefined;
    } catch (error) {
      const expected = error instanceof NamespaceError || error instanceof LinuxError;
      if (this.#path === undefined || !expected) throw error;
      this.#leave();
      this.#problem = error.message;
    }
  }

  #leave(): void {
    this.#links?.close();
    this.#namespace?.close();
    this.#links = undefined;
    this.#namespace = undefined;
  }
}
