/**
 * The rings of one source, in the order in which its frames passed the device. The kernel hands over blocks, and
 * each direction has blocks of its own: taken one after the other, an answer would leave before its question,
 * and a receiver that follows connections would lose them.
 *
 *     ingress   | 1  3  4 |  7 ...              handed over: 1 2 3 4 5 6, then 7 only once it is
 *     egress    | 2  5  6 |  (being filled)     known that egress has nothing older
 */

import type { RingReader } from '../capture-ring.js';
import type { FrameConsumer } from '../frame.js';

/** Later than any frame. */
const NO_LIMIT = 0xffff_ffff;
/**
 * Beyond this the order is given up, not the frames. A block is handed over within a millisecond, before Linux 6.18
 * within two timer ticks.
 */
const LONGEST_WAIT_MS = 10;

export interface OrderedRing {
  readonly source: RingReader;
  readonly consumer: FrameConsumer;
  /** A block was worked through and went back; its first frame passed the device at that time. */
  readonly onBlock?: (seconds: number, nanoseconds: number) => void;
}

export class OrderedRings {
  readonly #rings: readonly OrderedRing[];
  /** Since when frames wait for older ones of the other direction; 0: they do not. */
  #waitingSinceMs = 0;

  /** @param rings one, or one per direction. */
  constructor(rings: readonly OrderedRing[]) {
    this.#rings = rings;
  }

  /** Frames are there, but older ones of another ring may still come, within a millisecond. */
  get waiting(): boolean {
    return this.#waitingSinceMs > 0;
  }

  /** What to poll for: while frames wait, the rings without a block. */
  get descriptors(): number[] {
    const rings = this.#rings.filter(({ source }) => !this.waiting || source.remaining === 0);
    return rings.map(({ source }) => source.descriptor);
  }

  /** Hands over what is in order, at most a block of each ring, as one batch. @returns how many frames. */
  pull(): number {
    const [first, second] = this.#rings;
    const hasFirst = first.source.load();
    const hasSecond = second?.source.load() ?? false;
    let frames = 0;
    if (hasFirst && hasSecond) {
      // What was waited for is there.
      this.#waitingSinceMs = 0;
      frames = merge(first, second);
    } else if (hasFirst) frames = this.#takeFrom(first, second);
    else if (hasSecond) frames = this.#takeFrom(second, first);
    if (frames === 0) return 0;
    for (const { consumer } of this.#rings) consumer.endBatch();
    for (const { source, onBlock } of this.#rings) {
      if (source.release()) onBlock?.(source.firstSeconds, source.firstNanoseconds);
    }
    return frames;
  }

  /** The other ring has no block to read; a frame in the one being filled may be older than some of these. */
  #takeFrom({ source, consumer }: OrderedRing, other: OrderedRing | undefined): number {
    const now = performance.now();
    const tired = this.waiting && now - this.#waitingSinceMs > LONGEST_WAIT_MS;
    if (other === undefined || !other.source.filling || tired) {
      this.#waitingSinceMs = 0;
      return source.handOver(consumer, NO_LIMIT, 0);
    }
    const frames = source.handOver(consumer, other.source.openedSeconds, other.source.openedNanoseconds);
    if (source.remaining === 0) this.#waitingSinceMs = 0;
    else if (!this.waiting) this.#waitingSinceMs = now;
    return frames;
  }
}

/** Until one of the blocks is worked through. */
function merge(a: OrderedRing, b: OrderedRing): number {
  let frames = 0;
  while (a.source.remaining > 0 && b.source.remaining > 0) {
    frames += a.source.handOver(a.consumer, b.source.seconds, b.source.nanoseconds);
    if (a.source.remaining > 0) {
      frames += b.source.handOver(b.consumer, a.source.seconds, a.source.nanoseconds);
    }
  }
  return frames;
}
