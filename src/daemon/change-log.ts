/**
 * What changes often is logged seldom: a state at most once in ten seconds, and the one that lasts in any case, with
 * the number of changes that it stands for.
 */

const INTERVAL_MS = 10_000;

interface Pending<State> {
  readonly key: string;
  readonly state: State;
}

export class ChangeLog<State> {
  readonly #write: (state: State, changes: number) => void;
  /** When each state was written last, by its key. */
  readonly #writtenMs = new Map<string, number>();
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;
  #pending: Pending<State> | undefined;

  /** @param write logs a state, and how many changes there were since the last time. */
  constructor(write: (state: State, changes: number) => void) {
    this.#write = write;
  }

  /** @param key the same for states of which one line in ten seconds is enough. */
  change(key: string, state: State): void {
    this.#changes += 1;
    this.#pending = { key, state };
    this.#writeWhenDue();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #writeWhenDue(): void {
    clearTimeout(this.#timer);
    if (this.#pending === undefined) return;
    const { key, state } = this.#pending;
    const now = performance.now();
    const dueMs = (this.#writtenMs.get(key) ?? -INTERVAL_MS) + INTERVAL_MS;
    if (now < dueMs) {
      this.#timer = setTimeout(() => this.#writeWhenDue(), dueMs - now);
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
