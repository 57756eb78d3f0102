/**
 * What changes often is logged seldom: a state at most once in ten seconds, and the one that lasts in any case, with
 * the number of changes that it stands for.
 */

const INTERVAL_MS = 10_000;

/** Time as it passes. */
export interface Clock {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** @returns what calls it off. */
  readonly after: (ms: number, act: () => void) => () => void;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

interface Pending<State> {
  readonly key: string;
  readonly state: State;
}

export class ChangeLog<State> {
  readonly #write: (state: State, changes: number) => void;
  /** When each state was written last, by its key. */
  readonly #writtenMs = new Map<string, number>();
  #changes = 0;
  readonly #clock: Clock;
  #callOff = (): void => {};
  #pending: Pending<State> | undefined;

  /** @param write logs a state, and how many changes there were since the last time. */
  constructor(write: (state: State, changes: number) => void, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  /** @param key the same for states of which one line in ten seconds is enough. */
  change(key: string, state: State): void {
    this.#changes += 1;
    this.#pending = { key, state };
    this.#writeWhenDue();
  }

  close(): void {
    this.#callOff();
  }

  #writeWhenDue(): void {
    this.#callOff();
    if (this.#pending === undefined) return;
    const { key, state } = this.#pending;
    const now = this.#clock.nowMs();
    const dueMs = (this.#writtenMs.get(key) ?? -INTERVAL_MS) + INTERVAL_MS;
    if (now < dueMs) {
      this.#callOff = this.#clock.after(dueMs - now, () => this.#writeWhenDue());
      return;
    }
    for (const [other, writtenMs] of this.#writtenMs)
      if (now - writtenMs >= INTERVAL_MS) this.#writtenMs.delete(other);
    this.#writtenMs.set(key, now);
    this.#write(state, this.#changes);
    this.#changes = 0;
    this.#pending = undefined;
  }
}
