/**
 * A page that is rendered for all who wait for it at once, one rendering at a time, so that the cost of many readers
 * is that of one. Nobody gets a page that was begun before it was asked for.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the time, renderings take at most one part of so many. */
const SHARE = 4;

export class SharedRendering<Page> {
  readonly #render: () => Page | Promise<Page>;
  readonly #minimumIntervalMs: number;
  /** Asked for and not begun. */
  #next: Promise<Page> | undefined;
  /** Resolves when another one may begin. Never rejects. */
  #free: Promise<unknown> = Promise.resolve();

  /** @param minimumIntervalMs between the end of a rendering and the begin of the next */
  constructor(render: () => Page | Promise<Page>, minimumIntervalMs: number) {
    this.#render = render;
    this.#minimumIntervalMs = minimumIntervalMs;
  }

  /** @throws what rendering throws (rejects) */
  take(): Promise<Page> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<Page> {
    await this.#free;
    this.#next = undefined;
    const startedMs = performance.now();
    const rendering = Promise.resolve().then(this.#render);
    this.#free = rendering
      .catch(() => {})
      .then(() => {
        const tookMs = performance.now() - startedMs;
        return sleep(Math.max(this.#minimumIntervalMs, (SHARE - 1) * tookMs));
      });
    return rendering;
  }
}
