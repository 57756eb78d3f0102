/** Whether an engine sends the copies that it was asked for, and not many times as much: reading them takes processor time. */
import { MAXIMUM_ORIGINS } from '../peek/copy-taps.js';

/** What the daemon asked for. */
export interface OrderedRate {
  readonly copiesPerSecond: number;
  readonly bytesPerSecond: number;
}

const WINDOW_MS = 5000;
/** Engines do not measure time as the daemon does. */
const TOLERANCE = 2;
/** What the memory of an engine and its socket may hold from before. */
const EARLIER_COPIES = 1 << 17;
const EARLIER_BYTES = 8 << 20;
/** Of a window. The daemon gives five orders a second at most, and each begins, ends or changes a peek. */
const MAXIMUM_BEGINS = 32;
const MAXIMUM_TOLD_ORIGINS = 4 * MAXIMUM_ORIGINS;

export class CopyRate {
  readonly #now: () => number;
  #startMs: number;
  #copies = 0;
  #bytes = 0;
  #begins = 0;
  #origins = 0;
  /** The highest of the window. */
  #copiesPerSecond = 0;
  #bytesPerSecond = 0;

  /** @param now monotonic, in milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#startMs = now();
  }

  /** To be called for each piece of a stream. @param ordered undefined: nobody peeks. */
  turn(ordered: OrderedRate | undefined): void {
    const now = this.#now();
    if (now - this.#startMs >= WINDOW_MS) {
      this.#startMs = now;
      this.#copies = 0;
      this.#bytes = 0;
      this.#begins = 0;
      this.#origins = 0;
      this.#copiesPerSecond = 0;
      this.#bytesPerSecond = 0;
    }
    this.#copiesPerSecond = Math.max(this.#copiesPerSecond, ordered?.copiesPerSecond ?? 0);
    this.#bytesPerSecond = Math.max(this.#bytesPerSecond, ordered?.bytesPerSecond ?? 0);
  }

  /** @throws RangeError when there are too many. */
  begin(): void {
    this.#begins += 1;
    if (this.#begins > MAXIMUM_BEGINS) throw new RangeError(`more than ${MAXIMUM_BEGINS} beginnings in 5 s`);
  }

  /** @throws RangeError when there are too many. */
  tellOrigin(): void {
    this.#origins += 1;
    if (this.#origins > MAXIMUM_TOLD_ORIGINS) throw new RangeError('origins without end');
  }

  /** Counts a copy. @param length of its record. @throws RangeError when there are more than were asked for */
  copy(length: number): void {
    this.#copies += 1;
    this.#bytes += length;
    const seconds = (TOLERANCE * WINDOW_MS) / 1000;
    if (this.#copies > EARLIER_COPIES + seconds * this.#copiesPerSecond) {
      throw new RangeError(`${this.#copies} copies in 5 s, more than it was asked for`);
    }
    if (this.#bytes > EARLIER_BYTES + seconds * this.#bytesPerSecond) {
      throw new RangeError(`${this.#bytes} bytes of copies in 5 s, more than it was asked for`);
    }
  }
}
