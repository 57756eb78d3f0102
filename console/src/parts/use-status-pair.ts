/** Two statuses, one after the other: what rates are made of. */
import { useState } from 'react';
import type { StatusDocument } from '../../../src/api/traffic-mirror/shape.js';
import { nextPair } from '../model/rates.js';

/** The latest status, and one before it with other counters. */
export interface KnownPair {
  readonly before?: StatusDocument | undefined;
  readonly after?: StatusDocument | undefined;
}

const UNKNOWN_PAIR: KnownPair = {};

/** Keeps the status that was there before the present one. @param key another key forgets it */
export function useStatusPair(status: StatusDocument | undefined, key = ''): KnownPair {
  const [state, setState] = useState<{ key: string; pair: KnownPair }>({ key, pair: UNKNOWN_PAIR });
  const pair = state.key === key ? state.pair : UNKNOWN_PAIR;
  if (status !== undefined && status !== pair.after) {
    const next = nextPair(pair, status);
    setState({ key, pair: next });
    return next;
  }
  return pair;
}
