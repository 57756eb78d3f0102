/**
 * Long work of calls, such as a look at every resource, in slices, so that nothing else of the process waits for it:
 * one slice in each round of the event loop, and one piece of work of each user at a time.
 */

/** How long one slice may keep everything else waiting. */
const SLICE_MS = 5;

/** The time of one piece of work. */
export class Slices {
  readonly #queue: WorkQueue;
  #endsAtMs = 0;

  constructor(queue: WorkQueue) {
    this.#queue = queue;
  }

  /** True when the work should wait for its next slice: asked in every step. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAtMs;
  }

  async next(): Promise<void> {
    await this.#queue.turn();
    this.#endsAtMs = performance.now() + SLICE_MS;
  }
}

export class WorkQueue {
  /** The last piece of work of each user that has some. They never reject. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #turns: (() => void)[] = [];

  /**
   * Does a piece of work when those of the same user before it are done. Its first slice has begun.
   * @param user whose work it is
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

  /** Resolves in a later round of the event loop, and in each round for one who waits only. */
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

/** A promise that may reject before somebody waits for it. */
export function watched<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}
