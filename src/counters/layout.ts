/**
 * The places of the counters of one lane (a source and direction) and of one session in it. Per lane and
 * session a run of doubles in one block: exact to 2^53, copied whole, incremented without allocating.
 *
 *     lane     read = unmatched + unparsable + unmirrored + the matched of its sessions
 *     session  matched - segmented + segments = mirrored + skipped, by reason
 */
import { UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import { SKIP_REASONS } from './skip-reason.js';

export const LANE_READ_PACKETS = 0;
export const LANE_READ_BYTES = 1;
export const LANE_UNMATCHED = 2;
export const LANE_UNPARSABLE = 3;
/** Frames that passed the kernel's filter when the ring was full: copies due that never came. Not read. */
export const LANE_RING_DROPPED = 4;
/** One per UNMIRRORED_TYPES. */
export const LANE_UNMIRRORED = 5;
export const LANE_LENGTH = LANE_UNMIRRORED + UNMIRRORED_TYPES.length;

export const SESSION_MATCHED_PACKETS = 0;
export const SESSION_MATCHED_BYTES = 1;
export const SESSION_MIRRORED_PACKETS = 2;
export const SESSION_MIRRORED_BYTES = 3;
/** Copies cut to PacketLength. */
export const SESSION_TRUNCATED = 4;
/** Copies cut to fit the path MTU. */
export const SESSION_CUT = 5;
/** Super-frames of which the copies are the segments that a network card would have made. */
export const SESSION_SEGMENTED = 6;
/** Those segments. */
export const SESSION_SEGMENTS = 7;
/** Super-frames that were copied as they are: their segments are not known for sure. */
export const SESSION_UNSEGMENTED = 8;
/** Copies that were sent in fragments. */
export const SESSION_FRAGMENTED = 9;
/** One per SKIP_REASONS. */
export const SESSION_SKIPPED_PACKETS = 10;
export const SESSION_SKIPPED_BYTES = SESSION_SKIPPED_PACKETS + SKIP_REASONS.length;
export const SESSION_LENGTH = SESSION_SKIPPED_BYTES + SKIP_REASONS.length;
