/**
 * Opens the network namespaces of an engine's plan for it, and watches whether their paths still name them. An engine
 * may open no file but its own program's: so neither a new path nor another namespace under an old one takes a new
 * engine.
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

/** Nothing tells of a path that names another namespace. */
const LOOK_INTERVAL_MS = 250;
/** The brackets of the array, and a comma for each part. */
const ARRAY_BYTES = 2;

/** Something to tell; the descriptor is closed once it is told. */
interface Piece {
  readonly news: NamespaceNews;
  readonly descriptor: number | undefined;
  /** What was found under the path, to notice that it changed; undefined: it is no longer watched. */
  readonly identity: string | undefined;
}

export class NamespaceHandout {
  readonly #socket: DescriptorSocket;
  /** What the engine was told last, by path; undefined: nothing yet. */
  readonly #told = new Map<string, string | undefined>();
  /** To be told that they are forgotten. */
  readonly #dropped = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param socket whose other end the engine has; closed with this. */
  constructor(socket: DescriptorSocket) {
    this.#socket = socket;
  }

  /** Opens and hands over what is new in a plan, to be called before the plan itself is sent. */
  give(plan: EnginePlan): void {
    for (const path of pathsOf(plan)) {
      this.#dropped.delete(path);
      if (!this.#told.has(path)) this.#told.set(path, undefined);
    }
    if (this.#told.size > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#look();
  }

  /** The engine runs this plan, and needs no others. */
  keepOnly(plan: EnginePlan): void {
    const paths = pathsOf(plan);
    for (const path of this.#told.keys()) {
      if (paths.has(path)) continue;
      this.#told.delete(path);
      this.#dropped.add(path);
    }
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  /** What finds no room now is found again at the next look. */
  #look(): void {
    let batch: Piece[] = [];
    let bytes = ARRAY_BYTES;
    for (const piece of this.#changes()) {
      const length = Buffer.byteLength(JSON.stringify(piece.news)) + 1;
      if (batch.length === MAXIMUM_DESCRIPTORS || bytes + length > MAXIMUM_TEXT_BYTES) {
        if (!this.#tell(batch)) {
          closeAll([piece]);
          return;
        }
        batch = [];
        bytes = ARRAY_BYTES;
      }
      batch.push(piece);
      bytes += length;
    }
    if (batch.length > 0) this.#tell(batch);
  }

  *#changes(): Generator<Piece> {
    for (const path of this.#dropped) {
      yield { news: { path, found: 'forgotten' }, descriptor: undefined, identity: undefined };
    }
    for (const [path, identity] of this.#told) {
      if (identity !== undefined && identityOf(path) === identity) continue;
      const piece = find(path);
      // The same problem as before.
      if (piece.identity !== identity) yield piece;
    }
  }

  /** @returns false when nothing more can be told now: no room, or no engine. */
  #tell(batch: readonly Piece[]): boolean {
    const descriptors = batch.flatMap(({ descriptor }) => descriptor ?? []);
    try {
      if (!this.#socket.send(JSON.stringify(batch.map(({ news }) => news)), descriptors)) return false;
    } catch {
      // The engine is gone, which its exit tells.
      return false;
    } finally {
      closeAll(batch);
    }
    for (const { news, identity } of batch) {
      if (identity === undefined) this.#dropped.delete(news.path);
      else this.#told.set(news.path, identity);
    }
    return true;
  }
}

function pathsOf({ lanes }: EnginePlan): ReadonlySet<string> {
  return new Set(lanes.flatMap(({ source }) => source.netns ?? []));
}

function find(path: string): Piece {
  try {
    const descriptor = openNamespace(path);
    const { dev, ino } = fstatSync(descriptor);
    return { news: { path, found: 'open' }, descriptor, identity: `${dev} ${ino}` };
  } catch (error) {
    if (!(error instanceof NamespaceError)) throw error;
    const { message } = error;
    return { news: { path, found: 'problem', problem: message }, descriptor: undefined, identity: message };
  }
}

/** What an open one is told by, without opening it. While the engine holds it, no other one can have its inode. */
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
