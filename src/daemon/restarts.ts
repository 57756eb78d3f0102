/** How often an engine ended without being told to, and how long the next one waits: longer each time. */

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
/** An engine that lived this long starts again without a wait. */
const HEALTHY_MS = 10_000;
/** How many engines may end before one has run its first plan: once is bad luck. */
const START_TRIES = 3;

export class Restarts {
  #count = 0;
  #startedMs = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #hasRun = false;

  get count(): number {
    return this.#count;
  }

  /** Whether it is of use to try once more what never ran. */
  get isWorthATry(): boolean {
    return !this.#hasRun && this.#count < START_TRIES;
  }

  /** @param nowMs monotonic, as everywhere here. */
  start(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  /** It runs a plan. */
  ran(): void {
    this.#hasRun = true;
  }

  /** @returns how long the next one waits. */
  ended(nowMs: number): number {
    this.#count += 1;
    const backoffMs = nowMs - this.#startedMs > HEALTHY_MS ? FIRST_BACKOFF_MS : this.#backoffMs;
    this.#backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    return backoffMs;
  }
}
