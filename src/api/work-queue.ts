/**
 * A queue for long work of calls, such as a look at every resource. Work is done in slices, so that nothing else in the
 * process waits for it: one slice in each round of the event loop, and one piece of work of each user at a time.
 */

/** The length of a slice, during which everything else waits. */
const SLICE_MS = 5;

/** The slices of one piece of work. */
export class Slices {
  readonly #queue: WorkQueue;
  #endsAtMs = 0;

  constructor(queue: WorkQueue) {
    this.#queue = queue;
  }

  /** True when the slice has ended and the work should wait for the next one. Checked in every step. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }

  /** Resolves when the next slice begins. */
  async next(): Promise<void> {
    await this.#queue.turn();
    this.#endsAtMs = performance.now() + SLICE_MS;
  }
}

export class WorkQueue {
  /** The last piece of work of each user. Never rejects. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #turns: (() => void)[] = [];

  /**
   * Runs a piece of work after those of the same user before it. It starts at the beginning of a slice.
   * @param user ARN of the caller
   * @throws what the work throws (rejects)
   */
  async run<Result>(user: string, work: (slices: Slices) => Promise<Result>): Promise<Result> {
    const slices = new Slices(this);
    const result = (this.#last.get(user) ?? Promise.resolve())
      .then(() => slices.next())
      .then(() => work(slices));
    const done = result.then(
      () => {},
      () => {},
    );
    this.#last.set(user, done);
    try {
      return await result;
    } finally {
      if (this.#last.get(user) === done) this.#last.delete(user);
    }
  }

  /** Resolves in a later round of the event loop. Each round resolves one call. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.push(resolve);
      if (this.#turns.length === 1) setImmediate(() => this.#grant());
    });
  }

  #grant(): void {
    this.#turns.shift()?.();
    if (this.#turns.length > 0) setImmediate(() => this.#grant());
  }
}

/** The same promise. When it rejects before anybody waits for it, the process goes on. */
export function allowRejection<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}
