/** Waits for frames and events: a poll over the rings of all captures and what else may be ready. */
import type { Libc } from '../../linux/libc.js';
import { PollSet, WakeUp } from '../../linux/poll.js';
import type { SourceCapture } from './source-capture.js';

/** Behind frames more are expected for so long. */
const EXPECTING_MS = 20;
/** A source is busy that has frames again within such a time. */
const BUSY_MS = 0.5;
const NAP_MS = 0.5;
const SHORT_POLL_MS = 2;
const POLL_MS = 250;

/** Captures whose rings have an error, when there is more to do than to read frames; else undefined. */
type Outcome = readonly SourceCapture[] | undefined;

export class RingPoll {
  readonly #libc: Libc;
  readonly #polled = new PollSet();
  /** Ends a poll that began before the newest ring was there. */
  readonly #wakeUp: WakeUp;
  /** Nobody wakes it. */
  readonly #bed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** When frames were seen last, and when there were none last. */
  #framesMs = Number.NEGATIVE_INFINITY;
  #emptyMs = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#wakeUp = new WakeUp(libc);
  }

  /** Ends the poll that runs, or the next one at once. */
  wake(): void {
    this.#wakeUp.signal();
  }

  /** Some ring had frames. */
  sawFrames(): void {
    this.#framesMs = performance.now();
  }

  /** It is worth while to wait for frames here. */
  get isExpecting(): boolean {
    return performance.now() - this.#framesMs < EXPECTING_MS;
  }

  /**
   * To be called when no ring has frames any more. Under load blocks are full within a part of a millisecond, and to wake
   * this thread for each would cost the processor that fills them: then it sleeps for a while.
   * @returns whether it slept.
   */
  nap(): boolean {
    const now = performance.now();
    const isBusy = this.#framesMs > this.#emptyMs && now - this.#emptyMs < BUSY_MS;
    if (isBusy) Atomics.wait(this.#bed, 0, 0, NAP_MS);
    this.#emptyMs = isBusy ? performance.now() : now;
    return isBusy;
  }

  /** Blocks the thread for a moment. @param others descriptors to wait for besides. @param isHurried only looks. */
  waitHere(captures: readonly SourceCapture[], others: readonly number[], isHurried = false): Outcome {
    const polled = this.#fill(captures, others);
    return this.#outcome(captures, polled.waitHere(this.#libc, isHurried ? 0 : SHORT_POLL_MS));
  }

  /** Waits on another thread. @param others descriptors to wait for besides. */
  async wait(captures: readonly SourceCapture[], others: readonly number[]): Promise<Outcome> {
    const polled = this.#fill(captures, others);
    return this.#outcome(captures, await polled.wait(this.#libc, POLL_MS));
  }

  close(): void {
    this.#wakeUp.close();
  }

  #fill(captures: readonly SourceCapture[], others: readonly number[]): PollSet {
    const rings = captures.map(({ descriptor }) => descriptor);
    this.#polled.replace([...rings, ...others, this.#wakeUp.descriptor]);
    return this.#polled;
  }

  #outcome(captures: readonly SourceCapture[], ready: number): Outcome {
    if (ready <= 0) return undefined;
    const { count } = this.#polled;
    if (this.#polled.isReady(count - 1)) this.#wakeUp.clear();
    let isAny = false;
    for (let index = captures.length; index < count - 1; index++) isAny ||= this.#polled.isReady(index);
    const failed = captures.filter((_, index) => this.#polled.hasError(index));
    return isAny || failed.length > 0 ? failed : undefined;
  }
}
