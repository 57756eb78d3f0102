/** poll(2): waits for descriptors, and a way to end the wait. */
import type { Libc } from './libc.js';

/** struct pollfd: descriptor, requested events, returned events. */
const POLLFD_BYTES = 8;
const EVENTS = 4;
const POLLIN = 0x1;
/** eventfd(2) reads and writes a 64-bit count. */
const COUNT_BYTES = 8;

/** A fixed set of descriptors to poll. */
export class PollSet {
  readonly #descriptors: Uint8Array;

  /** @param descriptors negative ones are ignored (poll(2)) */
  constructor(descriptors: readonly number[]) {
    this.#descriptors = new Uint8Array(descriptors.length * POLLFD_BYTES);
    const view = new DataView(this.#descriptors.buffer);
    for (const [index, descriptor] of descriptors.entries()) {
      view.setInt32(index * POLLFD_BYTES, descriptor, true);
      view.setInt16(index * POLLFD_BYTES + EVENTS, POLLIN, true);
    }
  }

  /** Waits, and blocks the calling thread. @returns how many are readable or in error */
  waitHere(libc: Libc, timeoutMs: number): number {
    return libc.pollHere(this.#descriptors, timeoutMs);
  }

  /** Waits off the main thread. @returns how many are readable or in error */
  wait(libc: Libc, timeoutMs: number): Promise<number> {
    return libc.poll(this.#descriptors, timeoutMs);
  }
}

/** Ends a poll(2) in progress: its descriptor is polled with the others, and is readable after a signal. */
export class WakeUp {
  readonly descriptor: number;
  readonly #libc: Libc;

  /** @throws LinuxError: EMFILE */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.descriptor = libc.eventDescriptor();
  }

  signal(): void {
    this.#libc.write(this.descriptor, new Uint8Array(BigUint64Array.of(1n).buffer));
  }

  /** Resets the signal, so that the next poll waits again. */
  clear(): void {
    this.#libc.read(this.descriptor, new Uint8Array(COUNT_BYTES));
  }

  close(): void {
    this.#libc.close(this.descriptor);
  }
}
