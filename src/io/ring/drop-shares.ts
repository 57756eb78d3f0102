/**
 * Splits what a ring dropped between the lanes of its source. The kernel counts drops per ring, of both directions
 * together; which of them a frame had is lost with it. Each lane takes a share by what it read in the last second. It
 * is an estimate; the sum is exact.
 */
import { LANE_READ_PACKETS, LANE_RING_DROPPED } from '../../counters/layout.js';

const SLOT_MS = 100;
const SLOTS = 10;

export class DropShares {
  /** Bases of the lanes' counters: one or two; with two, that of ingress first. */
  #bases: readonly number[] = [];
  #recent: readonly RecentReads[] = [];
  /** What is due to the first lane and is less than a frame. */
  #fraction = 0;

  /** Splits between other lanes from now on, or between the same in another block. */
  restart(values: Float64Array, bases: readonly number[]): void {
    this.#bases = bases;
    this.#fraction = 0;
    this.#recent = bases.map((base) => new RecentReads(values[base + LANE_READ_PACKETS]));
  }

  /** @param dropped frames since the last call. */
  count(values: Float64Array, dropped: number, nowMs: number): void {
    for (const [index, recent] of this.#recent.entries()) {
      recent.observe(values[this.#bases[index] + LANE_READ_PACKETS], nowMs);
    }
    if (dropped === 0) return;
    const [first, second] = this.#bases;
    const share = second === undefined ? dropped : this.#firstShare(dropped);
    values[first + LANE_RING_DROPPED] += share;
    if (second !== undefined) values[second + LANE_RING_DROPPED] += dropped - share;
  }

  #firstShare(dropped: number): number {
    const [first, second] = this.#recent.map(({ sum }) => sum);
    if (first + second === 0) return Math.ceil(dropped / 2);
    const due = this.#fraction + (dropped * first) / (first + second);
    const share = Math.min(Math.floor(due), dropped);
    this.#fraction = due - share;
    return share;
  }
}

/** What a counter grew by in the last second. */
class RecentReads {
  readonly #slots = new Float64Array(SLOTS);
  #slot = 0;
  #total: number;

  constructor(total: number) {
    this.#total = total;
  }

  observe(total: number, nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    for (let passed = Math.min(slot - this.#slot, SLOTS); passed > 0; passed--) {
      this.#slots[(slot - passed + 1) % SLOTS] = 0;
    }
    this.#slot = slot;
    this.#slots[slot % SLOTS] += total - this.#total;
    this.#total = total;
  }

  get sum(): number {
    return this.#slots.reduce((sum, count) => sum + count, 0);
  }
}
