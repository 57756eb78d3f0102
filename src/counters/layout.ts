/**
 * The index of each counter of a lane (a source and direction) and of a session, from the lane's or session's base. All
 * counters of an engine are doubles in one block: exact to 2^53, copied whole, incremented without allocating.
 *
 *     lane     read = unmatched + unparsable + unmirrored + the matched of its sessions
 *     session  matched - segmented + segments = mirrored + skipped, by reason
 *              matched = the sum of its outcomes: accept rules and network services
 *
 * The outcomes of a lane follow its sessions, in the order of the compiled filter's verdicts.
 */
import { UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import { LATENCY_BUCKETS } from './latency.js';
import { SKIP_REASONS } from './skip-reason.js';
import { LANE_COUNTS, type LaneCount, SESSION_COUNTS, type SessionCount } from './table.js';

export const LANE_READ_PACKETS = 0;
export const LANE_READ_BYTES = 1;
/** One per LANE_COUNTS. */
export const LANE_COUNTED = 2;
export const LANE_RING_DROPPED = lanePlace('ringDropped');
export const LANE_UNMATCHED = lanePlace('unmatched');
export const LANE_UNPARSABLE = lanePlace('unparsable');
/** One per UNMIRRORED_TYPES. */
export const LANE_UNMIRRORED = LANE_COUNTED + LANE_COUNTS.length;
/** Sum of what the latency buckets hold, in microseconds. */
export const LANE_LATENCY_MICROSECONDS = LANE_UNMIRRORED + UNMIRRORED_TYPES.length;
/** One per LATENCY_BUCKETS. */
export const LANE_LATENCY = LANE_LATENCY_MICROSECONDS + 1;
/** A gauge: the share of the kernel ring's blocks that waited to be read in the last second or two, 0–1. */
export const LANE_RING_FILL = LANE_LATENCY + LATENCY_BUCKETS.length;
/** A gauge: bytes of the kernel ring; 0 while there is none. */
export const LANE_RING_BYTES = LANE_RING_FILL + 1;
/** A gauge: bytes that the ring would have, were the memory for rings not bounded. */
export const LANE_RING_WANTED_BYTES = LANE_RING_BYTES + 1;
export const LANE_LENGTH = LANE_RING_WANTED_BYTES + 1;

export const SESSION_MATCHED_PACKETS = 0;
export const SESSION_MATCHED_BYTES = 1;
export const SESSION_MIRRORED_PACKETS = 2;
export const SESSION_MIRRORED_BYTES = 3;
/** One per SESSION_COUNTS. */
export const SESSION_COUNTED = 4;
export const SESSION_SEGMENTED = sessionPlace('segmented');
export const SESSION_SEGMENTS = sessionPlace('segments');
export const SESSION_UNSEGMENTED = sessionPlace('unsegmented');
export const SESSION_TRUNCATED = sessionPlace('truncated');
export const SESSION_CUT = sessionPlace('cut');
export const SESSION_FRAGMENTED = sessionPlace('fragmented');
/** One per SKIP_REASONS. */
export const SESSION_SKIPPED_PACKETS = SESSION_COUNTED + SESSION_COUNTS.length;
export const SESSION_SKIPPED_BYTES = SESSION_SKIPPED_PACKETS + SKIP_REASONS.length;
export const SESSION_LENGTH = SESSION_SKIPPED_BYTES + SKIP_REASONS.length;

/** Index of a row of LANE_COUNTS. */
function lanePlace(name: LaneCount): number {
  return LANE_COUNTED + LANE_COUNTS.findIndex((row) => row.name === name);
}

/** Index of a row of SESSION_COUNTS. */
function sessionPlace(name: SessionCount): number {
  return SESSION_COUNTED + SESSION_COUNTS.findIndex((row) => row.name === name);
}
