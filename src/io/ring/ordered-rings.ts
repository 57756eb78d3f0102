/**
 * Merges the rings of one source in the order in which the frames passed the device. The kernel hands over blocks, and
 * each direction has its own: read one after the other, a response would be sent before its request, and a receiver
 * that tracks connections would lose them.
 *
 *     ingress   | 1  3  4 |  7 ...              handed over: 1 2 3 4 5 6, then 7 only once it is
 *     egress    | 2  5  6 |  (being filled)     known that egress has nothing older
 */
import type { RingReader } from '../capture-ring.js';
import type { FrameConsumer } from '../frame.js';

/** Later than any frame. */
const NO_LIMIT = 0xffff_ffff;
/**
 * After this time frames are handed over without the order. The kernel hands over a block within a millisecond, before
 * Linux 6.18 within two timer ticks.
 */
const LONGEST_WAIT_MS = 10;

export interface OrderedRing {
  readonly source: RingReader;
  readonly consumer: FrameConsumer;
  /** Called when a block was read to its end and released, with the time at which its first frame passed the device. */
  readonly onBlock?: (seconds: number, nanoseconds: number) => void;
}

export class OrderedRings {
  readonly #rings: readonly OrderedRing[];
  /** When frames began to wait for older ones of the other direction; 0: none wait. */
  #waitingSinceMs = 0;

  /** @param rings one, or one per direction. */
  constructor(rings: readonly OrderedRing[]) {
    this.#rings = rings;
  }

  /** Frames wait because the other ring may still have older ones. */
  get waiting(): boolean {
    return this.#waitingSinceMs > 0;
  }

  /** The descriptors to poll: while frames wait, only those of rings without a block. */
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
