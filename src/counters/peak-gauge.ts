/** A gauge of the largest recent value: a reader that looks once a second misses no peak. */

const WINDOW_MS = 1000;

/** Covers the current window and the one before it. */
export class PeakGauge {
  #current = 0;
  #previous = 0;
  #windowStartMs = Number.NEGATIVE_INFINITY;

  /** @returns the peak, this value included. */
  observe(value: number, nowMs: number): number {
    const passedMs = nowMs - this.#windowStartMs;
    if (passedMs >= WINDOW_MS) {
      this.#previous = passedMs < 2 * WINDOW_MS ? this.#current : 0;
      this.#current = 0;
      this.#windowStartMs = nowMs;
    }
    this.#current = Math.max(this.#current, value);
    return Math.max(this.#current, this.#previous);
  }
}
