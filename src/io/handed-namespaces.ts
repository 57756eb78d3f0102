/** The network namespaces that the daemon opened for this engine, which may not open them itself. */
import { fstatSync } from 'node:fs';
import { DescriptorSocket } from '../linux/descriptor-socket.js';
import type { Libc } from '../linux/libc.js';
import { NamespaceError } from '../linux/network-namespace.js';

/** The engine's end of a second connection, given by the daemon when it starts the engine. */
const HANDING_DESCRIPTOR = 4;

/**
 * What the daemon found under the path of a network namespace, sent as a JSON array beside the descriptors of those
 * that it opened, in order. The engine opens none itself: it has no right to.
 */
export type NamespaceNews =
  | { readonly path: string; readonly found: 'open' }
  | { readonly path: string; readonly found: 'problem'; readonly problem: string }
  /** No plan has the path any more. */
  | { readonly path: string; readonly found: 'forgotten' };

/** What a path names. Every change makes a new object of it. */
export type HandedNamespace = { readonly descriptor: number } | { readonly problem: string };

export class HandedNamespaces {
  readonly #libc: Libc;
  /** Undefined when nobody hands anything over. */
  readonly #socket: DescriptorSocket | undefined;
  readonly #byPath = new Map<string, HandedNamespace>();

  /** @param descriptor of the connection; given by tests only. */
  constructor(libc: Libc, descriptor = HANDING_DESCRIPTOR) {
    this.#libc = libc;
    if (isSocket(descriptor)) this.#socket = new DescriptorSocket(libc, descriptor);
  }

  /** Takes what came since the last call. @throws LinuxError; Error when too many files are open. */
  take(): void {
    for (;;) {
      const message = this.#socket?.receive();
      if (message === undefined) return;
      const descriptors = [...message.descriptors];
      for (const news of JSON.parse(message.text) as readonly NamespaceNews[]) this.#learn(news, descriptors);
    }
  }

  find(path: string | undefined): HandedNamespace | undefined {
    return path === undefined ? undefined : this.#byPath.get(path);
  }

  /** @returns a descriptor of its own, for whoever asks to close. @throws NamespaceError when there is none. */
  open(path: string): number {
    const handed = this.#byPath.get(path);
    if (handed === undefined) throw new NamespaceError(`network namespace ${path} is not opened yet`);
    if ('problem' in handed) throw new NamespaceError(handed.problem);
    return this.#libc.duplicate(handed.descriptor);
  }

  #learn(news: NamespaceNews, descriptors: number[]): void {
    const before = this.#byPath.get(news.path);
    if (before !== undefined && 'descriptor' in before) this.#libc.close(before.descriptor);
    this.#byPath.delete(news.path);
    switch (news.found) {
      case 'open':
        // There is one for each.
        this.#byPath.set(news.path, { descriptor: descriptors.shift() as number });
        break;
      case 'problem':
        this.#byPath.set(news.path, { problem: news.problem });
        break;
      case 'forgotten':
        break;
    }
  }
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}
