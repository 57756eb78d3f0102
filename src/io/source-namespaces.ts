/** The network namespaces of an engine's sources, each opened once. */
import type { Libc } from '../linux/libc.js';
import { HandedNamespaces } from './handed-namespaces.js';
import { SourceNamespace } from './source-namespace.js';

export class SourceNamespaces {
  readonly #libc: Libc;
  readonly #handed: HandedNamespaces;
  /** By path; undefined: the engine's own. */
  readonly #byPath = new Map<string | undefined, SourceNamespace>();

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#handed = new HandedNamespaces(libc);
  }

  /** The namespace of a path; it may not be there yet. @throws LinuxError for the engine's own: EMFILE, EPERM. */
  of(path: string | undefined): SourceNamespace {
    const namespace = this.#byPath.get(path) ?? new SourceNamespace(this.#libc, path, this.#handed);
    this.#byPath.set(path, namespace);
    return namespace;
  }

  /** To poll: readable when there are link events. */
  get descriptors(): number[] {
    return [...this.#byPath.values()].map(({ descriptor }) => descriptor);
  }

  /** Reads the link events that wait. @returns the namespaces that had some. @throws LinuxError */
  readLinkEvents(): SourceNamespace[] {
    return [...this.#byPath.values()].filter((namespace) => namespace.readLinkEvents());
  }

  /** Looks whether each path still names the same namespace: no event tells. */
  look(): void {
    for (const namespace of this.#byPath.values()) namespace.look();
  }

  /** Closes all but these. */
  keepOnly(used: readonly unknown[]): void {
    for (const [path, namespace] of this.#byPath) {
      if (used.includes(namespace)) continue;
      namespace.close();
      this.#byPath.delete(path);
    }
  }

  close(): void {
    this.keepOnly([]);
  }
}
