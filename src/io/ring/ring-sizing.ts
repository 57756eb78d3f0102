/**
 * How large a ring should be. With a number, as large as that. With `auto` it begins small; one that drops, or is half
 * full, becomes four times as large at once, and one that was nearly empty for minutes a quarter. Between the two lies
 * so much that a ring that has just shrunk does not grow for the same traffic.
 */
import type { EngineOptions } from '../../plan/mirror-plan.js';
import { LEAST_RING_MEGABYTES } from './ring-memory.js';

const SMALLEST_MEGABYTES = 4;
const LARGEST_MEGABYTES = 64;
const STEP = 4;
/** Filled so far, it grows. */
const GROW_AT = 0.5;
/** A ring a quarter of its size would have been filled to an eighth. */
const SHRINK_BELOW = 1 / 32;
/** How long it must have been so empty. */
const CALM_MS = 300_000;
/** What was in the former ring, and the load behind it, have an end by then. */
const SETTLE_MS = 500;
/** After a size that could not be had. */
const RETRY_MS = 10_000;

/** The sizes of an engine's rings, in MiB. */
interface RingSizes {
  /** Of each ring. */
  readonly ring: number | 'auto';
  /** Bound on all of them; Infinity: none. */
  readonly memory: number;
}

/** The sizes that one engine goes by. Workers have equal parts of the memory. */
export function ringSizesOf({
  ringMegabytes,
  ringMemoryMegabytes,
  workers,
}: Pick<EngineOptions, 'ringMegabytes' | 'ringMemoryMegabytes' | 'workers'>): RingSizes {
  const memory =
    ringMemoryMegabytes === 'auto'
      ? Number.POSITIVE_INFINITY
      : Math.max(LEAST_RING_MEGABYTES, Math.floor(ringMemoryMegabytes / workers));
  return { ring: ringMegabytes, memory };
}

export class RingSizing {
  /** A ring may be replaced by one of another size. */
  readonly isAuto: boolean;
  #wanted: number;
  #notBeforeMs = 0;
  #peak = 0;
  #peakSinceMs: number | undefined;

  /** @param megabytes the configured size. */
  constructor(megabytes: number | 'auto') {
    this.isAuto = megabytes === 'auto';
    this.#wanted = megabytes === 'auto' ? SMALLEST_MEGABYTES : megabytes;
  }

  /** Size that the ring should have, in MiB. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Looks at the ring. @param fill share of it that waits to be read, 0–1. @param dropped since the last look. */
  observe(fill: number, dropped: number): void {
    this.#peak = Math.max(this.#peak, fill, dropped > 0 ? 1 : 0);
  }

  /** @param megabytes size of the ring. @returns another size that it should have now, or undefined. */
  next(megabytes: number, nowMs: number): number | undefined {
    if (!this.isAuto) return undefined;
    this.#peakSinceMs ??= nowMs;
    if (nowMs < this.#notBeforeMs) return undefined;
    if (this.#peak >= GROW_AT) {
      this.#wanted = Math.max(this.#wanted, Math.min(megabytes * STEP, LARGEST_MEGABYTES));
      return this.#turn(megabytes, nowMs);
    }
    if (nowMs - this.#peakSinceMs < CALM_MS) return undefined;
    if (this.#peak < SHRINK_BELOW) this.#wanted = Math.max(SMALLEST_MEGABYTES, Math.floor(megabytes / STEP));
    return this.#turn(megabytes, nowMs);
  }

  /** The size could not be had. */
  refused(nowMs: number): void {
    this.#notBeforeMs = nowMs + RETRY_MS;
  }

  /** The ring was made smaller for want of memory: it does not grow again at once. */
  shrunk(nowMs: number): void {
    this.refused(nowMs);
    this.#peak = 0;
    this.#peakSinceMs = nowMs;
  }

  #turn(megabytes: number, nowMs: number): number | undefined {
    this.#peak = 0;
    this.#peakSinceMs = nowMs;
    this.#notBeforeMs = nowMs + SETTLE_MS;
    return this.#wanted === megabytes ? undefined : this.#wanted;
  }
}
