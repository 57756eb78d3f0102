/** Ends a poll(2) that is under way: a descriptor to poll beside others, readable once somebody signalled. */
import type { Libc } from './libc.js';

/** What an eventfd(2) takes and gives: a 64-bit count. */
const COUNT_BYTES = 8;

export class WakeUp {
  /** To poll. */
  readonly descriptor: number;
  readonly #libc: Libc;

  /** @throws LinuxError: EMFILE. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.descriptor = libc.eventDescriptor();
  }

  signal(): void {
    this.#libc.write(this.descriptor, new Uint8Array(BigUint64Array.of(1n).buffer));
  }

  /** Forgets what was signalled, so that the next poll waits again. */
  clear(): void {
    this.#libc.read(this.descriptor, new Uint8Array(COUNT_BYTES));
  }

  close(): void {
    this.#libc.close(this.descriptor);
  }
}
