/**
 * Bounds what trouble can write: of lines that say the same, the first is written at once, and of those that follow
 * within ten seconds only the last, when the ten seconds are over, with how many were left out.
 */

const WINDOW_MS = 10_000;

/** Writes a line; `suppressed` is how many like it were left out before it. */
export type WriteLine = (suppressed: number) => void;

interface Window {
  /** The newest of the lines that were held back. */
  held: WriteLine | undefined;
  suppressed: number;
  readonly timer: NodeJS.Timeout;
}

export class LogLimit {
  readonly #windows = new Map<string, Window>();

  /** @param key what makes two lines say the same. */
  pass(key: string, write: WriteLine): void {
    const window = this.#windows.get(key);
    if (window === undefined) {
      write(0);
      this.#open(key);
      return;
    }
    if (window.held !== undefined) window.suppressed += 1;
    window.held = write;
  }

  /** Writes what is held back: to be called at the end. */
  flush(): void {
    for (const [key, window] of this.#windows) {
      clearTimeout(window.timer);
      this.#windows.delete(key);
      window.held?.(window.suppressed);
    }
  }

  #open(key: string): void {
    const timer = setTimeout(() => {
      const window = this.#windows.get(key);
      this.#windows.delete(key);
      if (window?.held === undefined) return;
      window.held(window.suppressed);
      this.#open(key);
    }, WINDOW_MS);
    // Nobody stays alive for a line: whoever ends calls `flush`.
    this.#windows.set(key, { held: undefined, suppressed: 0, timer: timer.unref() });
  }
}
