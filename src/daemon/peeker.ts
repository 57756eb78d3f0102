/** One who peeks: which copies it wants, and what is on its way to it. A reader that is slow misses copies, and is told so. */
import {
  type CopyOrigin,
  emitLeftOut,
  LEFT_OUT_LENGTH,
  RECORD_NOTE,
  shortenedCopy,
  textRecord,
  UNTOLD_ORIGIN,
} from '../peek/copy-records.js';
import { type CopyFilter, wantsOrigin } from '../peek/peek-order.js';
import type { PeekEnd, PeekNote, PeekRequest } from '../peek/peek-protocol.js';

/** What may wait for a reader. */
const MOST_PENDING_BYTES = 4 << 20;
/** What Node and V8 keep for a write, besides its bytes. */
const WRITE_BYTES = 512;
/** A reader that takes nothing for so long has its place taken away. */
const STALL_MS = 30_000;

/** An origin as the daemon numbers it, for all engines. */
export interface KnownOrigin {
  readonly number: number;
  readonly origin: CopyOrigin;
  /** The record that tells of it. */
  readonly record: Uint8Array;
}

/** Where a peeker's records go: a socket, or memory. */
export interface PeekSink {
  /** Nothing is written any more. */
  readonly destroyed: boolean;
  /** @param done called when the bytes are on their way, and no longer held. */
  write(bytes: Uint8Array, done: () => void): unknown;
  /** Nothing more follows. */
  end(): unknown;
}

export class Peeker {
  readonly filter: CopyFilter;
  readonly snapshotLength: number;
  /** Copies that were written to it. */
  copies = 0;
  /** Copies that it wanted and does not get. */
  leftOut = 0;
  readonly #sink: PeekSink;
  /** Numbers of the origins that it was told of, all of them wanted. */
  readonly #told = new Set<number>();
  /** What is to be written next. */
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #partsCopies = 0;
  #pendingBytes = 0;
  #toldLeftOut = 0;
  #movedMs = performance.now();
  #isEnding = false;

  constructor(sink: PeekSink, request: Pick<PeekRequest, 'filter' | 'snapshotLength'>) {
    this.#sink = sink;
    this.filter = request.filter;
    this.snapshotLength = request.snapshotLength;
  }

  /**
   * Takes the record of a copy, which has the daemon's number of its origin. The bytes are copied by `flush`.
   * @param length of the record. @param keptLength bytes of the copy in it.
   */
  take(known: KnownOrigin, bytes: Uint8Array, offset: number, length: number, keptLength: number): void {
    if (!this.#wants(known)) return;
    const isLost = this.#sink.destroyed || this.#isEnding;
    if (isLost || this.#partsBytes + this.#pendingBytes >= MOST_PENDING_BYTES) {
      this.leftOut += 1;
      return;
    }
    this.#tell(known);
    this.copies += 1;
    this.#partsCopies += 1;
    if (keptLength > this.snapshotLength) this.#add(shortenedCopy(bytes, offset, this.snapshotLength));
    else this.#add(bytes.subarray(offset, offset + length));
  }

  /** Counts copies that an engine left out. @param known absent: of an origin that is not told apart. */
  leaveOut(known: KnownOrigin | undefined, count: number): void {
    if (known === undefined || this.#wants(known)) this.leftOut += count;
  }

  note(note: PeekNote): void {
    if (!this.#isEnding) this.#add(textRecord(RECORD_NOTE, UNTOLD_ORIGIN, JSON.stringify(note)));
  }

  /** Writes what was taken. */
  flush(): void {
    if (this.#sink.destroyed || this.#isEnding) {
      this.copies -= this.#partsCopies;
      this.leftOut += this.#partsCopies;
      this.#forgetParts();
      return;
    }
    this.#tellLeftOut();
    if (this.#partsBytes === 0) return;
    // In memory of their own: parts of a large piece would keep all of it.
    const bytes = Buffer.concat(this.#parts);
    this.#forgetParts();
    const pending = bytes.length + WRITE_BYTES;
    if (this.#pendingBytes === 0) this.#movedMs = performance.now();
    this.#pendingBytes += pending;
    this.#sink.write(bytes, () => {
      this.#pendingBytes -= pending;
      this.#movedMs = performance.now();
    });
  }

  /** True when what was sent is not read. */
  isStalled(nowMs: number): boolean {
    return this.#pendingBytes > 0 && nowMs - this.#movedMs > STALL_MS;
  }

  /** Sends the last counts, and nothing more. */
  end(reason: PeekEnd): void {
    if (this.#isEnding) return;
    this.#tellLeftOut();
    this.note({ kind: 'end', copies: this.copies, leftOut: this.leftOut, reason });
    this.flush();
    this.#isEnding = true;
    this.#sink.end();
  }

  #wants({ number, origin }: KnownOrigin): boolean {
    return this.#told.has(number) || wantsOrigin(this.filter, origin);
  }

  #tell({ number, record }: KnownOrigin): void {
    if (this.#told.has(number)) return;
    this.#told.add(number);
    this.#add(record);
  }

  #tellLeftOut(): void {
    const count = this.leftOut - this.#toldLeftOut;
    if (count === 0 || this.#pendingBytes >= MOST_PENDING_BYTES) return;
    const record = new Uint8Array(LEFT_OUT_LENGTH);
    emitLeftOut(record, 0, UNTOLD_ORIGIN, count);
    this.#toldLeftOut = this.leftOut;
    this.#add(record);
  }

  #forgetParts(): void {
    this.#parts = [];
    this.#partsBytes = 0;
    this.#partsCopies = 0;
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
  }
}
