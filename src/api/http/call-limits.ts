/** Calls at work, so many at once of everybody, and so many of each user, who thus cannot keep out everybody else. */
import { tooBusy } from '../errors.js';

export class CallLimits {
  /** By what they are counted by. */
  readonly #atWork = new Map<string, number>();

  /** @throws RequestError busy, and what the call throws (rejects) */
  async run<Result>(key: string, maximum: number, call: () => Promise<Result>): Promise<Result> {
    const before = this.#atWork.get(key) ?? 0;
    if (before >= maximum) throw tooBusy();
    this.#atWork.set(key, before + 1);
    try {
      return await call();
    } finally {
      const left = (this.#atWork.get(key) ?? 1) - 1;
      if (left > 0) this.#atWork.set(key, left);
      else this.#atWork.delete(key);
    }
  }
}
