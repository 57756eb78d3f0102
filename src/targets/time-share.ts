/** Work that events ask for takes a bounded part of a thread's time, however many events there are. */

/** Work takes one part of so many of the time, at most. */
const SHARE = 20;

export class TimeShare {
  readonly #shortestPauseMs: number;
  #endMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;

  /** @param shortestPauseMs between the end of work and its next begin, even when it took no time. */
  constructor(shortestPauseMs: number) {
    this.#shortestPauseMs = shortestPauseMs;
  }

  /** Whether the pause after the last work is over. @param nowMs of `performance.now()`. */
  isOver(nowMs: number): boolean {
    return nowMs - this.#endMs >= Math.max(this.#shortestPauseMs, this.#tookMs * SHARE);
  }

  /** Does the work now, and measures it. */
  run(work: () => void): void {
    this.#tookMs = 0;
    this.goOn(work);
  }

  /** Does more of the same work, which counts with what was done before. */
  goOn(work: () => void): void {
    const startMs = performance.now();
    work();
    this.#endMs = performance.now();
    this.#tookMs += this.#endMs - startMs;
  }
}
