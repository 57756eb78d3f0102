/** Whether a lane captures, and what is known of its device. */

import type { LaneCondition } from '../engine/messages.js';
import type { Link } from '../linux/link-table.js';

/** @param problem why nothing can be captured now; undefined: it can. */
export function conditionOf(link: Link | undefined, problem: string | undefined): LaneCondition {
  return {
    state: problem === undefined ? 'capturing' : 'waiting',
    reason: problem ?? '',
    carrier: link?.carrier ?? false,
    mtu: link?.mtu ?? 0,
  };
}

/** Nothing is known of the device. */
export function waiting(reason: string): LaneCondition {
  return conditionOf(undefined, reason);
}

export function sameCondition(a: LaneCondition, b: LaneCondition): boolean {
  return a.state === b.state && a.reason === b.reason && a.carrier === b.carrier && a.mtu === b.mtu;
}
