/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): every address scores the flow and the highest score takes
 * it, so losing an address moves that address's flows and no other.
 */
import { scramble } from '../encapsulate/flow-hash.js';

/** The part of the score that stands for an address; equal in every process, whatever the list's order. */
export function addressSeed(address: string): number {
  let seed = 0;
  for (let index = 0; index < address.length; index++) seed = scramble(seed ^ address.charCodeAt(index));
  return seed;
}

/**
 * @param hash of the flow.
 * @param seeds of the addresses, at least one.
 * @returns the index of the address that takes the flow.
 */
export function chooseAddress(hash: number, seeds: Int32Array): number {
  let best = 0;
  let bestScore = scramble(hash ^ seeds[0]);
  for (let index = 1; index < seeds.length; index++) {
    const score = scramble(hash ^ seeds[index]);
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best;
}
