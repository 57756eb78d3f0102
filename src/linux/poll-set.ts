/** poll(2) over a fixed set of descriptors. */
import type { Libc } from './libc.js';

/** struct pollfd: descriptor, events, what happened. */
const POLLFD_BYTES = 8;
const EVENTS = 4;
const POLLIN = 0x1;

export class PollSet {
  readonly #descriptors: Uint8Array;

  /** @param descriptors negative ones are ignored (poll(2)). */
  constructor(descriptors: readonly number[]) {
    this.#descriptors = new Uint8Array(descriptors.length * POLLFD_BYTES);
    const view = new DataView(this.#descriptors.buffer);
    for (const [index, descriptor] of descriptors.entries()) {
      view.setInt32(index * POLLFD_BYTES, descriptor, true);
      view.setInt16(index * POLLFD_BYTES + EVENTS, POLLIN, true);
    }
  }

  /** Waits, and lets nothing else happen meanwhile. @returns how many are readable or in error. */
  waitHere(libc: Libc, timeoutMs: number): number {
    return libc.pollHere(this.#descriptors, timeoutMs);
  }

  /** Waits off the main thread. @returns how many are readable or in error. */
  wait(libc: Libc, timeoutMs: number): Promise<number> {
    return libc.poll(this.#descriptors, timeoutMs);
  }
}
