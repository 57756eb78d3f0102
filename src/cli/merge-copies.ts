/**
 * Puts copies in the order of their times. They come from several rings and engines, each in its own order and a few
 * milliseconds late, so each is held for a moment.
 */
import type { PeekedCopy } from '../peek/record-reader.js';

/** Longer than a block of a ring, and a turn of control thread and daemon, usually take. */
const HOLD_MS = 100;
const MOST_HELD_BYTES = 16 << 20;
/** What is kept for a copy besides its bytes. */
const COPY_COST_BYTES = 256;

interface Held {
  readonly copy: PeekedCopy;
  readonly arrivedMs: number;
}

export class MergeCopies {
  #held: Held[] = [];
  #bytes = 0;

  /** @param nowMs monotonic. */
  add(copy: PeekedCopy, nowMs: number): void {
    this.#held.push({ copy, arrivedMs: nowMs });
    this.#bytes += copy.bytes.length + COPY_COST_BYTES;
  }

  /** Takes the copies that were held long enough, and those before them; all when too many are held. */
  due(nowMs: number): PeekedCopy[] {
    if (this.#bytes > MOST_HELD_BYTES) return this.all();
    const late = this.#held.filter(({ arrivedMs }) => arrivedMs <= nowMs - HOLD_MS);
    if (late.length === 0) return [];
    const newest = late.reduce((latest, { copy }) => (isLater(copy, latest) ? copy : latest), late[0].copy);
    return this.#take(({ copy }) => !isLater(copy, newest));
  }

  all(): PeekedCopy[] {
    return this.#take(() => true);
  }

  #take(isDue: (held: Held) => boolean): PeekedCopy[] {
    const due = this.#held.filter(isDue);
    this.#held = this.#held.filter((held) => !isDue(held));
    this.#bytes = this.#held.reduce((sum, { copy }) => sum + copy.bytes.length + COPY_COST_BYTES, 0);
    return due.map(({ copy }) => copy).sort((a, b) => a.seconds - b.seconds || a.nanoseconds - b.nanoseconds);
  }
}

function isLater(a: PeekedCopy, b: PeekedCopy): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}
