/** Runs few things at once: calls on other threads share a pool of them, and one that polls must not wait for the others. */

/** Threads of libuv's pool, unless UV_THREADPOOL_SIZE says otherwise. */
const DEFAULT_THREADS = 4;
/** Left for the poll over all rings, and for files. */
const SPARE_THREADS = 2;

/** How many slow calls can be on other threads, and the poll still find one. */
export function slowCallsAtOnce(environment: NodeJS.ProcessEnv): number {
  const threads = Number(environment.UV_THREADPOOL_SIZE ?? DEFAULT_THREADS);
  return Math.max(1, (Number.isInteger(threads) ? threads : DEFAULT_THREADS) - SPARE_THREADS);
}

export class AtOnce {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs it as soon as there is room; others in the order in which they came. */
  async run<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
