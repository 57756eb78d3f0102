/** How often peeks may be started. Each start has a line in the audit log, and gives engines work. */

/** In a second; more than can peek at the same time. */
export const STARTS_PER_USER = 10;
export const STARTS_OF_ALL = 20;
const WINDOW_MS = 1000;

export class StartRate {
  readonly #now: () => number;
  #startMs = Number.NEGATIVE_INFINITY;
  #starts = 0;
  /** By user id, or ARN, of this second: STARTS_OF_ALL at most. */
  readonly #byUser = new Map<number | string | undefined, number>();

  /** @param now monotonic, in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Counts a start. @param user undefined: not known. @returns why there is none now; undefined: it may be. */
  refusal(user: number | string | undefined): string | undefined {
    const now = this.#now();
    if (now - this.#startMs >= WINDOW_MS) {
      this.#startMs = now;
      this.#starts = 0;
      this.#byUser.clear();
    }
    const own = this.#byUser.get(user) ?? 0;
    if (own >= STARTS_PER_USER) {
      return `a user can start ${STARTS_PER_USER} peeks in a second: try again in a second`;
    }
    if (this.#starts >= STARTS_OF_ALL) {
      return `${STARTS_OF_ALL} peeks can be started in a second: try again in a second`;
    }
    this.#starts += 1;
    this.#byUser.set(user, own + 1);
    return undefined;
  }
}
