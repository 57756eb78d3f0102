/** What `status` shows: a plain object, also served as JSON. */
import { type LaneCounts, readLane } from '../counters/snapshot.js';
import { mergeLanes } from '../counters/totals.js';
import type { TargetState } from '../engine/messages.js';
import { lanesOf, layOutCounters } from '../mirror/lane.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { EngineExit, EngineSupervisor } from './engine-supervisor.js';
import type { LaneHistory, LaneWatches } from './lane-watch.js';

export interface LaneStatus extends LaneCounts, LaneHistory {
  readonly device: string;
  /** Path of the device's network namespace; absent: the daemon's own. */
  readonly netns?: string;
}

interface SessionStatus {
  readonly sessionId: string;
  readonly sourceId: string;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly targetId: string;
}

interface TargetStatus {
  readonly address: string;
  readonly state: TargetState;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** Most bytes of a frame that fit into one outer packet. */
  readonly maximumInnerLength: number;
  /** Why it is not `reachable`; else empty. */
  readonly reason: string;
}

interface EngineStatus {
  /** null: none runs now. */
  readonly pid: number | null;
  /** How often one ended without being told to. */
  readonly restarts: number;
  readonly lastExit: EngineExit | null;
  /** When the next one is started, while none runs. */
  readonly nextTryAt: string | null;
  /** Since what moves frames was last seen to be alive. */
  readonly beatAgeMs: number;
}

/** What became of the configuration file since the start. */
export interface ReloadStatus {
  readonly succeeded: number;
  readonly failed: number;
  /** Of the last one, `none` before the first. */
  readonly lastResult: 'none' | 'applied' | 'failed';
  readonly lastAt: string | null;
  /** Why the last one failed: FILE:LINE: text. */
  readonly problems: readonly string[];
}

export interface Status {
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly configurationFile: string;
  /** Of the plan that runs: 1 at the start, one more with each that was applied. */
  readonly generation: number;
  readonly reload: ReloadStatus;
  readonly io: 'ring' | 'libpcap';
  readonly engines: readonly EngineStatus[];
  readonly lanes: readonly LaneStatus[];
  readonly sessions: readonly SessionStatus[];
  readonly targets: readonly TargetStatus[];
}

/**
 * The parts of the status that the mirroring itself makes; counts are totals since the daemon started.
 * @param past what engines counted that are no more.
 */
export function mirroringStatus(
  plan: MirrorPlan,
  supervisors: readonly EngineSupervisor[],
  past: readonly LaneCounts[],
  watches: LaneWatches,
): Pick<Status, 'engines' | 'lanes' | 'sessions' | 'targets'> {
  const counts = totalCounts(plan, supervisors, past).slice(0, lanesOf(plan).length);
  const targets = new Map(supervisors.flatMap((supervisor) => supervisor.targets).map((t) => [t.address, t]));
  return {
    engines: supervisors.map(engineStatus),
    lanes: counts.map((lane) => ({ ...lane, ...laneHistory(plan, watches, lane) })),
    sessions: plan.sources.flatMap(sessionStatus),
    targets: [...targets.values()].map(({ type, ...target }) => target),
  };
}

/** All that was counted: the lanes of the plan, and behind them those that it no longer has. */
export function totalCounts(
  plan: MirrorPlan,
  supervisors: readonly EngineSupervisor[],
  past: readonly LaneCounts[],
): LaneCounts[] {
  const engines = supervisors.map(({ counts }) => counts);
  return [past, ...engines].reduce<LaneCounts[]>(mergeLanes, zeroCounts(plan));
}

function engineStatus({ pid, restarts, lastExit, nextTry, beatAgeMs }: EngineSupervisor): EngineStatus {
  return {
    pid: pid ?? null,
    restarts,
    lastExit: lastExit ?? null,
    nextTryAt: nextTry?.toISOString() ?? null,
    beatAgeMs: Math.round(beatAgeMs),
  };
}

/** So that a lane and its sessions are shown before their first frame. */
function zeroCounts(plan: MirrorPlan): LaneCounts[] {
  const { counters, bases } = layOutCounters(lanesOf(plan));
  return bases.map((lane) => readLane(counters.values, lane));
}

function laneHistory(
  plan: MirrorPlan,
  watches: LaneWatches,
  { sourceId, direction }: LaneCounts,
): Omit<LaneStatus, keyof LaneCounts> {
  const { device = '', netns } = plan.sources.find(({ id }) => id === sourceId) ?? {};
  return { device, ...(netns !== undefined && { netns }), ...watches.of(sourceId, direction).read() };
}

function sessionStatus(source: SourcePlan): SessionStatus[] {
  return source.sessions.map(({ id, sessionNumber, vni, targetId }) => ({
    sessionId: id,
    sourceId: source.id,
    sessionNumber,
    virtualNetworkId: vni,
    targetId,
  }));
}
