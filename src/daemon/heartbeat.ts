/** Whether what moves an engine's frames is alive, told by how often it came round. */

/** Node and a large plan on a busy machine take this long at most. */
const START_LIMIT_MS = 15_000;
/** A hang is to be repaired within 5 s, the start of the next engine on a busy machine included. */
const SILENCE_LIMIT_MS = 2500;
/** A look that comes so late was kept from it as the beats may have been: by a stopped machine or daemon. */
const LATE_LOOK_MS = 1500;

export class Heartbeat {
  #rounds = 0;
  #beatMs = 0;
  #lookMs = 0;
  #hasBeaten = false;

  /** A new engine. @param nowMs monotonic, as everywhere here. */
  start(nowMs: number): void {
    this.#rounds = 0;
    this.#hasBeaten = false;
    this.#beatMs = nowMs;
    this.#lookMs = nowMs;
  }

  /** The engine is there: from here on it is to beat as often as any. */
  started(nowMs: number): void {
    this.#hasBeaten = true;
    this.#beatMs = nowMs;
  }

  /** @param rounds so far; the same number again is no sign of life. */
  beat(rounds: number, nowMs: number): void {
    if (rounds === this.#rounds) return;
    this.#rounds = rounds;
    this.#hasBeaten = true;
    this.#beatMs = nowMs;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#beatMs;
  }

  /** To be asked a few times a second. @returns true when the engine must be given up. */
  isLost(nowMs: number): boolean {
    if (nowMs - this.#lookMs > LATE_LOOK_MS) this.#beatMs = nowMs;
    this.#lookMs = nowMs;
    return this.ageMs(nowMs) > (this.#hasBeaten ? SILENCE_LIMIT_MS : START_LIMIT_MS);
  }
}
