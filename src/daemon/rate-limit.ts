/** Lets each text through once in a while: for logs of what traffic can trigger. */

export class RateLimit {
  readonly #intervalMs: number;
  readonly #passedMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** @param nowMs monotonic. @returns true unless the same text passed a short while ago. */
  allows(text: string, nowMs: number): boolean {
    for (const [other, passedMs] of this.#passedMs) {
      // Oldest first: those behind it passed later.
      if (nowMs - passedMs < this.#intervalMs) break;
      this.#passedMs.delete(other);
    }
    if (this.#passedMs.has(text)) return false;
    this.#passedMs.set(text, nowMs);
    return true;
  }
}
