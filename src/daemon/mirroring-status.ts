/** The part of the status that comes from plan and engines. */
import { type LaneBases, layOutCounters } from '../counters/lane-bases.js';
import { networkMetrics } from '../counters/network-metrics.js';
import { type LaneCounts, type RuleCount, readLane } from '../counters/snapshot.js';
import { mergeLanes } from '../counters/totals.js';
import { laneKey, lanesOf } from '../plan/lanes.js';
import { DIRECTIONS, type MirrorPlan, type SourcePlan } from '../plan/mirror-plan.js';
import { healthOf } from '../status/health.js';
import type { EngineStatus, LaneStatus, SessionStatus, SourceStatus, Status } from '../status/status.js';
import type { EngineSupervisor } from './engine-supervisor.js';
import type { LaneWatches } from './lane-watch.js';

/**
 * Counts are totals since the daemon started.
 * @param past counts of engines that were ended with their plan.
 */
export function mirroringStatus(
  plan: MirrorPlan,
  supervisors: readonly EngineSupervisor[],
  past: readonly LaneCounts[],
  watches: LaneWatches,
): Pick<Status, 'health' | 'engines' | 'sources' | 'lanes' | 'sessions' | 'targets'> {
  const all = totalCounts(plan, supervisors, past);
  // The lanes of the plan come first.
  const counts = all.slice(0, lanesOf(plan).length);
  const engines = supervisors.map(engineStatus);
  const lanes = laneStatuses(plan, supervisors, counts, watches);
  const targets = new Map(supervisors.flatMap((supervisor) => supervisor.targets).map((t) => [t.address, t]));
  const targetStatuses = [...targets.values()].map(({ type, ...target }) => target);
  return {
    health: healthOf({ engines, lanes, targets: targetStatuses }),
    engines,
    sources: sourceStatuses(plan, counts, all),
    lanes,
    sessions: plan.sources.flatMap(sessionStatus),
    targets: targetStatuses,
  };
}

/** @param all also of lanes that the plan no longer has: what a ring dropped does not go back when one is taken out. */
function sourceStatuses(
  plan: MirrorPlan,
  counts: readonly LaneCounts[],
  all: readonly LaneCounts[],
): SourceStatus[] {
  const lanes = byLane(counts);
  const allLanes = byLane(all);
  return plan.sources.map(({ id, device }) => {
    const of = (some: ReadonlyMap<string, LaneCounts>): LaneCounts[] =>
      DIRECTIONS.flatMap((direction) => some.get(laneKey({ sourceId: id, direction })) ?? []);
    const ringDropped = of(allLanes).reduce((sum, lane) => sum + lane.ringDropped, 0);
    return { sourceId: id, device, ringDropped, ...networkMetrics(of(lanes)) };
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

/** Counts of the lanes of the plan, and after them of lanes that the plan no longer has. */
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

/** Zeros for every lane, session and rule, so that they are shown before their first frame. */
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
