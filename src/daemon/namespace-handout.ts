/**
 * Opens the network namespaces of an engine's plan for it, since an engine may open no file but its own program's.
 * Watches whether the paths still name them: neither a new path nor a new namespace under an old path needs a new engine.
 */
import { closeSync, fstatSync, statSync } from 'node:fs';
import type { NamespaceNews } from '../io/handed-namespaces.js';
import {
  type DescriptorSocket,
  MAXIMUM_DESCRIPTORS,
  MAXIMUM_TEXT_BYTES,
} from '../linux/descriptor-socket.js';
import { NamespaceError, openNamespace } from '../linux/network-namespace.js';
import type { EnginePlan } from '../plan/engine-plan.js';

/** There is no event for a path that names another namespace. */
const LOOK_INTERVAL_MS = 250;
/** The brackets of the array, and a comma for each part. */
const ARRAY_BYTES = 2;

/** One piece of news for the engine; its descriptor is closed after it is sent. */
interface Piece {
  readonly news: NamespaceNews;
  readonly descriptor: number | undefined;
  /** Identity of what the path names, to notice a change; undefined: the path is no longer watched. */
  readonly identity: string | undefined;
}

export class NamespaceHandout {
  readonly #socket: DescriptorSocket;
  /** Identity that was sent last, by path; undefined: none yet. */
  readonly #sent = new Map<string, string | undefined>();
  /** The only identity that is meant, by path. Whoever found it hears of its end, so it is not looked after here. */
  readonly #meant = new Map<string, string>();
  /** Paths of which the engine does not know yet that they are forgotten. */
  readonly #dropped = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param socket whose other end the engine has; closed with this. */
  constructor(socket: DescriptorSocket) {
    this.#socket = socket;
  }

  /** Opens and sends the namespaces that are new in a plan; called before the plan itself is sent. */
  give(plan: EnginePlan): void {
    for (const [path, meant] of pathsOf(plan)) {
      this.#dropped.delete(path);
      if (!this.#sent.has(path)) this.#sent.set(path, undefined);
      if (meant === undefined) this.#meant.delete(path);
      else this.#meant.set(path, meant);
    }
    if (this.#sent.size > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#look();
  }

  /** The engine runs this plan: namespaces of other plans are forgotten. */
  keepOnly(plan: EnginePlan): void {
    const paths = pathsOf(plan);
    for (const path of this.#sent.keys()) {
      if (paths.has(path)) continue;
      this.#sent.delete(path);
      this.#meant.delete(path);
      this.#dropped.add(path);
    }
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  /** News that cannot be sent now is found again at the next look. */
  #look(): void {
    let batch: Piece[] = [];
    let bytes = ARRAY_BYTES;
    for (const piece of this.#changes()) {
      const length = Buffer.byteLength(JSON.stringify(piece.news)) + 1;
      if (batch.length === MAXIMUM_DESCRIPTORS || bytes + length > MAXIMUM_TEXT_BYTES) {
        if (!this.#send(batch)) {
          closeAll([piece]);
          return;
        }
        batch = [];
        bytes = ARRAY_BYTES;
      }
      batch.push(piece);
      bytes += length;
    }
    if (batch.length > 0) this.#send(batch);
  }

  *#changes(): Generator<Piece> {
    for (const path of this.#dropped) {
      yield { news: { path, found: 'forgotten' }, descriptor: undefined, identity: undefined };
    }
    for (const [path, identity] of this.#sent) {
      const meant = this.#meant.get(path);
      if (identity !== undefined && identity === (meant ?? identityOf(path))) continue;
      const piece = find(path, meant);
      // The same problem as before.
      if (piece.identity !== identity) yield piece;
    }
  }

  /** @returns false when nothing can be sent now: no room, or no engine. */
  #send(batch: readonly Piece[]): boolean {
    const descriptors = batch.flatMap(({ descriptor }) => descriptor ?? []);
    try {
      if (!this.#socket.send(JSON.stringify(batch.map(({ news }) => news)), descriptors)) return false;
    } catch {
      // The engine has ended, which its exit reports.
      return false;
    } finally {
      closeAll(batch);
    }
    for (const { news, identity } of batch) {
      if (identity === undefined) this.#dropped.delete(news.path);
      else this.#sent.set(news.path, identity);
    }
    return true;
  }
}

/** Paths, each with the identity that is meant. */
function pathsOf({ lanes }: EnginePlan): ReadonlyMap<string, string | undefined> {
  return new Map(
    lanes.flatMap(({ source }) =>
      source.netns === undefined ? [] : [[source.netns, source.netnsIdentity] as const],
    ),
  );
}

/** @param meant the identity that it must have; undefined: any */
function find(path: string, meant: string | undefined): Piece {
  try {
    const descriptor = openNamespace(path);
    const { dev, ino } = fstatSync(descriptor);
    const identity = `${dev} ${ino}`;
    if (meant === undefined || meant === identity)
      return { news: { path, found: 'open' }, descriptor, identity };
    closeSync(descriptor);
    throw new NamespaceError(`network namespace ${path} is another one now`);
  } catch (error) {
    if (!(error instanceof NamespaceError)) throw error;
    const { message } = error;
    return { news: { path, found: 'problem', problem: message }, descriptor: undefined, identity: message };
  }
}

/** Identity of a namespace, without opening it. While the engine holds it open, no other can have its inode. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

function closeAll(pieces: readonly Piece[]): void {
  for (const { descriptor } of pieces) if (descriptor !== undefined) closeSync(descriptor);
}
