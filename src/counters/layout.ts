/**
 * The places of the counters of one lane (a source and direction) and of one session in it. Per lane and
 * session a run of doubles in one block: exact to 2^53, copied whole, incremented without allocating.
 *
 *     lane     read = unmatched + unparsable + unmirrored + the matched of its sessions
 *     session  matched - segmented + segments = mirrored + skipped, by reason
 *              matched = the sum of its outcomes: accept rules and network services
 *
 * The outcomes of a lane lie behind its sessions, side by side in the order of the compiled filter's verdicts.
 */
import { UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import { LATENCY_BUCKETS } from './latency.js';
import { SKIP_REASONS } from './skip-reason.js';

export const LANE_READ_PACKETS = 0;
export const LANE_READ_BYTES = 1;
export const LANE_UNMATCHED = 2;
export const LANE_UNPARSABLE = 3;
/** Frames that passed the kernel's filter when the ring was full: copies due that never came. Not read. */
export const LANE_RING_DROPPED = 4;
/** One per UNMIRRORED_TYPES. */
export const LANE_UNMIRRORED = 5;
/** Sum of what the latency buckets hold, in microseconds. */
export const LANE_LATENCY_MICROSECONDS = LANE_UNMIRRORED + UNMIRRORED_TYPES.length;
/** One per LATENCY_BUCKETS. */
export const LANE_LATENCY = LANE_LATENCY_MICROSECONDS + 1;
/** Not a counter: the share of the kernel ring's blocks that waited to be read, 0–1, of late. */
export const LANE_RING_FILL = LANE_LATENCY + LATENCY_BUCKETS.length;
export const LANE_LENGTH = LANE_RING_FILL + 1;

export const SESSION_MATCHED_PACKETS = 0;
export const SESSION_MATCHED_BYTES = 1;
export const SESSION_MIRRORED_PACKETS = 2;
export const SESSION_MIRRORED_BYTES = 3;
/** Copies cut to PacketLength. */
export const SESSION_TRUNCATED = 4;
/** Copies cut to fit the path MTU, and segments of a GSO frame that was not captured whole. */
export const SESSION_CUT = 5;
/** GSO frames of which the copies are the segments that a network card would have made. */
export const SESSION_SEGMENTED = 6;
/** Those segments. */
export const SESSION_SEGMENTS = 7;
/** GSO frames that were copied as they are: their segments are not known for sure. */
export const SESSION_UNSEGMENTED = 8;
/** Copies that were sent in fragments. */
export const SESSION_FRAGMENTED = 9;
/** One per SKIP_REASONS. */
export const SESSION_SKIPPED_PACKETS = 10;
export const SESSION_SKIPPED_BYTES = SESSION_SKIPPED_PACKETS + SKIP_REASONS.length;
export const SESSION_LENGTH = SESSION_SKIPPED_BYTES + SKIP_REASONS.length;
