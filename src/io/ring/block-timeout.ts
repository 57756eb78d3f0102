/**
 * How long a frame may wait in a block that is not full. The kernel has a timer of its own for each ring, which expires
 * again and again whether or not the source has frames. Since Linux 6.18 each expiry is an interrupt: 200 rings with a
 * timer of 1 ms took half of two processors. And each expiry takes a block, even for one frame.
 */

/** Expiries of all timers together, in a millisecond. */
const EXPIRIES_PER_MS = 4;
/** Sparse traffic of so long fits a ring. */
const LEAST_HELD_MS = 32;
/** A change of the plan waits for blocks that are being filled, and so does a stop. */
const LONGEST_MS = 100;

/** The timer of a new ring, in milliseconds. @param rings how many the engine has, with the new ones. */
export function blockTimeoutMs(rings: number, blocks: number): number {
  const wanted = Math.max(1, Math.ceil(rings / EXPIRIES_PER_MS), Math.ceil(LEAST_HELD_MS / blocks));
  return Math.min(wanted, LONGEST_MS);
}
