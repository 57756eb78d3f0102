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
import { SKIP_REASONS } from './skip-reason.js';
import { LANE_COUNTS, type LaneCount, SESSION_COUNTS, type SessionCount } from './table.js';

/**
 * Upper bounds of the buckets of latency, in microseconds: the time of a block of frames from the device to the
 * kernel's send. Latency is counted once per block, so that it costs nothing per frame. A block waits up to a
 * millisecond for its timer.
 */
const BOUNDS_MICROSECONDS = [
  100, 200, 500, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
  2_000_000,
] as const;

/** The buckets of latency, by their upper bound in seconds, as Prometheus writes it. */
export const LATENCY_BUCKETS: readonly string[] = [
  ...BOUNDS_MICROSECONDS.map((bound) => String(bound / 1e6)),
  '+Inf',
];

export const LANE_READ_PACKETS = 0;
export const LANE_READ_BYTES = 1;
/** The first of LANE_COUNTS: one index per row. */
export const LANE_COUNTED = 2;
export const LANE_RING_DROPPED = laneIndex('ringDropped');
export const LANE_UNMATCHED = laneIndex('unmatched');
export const LANE_UNPARSABLE = laneIndex('unparsable');
/** The first of UNMIRRORED_TYPES: one index per type. */
export const LANE_UNMIRRORED = LANE_COUNTED + LANE_COUNTS.length;
/** Sum of all latencies, in microseconds. */
export const LANE_LATENCY_MICROSECONDS = LANE_UNMIRRORED + UNMIRRORED_TYPES.length;
/** The first of LATENCY_BUCKETS: one index per bucket. */
export const LANE_LATENCY = LANE_LATENCY_MICROSECONDS + 1;
/** A gauge: the share of the kernel ring's blocks that waited to be read in the last second or two, 0–1. */
export const LANE_RING_FILL = LANE_LATENCY + LATENCY_BUCKETS.length;
/** A gauge: bytes of the kernel ring; 0 while there is none. */
export const LANE_RING_BYTES = LANE_RING_FILL + 1;
/** A gauge: bytes that the ring would have, were the memory for rings not bounded. */
export const LANE_RING_WANTED_BYTES = LANE_RING_BYTES + 1;
/** A gauge: the largest latency of a block in the last second or two, in seconds. */
export const LANE_BEHIND = LANE_RING_WANTED_BYTES + 1;
export const LANE_LENGTH = LANE_BEHIND + 1;

export const SESSION_MATCHED_PACKETS = 0;
export const SESSION_MATCHED_BYTES = 1;
export const SESSION_MIRRORED_PACKETS = 2;
export const SESSION_MIRRORED_BYTES = 3;
/** The first of SESSION_COUNTS: one index per row. */
export const SESSION_COUNTED = 4;
export const SESSION_SEGMENTED = sessionIndex('segmented');
export const SESSION_SEGMENTS = sessionIndex('segments');
export const SESSION_UNSEGMENTED = sessionIndex('unsegmented');
export const SESSION_TRUNCATED = sessionIndex('truncated');
export const SESSION_CUT = sessionIndex('cut');
export const SESSION_FRAGMENTED = sessionIndex('fragmented');
/** The first of SKIP_REASONS: one index per reason; likewise the bytes below. */
export const SESSION_SKIPPED_PACKETS = SESSION_COUNTED + SESSION_COUNTS.length;
export const SESSION_SKIPPED_BYTES = SESSION_SKIPPED_PACKETS + SKIP_REASONS.length;
export const SESSION_LENGTH = SESSION_SKIPPED_BYTES + SKIP_REASONS.length;

/** The bucket of a latency: its index in LATENCY_BUCKETS. */
export function latencyBucket(microseconds: number): number {
  let bucket = 0;
  while (bucket < BOUNDS_MICROSECONDS.length && microseconds > BOUNDS_MICROSECONDS[bucket]) bucket += 1;
  return bucket;
}

/** Index of a row of LANE_COUNTS. */
function laneIndex(name: LaneCount): number {
  return LANE_COUNTED + LANE_COUNTS.findIndex((row) => row.name === name);
}

/** Index of a row of SESSION_COUNTS. */
function sessionIndex(name: SessionCount): number {
  return SESSION_COUNTED + SESSION_COUNTS.findIndex((row) => row.name === name);
}
