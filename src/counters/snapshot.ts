/** Counters as plain named numbers: what leaves the engine, and what `status` shows. */
import type { Direction, UnmirroredType } from '../plan/mirror-plan.js';
import { UNMIRRORED_TYPES } from '../plan/mirror-plan.js';
import * as layout from './layout.js';
import { SKIP_REASONS, type SkipReason } from './skip-reason.js';

/** Stands in place of a session's id for all sessions of the lane that are no more; no session can have it. */
export const REMOVED_SESSIONS = '';

/** Packets and bytes; bytes are those of the frames on the wire. */
export interface Amount {
  packets: number;
  bytes: number;
}

export interface SessionCounts {
  /** Or REMOVED_SESSIONS. */
  sessionId: string;
  matched: Amount;
  mirrored: Amount;
  /** Reasons that occurred. */
  skipped: Partial<Record<SkipReason, Amount>>;
  /** Super-frames of which each segment was copied by itself, and those segments. */
  segmented: number;
  segments: number;
  /** Super-frames that were copied as they are. */
  unsegmented: number;
  /** Copies cut to PacketLength. */
  truncated: number;
  /** Copies cut to fit the path MTU. */
  cut: number;
  /** Copies that were sent in fragments. */
  fragmented: number;
}

/** Counts of one source in one direction. */
export interface LaneCounts {
  sourceId: string;
  direction: Direction;
  read: Amount;
  /** Skipped for a full kernel ring; not among the read. Always 0 on libpcap I/O, which cannot tell. */
  ringDropped: number;
  unmatched: number;
  unparsable: number;
  /** Types that occurred. */
  unmirrored: Partial<Record<UnmirroredType, number>>;
  sessions: SessionCounts[];
}

/** Where the counters of a lane lie in the block. */
export interface LaneBases {
  readonly sourceId: string;
  readonly direction: Direction;
  readonly base: number;
  readonly sessions: readonly { readonly sessionId: string; readonly base: number }[];
}

/** Reads a lane out of a block of counters. */
export function readLane(values: Float64Array, lane: LaneBases): LaneCounts {
  const unmirrored: LaneCounts['unmirrored'] = {};
  for (const [index, type] of UNMIRRORED_TYPES.entries()) {
    const count = values[lane.base + layout.LANE_UNMIRRORED + index];
    if (count > 0) unmirrored[type] = count;
  }
  return {
    sourceId: lane.sourceId,
    direction: lane.direction,
    read: {
      packets: values[lane.base + layout.LANE_READ_PACKETS],
      bytes: values[lane.base + layout.LANE_READ_BYTES],
    },
    ringDropped: values[lane.base + layout.LANE_RING_DROPPED],
    unmatched: values[lane.base + layout.LANE_UNMATCHED],
    unparsable: values[lane.base + layout.LANE_UNPARSABLE],
    unmirrored,
    sessions: lane.sessions.map(({ sessionId, base }) => readSession(values, sessionId, base)),
  };
}

function readSession(values: Float64Array, sessionId: string, base: number): SessionCounts {
  const skipped: SessionCounts['skipped'] = {};
  for (const [index, reason] of SKIP_REASONS.entries()) {
    const packets = values[base + layout.SESSION_SKIPPED_PACKETS + index];
    if (packets > 0)
      skipped[reason] = { packets, bytes: values[base + layout.SESSION_SKIPPED_BYTES + index] };
  }
  return {
    sessionId,
    matched: {
      packets: values[base + layout.SESSION_MATCHED_PACKETS],
      bytes: values[base + layout.SESSION_MATCHED_BYTES],
    },
    mirrored: {
      packets: values[base + layout.SESSION_MIRRORED_PACKETS],
      bytes: values[base + layout.SESSION_MIRRORED_BYTES],
    },
    skipped,
    segmented: values[base + layout.SESSION_SEGMENTED],
    segments: values[base + layout.SESSION_SEGMENTS],
    unsegmented: values[base + layout.SESSION_UNSEGMENTED],
    truncated: values[base + layout.SESSION_TRUNCATED],
    cut: values[base + layout.SESSION_CUT],
    fragmented: values[base + layout.SESSION_FRAGMENTED],
  };
}
