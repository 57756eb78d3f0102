/** The clock by which the kernel stamps frames: clock_gettime(2), CLOCK_REALTIME. Node's own has milliseconds only. */
import type { Libc } from './libc.js';

/** Places in struct timespec as 32-bit words: the low ones of seconds and nanoseconds. */
const SECONDS = 0;
const NANOSECONDS = 2;
const TIMESPEC_WORDS = 4;

export class WallClock {
  readonly #libc: Libc;
  readonly #now = new Uint32Array(TIMESPEC_WORDS);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Since a time of the kernel's; 0 when the clock was set back meanwhile. */
  microsecondsSince(seconds: number, nanoseconds: number): number {
    const now = this.#now;
    this.#libc.wallClock(now);
    const passed = (now[SECONDS] - seconds) * 1e6 + (now[NANOSECONDS] - nanoseconds) / 1e3;
    return Math.max(0, Math.round(passed));
  }
}
