/** poll(2): waits for descriptors, and a way to end the wait. */
import type { Libc } from './libc.js';

/** struct pollfd: descriptor, requested events, returned events. */
const POLLFD_BYTES = 8;
const EVENTS = 4;
const RETURNED_EVENTS = 6;
const POLLIN = 0x1;
const POLLERR = 0x8;
/** eventfd(2) reads and writes a 64-bit count. */
const COUNT_BYTES = 8;

/** Descriptors to poll. Its memory is kept: with many descriptors it would be much to collect, many times a second. */
export class PollSet {
  #descriptors = new Uint8Array(0);
  #view = new DataView(this.#descriptors.buffer);

  /** @param descriptors negative ones are ignored (poll(2)) */
  constructor(descriptors: readonly number[] = []) {
    this.replace(descriptors);
  }

  /**
   * Polls others from now on; not to be called during a wait.
   * @param errorsOnly those of them that are always readable, and tell by an error
   */
  replace(descriptors: readonly number[], errorsOnly: readonly number[] = []): void {
    if (this.#descriptors.length !== descriptors.length * POLLFD_BYTES) {
      this.#descriptors = new Uint8Array(descriptors.length * POLLFD_BYTES);
      this.#view = new DataView(this.#descriptors.buffer);
    }
    for (const [index, descriptor] of descriptors.entries()) {
      this.#view.setInt32(index * POLLFD_BYTES, descriptor, true);
      const events = errorsOnly.includes(descriptor) ? 0 : POLLIN;
      this.#view.setInt16(index * POLLFD_BYTES + EVENTS, events, true);
    }
  }

  /** Waits, and blocks the calling thread. @returns how many are readable or in error */
  waitHere(libc: Libc, timeoutMs: number): number {
    return libc.pollHere(this.#descriptors, timeoutMs);
  }

  /** How many descriptors there are. */
  get count(): number {
    return this.#descriptors.length / POLLFD_BYTES;
  }

  /** Whether the last wait found it readable or in error. @param index of a descriptor */
  isReady(index: number): boolean {
    return this.#view.getInt16(index * POLLFD_BYTES + RETURNED_EVENTS, true) !== 0;
  }

  /** Whether the last wait found an error. @param index of a descriptor */
  hasError(index: number): boolean {
    return (this.#view.getInt16(index * POLLFD_BYTES + RETURNED_EVENTS, true) & POLLERR) !== 0;
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
