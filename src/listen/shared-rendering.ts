/**
 * A page that is rendered once for all readers who wait for it, one rendering at a time, so that many readers cost as
 * much as one. No reader gets a page whose rendering began before the reader asked.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Renderings take at most one in so many parts of the time. */
const SHARE = 4;

export class SharedRendering<Page> {
  readonly #render: () => Page | Promise<Page>;
  readonly #minimumIntervalMs: number;
  /** The rendering that is asked for and has not begun. */
  #next: Promise<Page> | undefined;
  /** Resolves when the next rendering may begin. Never rejects. */
  #free: Promise<unknown> = Promise.resolve();

  /** @param minimumIntervalMs between the end of a rendering and the start of the next */
  constructor(render: () => Page | Promise<Page>, minimumIntervalMs: number) {
    this.#render = render;
    this.#minimumIntervalMs = minimumIntervalMs;
  }

  /** @throws what rendering throws (rejects) */
  page(): Promise<Page> {
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
