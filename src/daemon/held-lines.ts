/** Lines of the log that are held back while the daemon starts, so that a start that fails begins with its reason. */
import type { DestinationStream } from 'pino';

/** Longest time that lines are held back: a start that takes longer is followed in the log. */
const LIMIT_MS = 3000;
/** A daemon with many sources logs more than this, and is not kept waiting for it. */
const LIMIT_CHARACTERS = 1 << 18;

export class HeldLines implements DestinationStream {
  readonly #output: DestinationStream;
  #held: string[] | undefined = [];
  #characters = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(output: DestinationStream) {
    this.#output = output;
    this.#timer = setTimeout(this.release, LIMIT_MS).unref();
    // However the process ends, what it had to say is not lost.
    process.once('exit', this.release);
  }

  write(line: string): void {
    if (this.#held === undefined) {
      this.#output.write(line);
      return;
    }
    this.#held.push(line);
    this.#characters += line.length;
    if (this.#characters > LIMIT_CHARACTERS) this.release();
  }

  /** Writes what was held back; from now on lines pass. */
  readonly release = (): void => {
    const held = this.#held ?? [];
    this.#held = undefined;
    clearTimeout(this.#timer);
    process.off('exit', this.release);
    for (const line of held) this.#output.write(line);
  };
}
