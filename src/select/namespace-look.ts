/** One namespace that is looked into: its devices, and how often they may be read and told. */
import type { DeviceList } from './device-list.js';
import type { NamespaceSight } from './world.js';

/** The wait ends at the latest, so that the process can end. */
const WAIT_MS = 1000;

/** A namespace that is looked into. */
export interface Look {
  readonly identity: string;
  readonly list: DeviceList;
  readAfterMs: number;
  /** Changes that may be told now, and when this was counted. */
  allowance: number;
  countedMs: number;
  /** It is to be listed when others have been. */
  isQueued: boolean;
}

/** What is known of the namespace now. */
export function sightOf({ identity, list }: Look): NamespaceSight {
  return { identity, devices: list.devices };
}

/** Milliseconds until the next namespace may be read, or must be listed. */
export function timeoutOf(looks: readonly Look[], now: number): number {
  let until = now + WAIT_MS;
  for (const { readAfterMs, list, isQueued } of looks) {
    if (readAfterMs > now) until = Math.min(until, readAfterMs);
    if (!isQueued) until = Math.min(until, list.listingDueMs ?? until);
  }
  return Math.max(0, Math.ceil(until - now));
}
