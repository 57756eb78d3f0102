/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): every address has a score for the flow, and the address with the
 * highest score takes it. When an address is lost, only its flows move.
 */
import { scramble } from '../encapsulate/flow-hash.js';

/** An address as a number, for its scores: the same in every process and every order of addresses. */
export function addressSeed(address: string): number {
  let seed = 0;
  for (let index = 0; index < address.length; index++) seed = scramble(seed ^ address.charCodeAt(index));
  return seed;
}

/**
 * Chooses the address of a flow.
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
