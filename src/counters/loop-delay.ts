/** The delay of an event loop: how late it calls a timer. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 10_000;
/** How often the loop is looked at. Each look wakes the process: at 20 ms they were most of what an idle engine costs. */
const LOOK_MS = 50;
const PERCENTILE = 99;
const NANOSECONDS_PER_MS = 1e6;

/** Watches this thread's event loop. @param onWindow called with the 99th percentile at the end of every window. */
export function watchLoopDelay(onWindow: (delayMs: number) => void, windowMs = WINDOW_MS): void {
  const histogram = monitorEventLoopDelay({ resolution: LOOK_MS });
  histogram.enable();
  setInterval(() => {
    // The histogram has the times between two samples.
    onWindow(Math.max(0, histogram.percentile(PERCENTILE) / NANOSECONDS_PER_MS - LOOK_MS));
    histogram.reset();
  }, windowMs).unref();
}
