/**
 * A share of the thread's time for calls of one kind. All calls together take a tenth of it at most, and those of one account
 * half of that, so that no account can take the share of the others. What was not used is kept for a burst.
 */

/** Of the time that passes. */
const SHARE = 0.1;
const ACCOUNT_SHARE = SHARE / 2;
/** What may be taken at once after a pause. One call may take more, and is then paid off before the next. */
const BURST_MS = 300;
const ACCOUNT_BURST_MS = BURST_MS / 2;

export class TimeShare {
  readonly #now: () => number;
  readonly #all: Credit;
  /** Of accounts that have asked: as many as the configuration file has, at most. */
  readonly #accounts = new Map<string, Credit>();

  /** @param now monotonic, in milliseconds */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#all = new Credit(SHARE, BURST_MS, now());
  }

  /** Milliseconds until the account may begin a call; 0: now. */
  waitMs(accountId: string): number {
    const nowMs = this.#now();
    return Math.max(this.#all.waitMs(nowMs), this.#of(accountId, nowMs).waitMs(nowMs));
  }

  /** Does work, and counts its time. @throws what the work throws, which costs time too */
  spend<Result>(accountId: string, work: () => Result): Result {
    const startMs = this.#now();
    try {
      return work();
    } finally {
      const endMs = this.#now();
      for (const credit of [this.#all, this.#of(accountId, endMs)]) credit.take(endMs - startMs, endMs);
    }
  }

  #of(accountId: string, nowMs: number): Credit {
    const credit = this.#accounts.get(accountId) ?? new Credit(ACCOUNT_SHARE, ACCOUNT_BURST_MS, nowMs);
    this.#accounts.set(accountId, credit);
    return credit;
  }
}

/** Time that may be taken, in milliseconds. It grows with the time that passes. */
class Credit {
  readonly #share: number;
  readonly #most: number;
  #left: number;
  #atMs: number;

  constructor(share: number, most: number, nowMs: number) {
    this.#share = share;
    this.#most = most;
    this.#left = most;
    this.#atMs = nowMs;
  }

  take(ms: number, nowMs: number): void {
    this.#grow(nowMs);
    this.#left -= ms;
  }

  /** Until there is some. */
  waitMs(nowMs: number): number {
    this.#grow(nowMs);
    return this.#left > 0 ? 0 : Math.max(1, -this.#left / this.#share);
  }

  #grow(nowMs: number): void {
    this.#left = Math.min(this.#most, this.#left + (nowMs - this.#atMs) * this.#share);
    this.#atMs = nowMs;
  }
}
