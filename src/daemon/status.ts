/** What `status` shows: a plain object, also served as JSON. */

import type { LaneBases } from '../counters/lane-bases.js';
import { layOutCounters } from '../counters/lane-bases.js';
import { type NetworkMetrics, networkMetrics } from '../counters/network-metrics.js';
import { type LaneCounts, type RuleCount, readLane } from '../counters/snapshot.js';
import { mergeLanes } from '../counters/totals.js';
import { laneKey, lanesOf } from '../plan/lanes.js';
import { DIRECTIONS, type MirrorPlan, type SourcePlan } from '../plan/mirror-plan.js';
import type { TargetState } from '../targets/target-states.js';
import type { EngineExit, EngineSupervisor } from './engine-supervisor.js';
import { type Health, healthOf } from './health.js';
import type { LaneHistory, LaneWatches } from './lane-watch.js';

export interface LaneStatus extends LaneCounts, LaneHistory {
  readonly device: string;
  /** Path of the device's network namespace; absent: the daemon's own. */
  readonly netns?: string;
  /** The largest share of the kernel ring that waited to be read in the last second or two, 0–1. */
  readonly ringFill: number;
}

/** A source with what it counts under the cloud's names. */
interface SourceStatus extends NetworkMetrics {
  readonly sourceId: string;
  readonly device: string;
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
  /** As the daemon's own, of the loop that moves frames. */
  readonly loopDelayMs: number;
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
  readonly version: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly configurationFile: string;
  /** Of the plan that runs: 1 at the start, one more with each that was applied. */
  readonly generation: number;
  readonly reload: ReloadStatus;
  readonly io: 'ring' | 'libpcap';
  /** How late the daemon's event loop comes to what is due: the 99th percentile of the last ten full seconds. */
  readonly loopDelayMs: number;
  readonly health: Health;
  readonly engines: readonly EngineStatus[];
  readonly sources: readonly SourceStatus[];
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
): Pick<Status, 'health' | 'engines' | 'sources' | 'lanes' | 'sessions' | 'targets'> {
  const counts = totalCounts(plan, supervisors, past).slice(0, lanesOf(plan).length);
  const engines = supervisors.map(engineStatus);
  const lanes = laneStatuses(plan, supervisors, counts, watches);
  const targets = new Map(supervisors.flatMap((supervisor) => supervisor.targets).map((t) => [t.address, t]));
  const targetStatuses = [...targets.values()].map(({ type, ...target }) => target);
  return {
    health: healthOf({ engines, lanes, targets: targetStatuses }),
    engines,
    sources: sourceStatuses(plan, counts),
    lanes,
    sessions: plan.sources.flatMap(sessionStatus),
    targets: targetStatuses,
  };
}

function sourceStatuses(plan: MirrorPlan, counts: readonly LaneCounts[]): SourceStatus[] {
  const lanes = byLane(counts);
  return plan.sources.map(({ id, device }) => {
    const own = DIRECTIONS.flatMap((direction) => lanes.get(laneKey({ sourceId: id, direction })) ?? []);
    return { sourceId: id, device, ...networkMetrics(own) };
  });
}

function laneStatuses(
  plan: MirrorPlan,
  supervisors: readonly EngineSupervisor[],
  counts: readonly LaneCounts[],
  watches: LaneWatches,
): LaneStatus[] {
  const gauges = byLane(supervisors.flatMap((supervisor) => supervisor.gauges));
  const sources = new Map(plan.sources.map((source) => [source.id, source]));
  return counts.map((lane) => {
    const { device = '', netns } = sources.get(lane.sourceId) ?? {};
    return {
      ...lane,
      device,
      ...(netns !== undefined && { netns }),
      ...watches.of(lane.sourceId, lane.direction).read(),
      ringFill: gauges.get(laneKey(lane))?.ringFill ?? 0,
    };
  });
}

function byLane<Named extends Pick<LaneCounts, 'sourceId' | 'direction'>>(
  items: readonly Named[],
): ReadonlyMap<string, Named> {
  return new Map(items.map((item) => [laneKey(item), item]));
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

function engineStatus(engine: EngineSupervisor): EngineStatus {
  const { pid, restarts, lastExit, nextTry, beatAgeMs, loopDelayMs } = engine;
  return {
    pid: pid ?? null,
    restarts,
    lastExit: lastExit ?? null,
    nextTryAt: nextTry?.toISOString() ?? null,
    beatAgeMs: Math.round(beatAgeMs),
    loopDelayMs,
  };
}

/** So that a lane, its sessions and their rules are shown before their first frame. */
function zeroCounts(plan: MirrorPlan): LaneCounts[] {
  const { counters, bases } = layOutCounters(lanesOf(plan));
  return bases.map((lane) => {
    const counts = readLane(counters.values, lane);
    const sessions = counts.sessions.map((session, index) => ({ ...session, rules: zeroRules(lane, index) }));
    return { ...counts, sessions };
  });
}

function zeroRules(lane: LaneBases, sessionIndex: number): RuleCount[] {
  return lane.sessions[sessionIndex].outcomes.flatMap(({ outcome }) =>
    outcome.kind === 'rule' ? [{ ruleId: outcome.ruleId, packets: 0 }] : [],
  );
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
