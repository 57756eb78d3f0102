/** Counters as plain named numbers: what leaves the engine, and what `status` shows. */
import { type Direction, UNMIRRORED_TYPES, type UnmirroredType } from '../plan/mirror-plan.js';
import type { LaneBases, SessionBases } from './lane-bases.js';
import * as layout from './layout.js';
import { LATENCY_BUCKETS } from './layout.js';
import { SKIP_REASONS, type SkipReason } from './skip-reason.js';
import { countsOf, LANE_COUNTS, type LaneCount, SESSION_COUNTS, type SessionCount } from './table.js';

/** The id of the sum of all sessions that were removed from the lane; no session can have it. */
export const REMOVED_SESSIONS = '';

/** Packets and bytes; bytes are those of the frames on the wire. */
export interface Amount {
  packets: number;
  bytes: number;
}

export interface RuleCount {
  ruleId: string;
  /** Frames that the rule accepted. */
  packets: number;
}

export interface SessionCounts extends Record<SessionCount, number> {
  /** Or REMOVED_SESSIONS. */
  sessionId: string;
  /** Only with REMOVED_SESSIONS: the sessions that were removed last, the last one at the end. */
  removedSessionIds?: readonly string[];
  matched: Amount;
  mirrored: Amount;
  /** Reasons that occurred. */
  skipped: Partial<Record<SkipReason, Amount>>;
  /** The accept rules that decided, in their order; those that occurred. */
  rules: RuleCount[];
  /** Network services that occurred. */
  services: Partial<Record<'amazon-dns', number>>;
}

/** How long blocks of frames took from the device to the kernel's send. */
interface LatencyCounts {
  /** Sum over all blocks, in microseconds. */
  microseconds: number;
  /** Blocks by LATENCY_BUCKETS, each counted in one; those that occurred. */
  blocks: Partial<Record<string, number>>;
}

/** Counts of one source in one direction. */
export interface LaneCounts extends Record<LaneCount, number> {
  sourceId: string;
  direction: Direction;
  read: Amount;
  /** Types that occurred. */
  unmirrored: Partial<Record<UnmirroredType, number>>;
  /** Empty on libpcap I/O, which has no timestamps. */
  latency: LatencyCounts;
  sessions: SessionCounts[];
}

/** Gauges of a lane: current values, which are not added up. */
export interface LaneGauges {
  readonly sourceId: string;
  readonly direction: Direction;
  /** The largest share of the kernel ring that waited to be read in the last second or two, 0–1. */
  readonly ringFill: number;
  /** Bytes of the kernel ring; 0 while there is none. */
  readonly ringBytes: number;
  /** Bytes that the ring would have, were the memory for rings not bounded. */
  readonly ringWantedBytes: number;
  /** How late the newest frames were sent: the largest latency of a block in the last second or two, in seconds. */
  readonly behindSeconds: number;
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
    ...countsOf(LANE_COUNTS, (_, index) => values[lane.base + layout.LANE_COUNTED + index]),
    unmirrored,
    latency: readLatency(values, lane.base),
    sessions: lane.sessions.map((session) => readSession(values, session)),
  };
}

/** Reads the gauges of a lane. */
export function readGauges(values: Float64Array, { sourceId, direction, base }: LaneBases): LaneGauges {
  return {
    sourceId,
    direction,
    ringFill: values[base + layout.LANE_RING_FILL],
    ringBytes: values[base + layout.LANE_RING_BYTES],
    ringWantedBytes: values[base + layout.LANE_RING_WANTED_BYTES],
    behindSeconds: values[base + layout.LANE_BEHIND],
  };
}

function readLatency(values: Float64Array, base: number): LatencyCounts {
  const blocks: LatencyCounts['blocks'] = {};
  for (const [index, bound] of LATENCY_BUCKETS.entries()) {
    const count = values[base + layout.LANE_LATENCY + index];
    if (count > 0) blocks[bound] = count;
  }
  return { microseconds: values[base + layout.LANE_LATENCY_MICROSECONDS], blocks };
}

function readSession(
  values: Float64Array,
  { sessionId, base, outcomes, outcomesBase }: SessionBases,
): SessionCounts {
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
    ...countsOf(SESSION_COUNTS, (_, index) => values[base + layout.SESSION_COUNTED + index]),
    rules: outcomes.flatMap((outcome, index) =>
      outcome.kind === 'rule' && values[outcomesBase + index] > 0
        ? [{ ruleId: outcome.ruleId, packets: values[outcomesBase + index] }]
        : [],
    ),
    services: Object.fromEntries(
      outcomes.flatMap((outcome, index) =>
        outcome.kind === 'service' && values[outcomesBase + index] > 0
          ? [[outcome.service, values[outcomesBase + index]]]
          : [],
      ),
    ),
  };
}
