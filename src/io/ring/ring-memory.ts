/** The bound on all rings of an engine together. */

/** No ring is smaller. */
export const LEAST_RING_MEGABYTES = 1;

/** The rings that are there take all the memory that rings may have. */
export class RingMemoryError extends Error {
  readonly code = 'no-ring-memory';

  constructor(taken: number, limit: number) {
    super(
      `no memory for its ring: rings have ${taken} of ${limit} MiB; raise engine.ringMemoryMegabytes, ` +
        'or lower engine.ringMegabytes, and restart the daemon',
    );
  }
}

export class RingMemory {
  readonly #limit: number;
  #taken = 0;

  /** @param megabytes Infinity: no bound. */
  constructor(megabytes: number) {
    this.#limit = megabytes;
  }

  /** What so many rings can each have, in MiB: `wanted`, halved until all of them fit, or the least. */
  shareOf(rings: number, wanted: number): number {
    let size = wanted;
    while (size * rings > this.#limit && size > LEAST_RING_MEGABYTES) size = halved(size);
    return size;
  }

  /**
   * Takes what a ring needs, halved until it fits. @param wanted in MiB.
   * @returns how many MiB it may have. @throws RingMemoryError when not even the least is left.
   */
  take(wanted: number): number {
    let size = wanted;
    while (this.#taken + size > this.#limit) {
      if (size === LEAST_RING_MEGABYTES) throw new RingMemoryError(this.#taken, this.#limit);
      size = halved(size);
    }
    this.#taken += size;
    return size;
  }

  /** Takes it although it does not fit, for a moment: the larger ring whose place it takes is about to go. */
  takeAnyway(megabytes: number): void {
    this.#taken += megabytes;
  }

  giveBack(megabytes: number): void {
    this.#taken -= megabytes;
  }
}

/** @returns half of a ring's size in MiB, at least the least. */
export function halved(megabytes: number): number {
  return Math.max(LEAST_RING_MEGABYTES, Math.floor(megabytes / 2));
}
