/** Gauges: the largest recent value of anything, and the delay of an event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A reader that looks once a second misses no peak. */
const PEAK_WINDOW_MS = 1000;

const DELAY_WINDOW_MS = 10_000;
/** Interval of samples. Each wakes the process: every 20 ms, samples were most of the cost of an idle engine. */
const SAMPLE_MS = 50;
const PERCENTILE = 99;
const NANOSECONDS_PER_MS = 1e6;

/** The largest value of the current window and the one before it. */
export class PeakGauge {
  #current = 0;
  #previous = 0;
  #windowStartMs = Number.NEGATIVE_INFINITY;

  /** @returns the peak, this value included. */
  observe(value: number, nowMs: number): number {
    const passedMs = nowMs - this.#windowStartMs;
    if (passedMs >= PEAK_WINDOW_MS) {
      this.#previous = passedMs < 2 * PEAK_WINDOW_MS ? this.#current : 0;
      this.#current = 0;
      this.#windowStartMs = nowMs;
    }
    this.#current = Math.max(this.#current, value);
    return Math.max(this.#current, this.#previous);
  }
}

/**
 * Measures how late this thread's event loop calls a timer.
 * @param onWindow called with the 99th percentile at the end of every window.
 */
export function watchLoopDelay(onWindow: (delayMs: number) => void, windowMs = DELAY_WINDOW_MS): void {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  histogram.enable();
  setInterval(() => {
    // The histogram has the times between two samples.
    onWindow(Math.max(0, histogram.percentile(PERCENTILE) / NANOSECONDS_PER_MS - SAMPLE_MS));
    histogram.reset();
  }, windowMs).unref();
}
