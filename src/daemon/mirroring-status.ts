/** The part of the status that comes from plan and engines. */

import { type LaneBases, layOutCounters } from '../counters/lane-bases.js';
import { networkMetrics } from '../counters/network-metrics.js';
import { type LaneCounts, type LaneGauges, type RuleCount, readLane } from '../counters/snapshot.js';
import { mergeGauges, mergeLanes } from '../counters/totals.js';
import { type TargetWays, waysTo } from '../explain/copies.js';
import { workerIndex } from '../plan/engine-plan.js';
import { laneKey, lanesOf } from '../plan/lanes.js';
import { DIRECTIONS, type MirrorPlan } from '../plan/mirror-plan.js';
import type { SessionActivity } from '../plan/session-activity.js';
import { healthOf } from '../status/health.js';
import { loadBalancerStatuses } from '../status/load-balancers.js';
import { activityStatus, inactivityNotes } from '../status/session-status.js';
import type { SourceTroubles } from '../status/source-troubles.js';
import type { EngineStatus, LaneStatus, SessionStatus, SourceStatus, Status } from '../status/status.js';
import type { TargetReport, TargetState } from '../targets/target-states.js';
import type { EngineSupervisor } from './engine-supervisor.js';
import type { LaneWatches } from './lane-watch.js';

/** Lanes that are told of after they were removed. */
const MAXIMUM_REMOVED = 100;

/** What the daemon knows of a plan that runs. */
export interface Mirroring {
  readonly plan: MirrorPlan;
  readonly supervisors: readonly EngineSupervisor[];
  /** Counts of engines that were ended with their plan. */
  readonly past: readonly LaneCounts[];
  readonly watches: LaneWatches;
  readonly troubles: SourceTroubles;
  readonly activityOf: (sessionId: string) => SessionActivity | undefined;
  /** Addresses whose health check fails. */
  readonly unhealthy: readonly string[];
}

type MirroringPart =
  | 'health'
  | 'engines'
  | 'sources'
  | 'lanes'
  | 'removedLanes'
  | 'sessions'
  | 'targets'
  | 'loadBalancers';

/** Counts are totals since the daemon started. */
export function mirroringStatus(mirroring: Mirroring): Pick<Status, MirroringPart> {
  const { plan, supervisors, past, watches, troubles, unhealthy } = mirroring;
  const all = totalCounts(plan, supervisors, past);
  // The lanes of the plan come first.
  const planned = lanesOf(plan).length;
  const counts = all.slice(0, planned);
  const removed = all.slice(planned).filter(({ read }) => read.packets > 0);
  const engines = supervisors.map(engineStatus);
  const gauges = mergeGauges(supervisors.flatMap((supervisor) => supervisor.gauges));
  const lanes = laneStatuses(plan, gauges, counts, watches);
  const targetStatuses = targetsOf(supervisors);
  const sessions = sessionStatuses(mirroring);
  const texts = troubles.texts();
  const notes = [...texts.notes, ...inactivityNotes(sessions)];
  return {
    health: healthOf({ engines, lanes, targets: targetStatuses, ...texts, notes }),
    engines,
    sources: sourceStatuses(plan, counts, all, gauges, troubles),
    lanes,
    removedLanes: removed.slice(-MAXIMUM_REMOVED),
    sessions,
    targets: targetStatuses,
    loadBalancers: loadBalancerStatuses(plan.loadBalancers ?? [], targetStatuses, unhealthy),
  };
}

/** @param all also of lanes that the plan no longer has: what a ring dropped does not go back when one is taken out. */
function sourceStatuses(
  plan: MirrorPlan,
  counts: readonly LaneCounts[],
  all: readonly LaneCounts[],
  gauges: ReadonlyMap<string, LaneGauges>,
  troubles: SourceTroubles,
): SourceStatus[] {
  // Both directions of a source have the same ring.
  const rings = new Map([...gauges.values()].map((lane) => [lane.sourceId, lane]));
  const lanes = byLane(counts);
  const allLanes = byLane(all);
  return plan.sources.map(({ id, device }) => {
    const of = (some: ReadonlyMap<string, LaneCounts>): LaneCounts[] =>
      DIRECTIONS.flatMap((direction) => some.get(laneKey({ sourceId: id, direction })) ?? []);
    const ringDropped = of(allLanes).reduce((sum, lane) => sum + lane.ringDropped, 0);
    const { ringBytes = 0, ringWantedBytes = 0 } = rings.get(id) ?? {};
    return {
      sourceId: id,
      device,
      ringDropped,
      ringBytes,
      ringWantedBytes,
      troubles: troubles.of(id),
      ...networkMetrics(of(lanes)),
    };
  });
}

function laneStatuses(
  plan: MirrorPlan,
  gauges: ReadonlyMap<string, LaneGauges>,
  counts: readonly LaneCounts[],
  watches: LaneWatches,
): LaneStatus[] {
  const sources = new Map(plan.sources.map((source) => [source.id, source]));
  return counts.map((lane) => {
    const { device = '', netns, selectorId } = sources.get(lane.sourceId) ?? {};
    return {
      ...lane,
      device,
      ...(netns !== undefined && { netns }),
      ...(selectorId !== undefined && { selectorId }),
      ...watches.of(lane.sourceId, lane.direction).read(),
      ringFill: gauges.get(laneKey(lane))?.ringFill ?? 0,
      behindSeconds: gauges.get(laneKey(lane))?.behindSeconds ?? 0,
    };
  });
}

/** Every target once. Where engines differ, the one that does not reach it is shown. */
export function targetsOf(supervisors: readonly EngineSupervisor[]): Status['targets'] {
  const targets = new Map<string, Status['targets'][number]>();
  for (const { type, ...target } of supervisors.flatMap((supervisor) => supervisor.targets)) {
    targets.set(target.address, worse(targets.get(target.address), target));
  }
  return [...targets.values()];
}

/** What `targetsOf` shows of one address; undefined: no engine has reported of it. */
export function worstReport(
  supervisors: readonly EngineSupervisor[],
  address: string,
): TargetReport | undefined {
  let shown: TargetReport | undefined;
  for (const supervisor of supervisors) {
    const report = supervisor.target(address);
    if (report !== undefined) shown = worse(shown, report);
  }
  return shown;
}

/** The ways to addresses, as far as engines have reported of them. */
export function waysOf(supervisors: readonly EngineSupervisor[], addresses: readonly string[]): TargetWays {
  return waysTo(addresses.flatMap((address) => worstReport(supervisors, address) ?? []));
}

function worse<Target extends { readonly state: TargetState }>(
  shown: Target | undefined,
  other: Target,
): Target {
  return shown === undefined || shown.state === 'reachable' ? other : shown;
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
  const { pid, restarts, lastExit, nextTry, beatAgeMs, countersAgeMs, loopDelayMs, counts } = engine;
  const sum = (of: (lane: LaneCounts) => number): number =>
    counts.reduce((total, lane) => total + of(lane), 0);
  return {
    worker: workerIndex(engine.plan) + 1,
    readPackets: sum(({ read }) => read.packets),
    ringDropped: sum(({ ringDropped }) => ringDropped),
    pid: pid ?? null,
    restarts,
    lastExit: lastExit ?? null,
    nextTryAt: nextTry?.toISOString() ?? null,
    beatAgeMs: Math.round(beatAgeMs),
    countersAgeMs: countersAgeMs === null ? null : Math.round(countersAgeMs),
    loopDelayMs,
    xdpInvalidDescriptors: engine.xdpInvalidDescriptors.total,
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
  return lane.sessions[sessionIndex].outcomes.flatMap((outcome) =>
    outcome.kind === 'rule' ? [{ ruleId: outcome.ruleId, packets: 0 }] : [],
  );
}

/** Those of the plan, and behind them those that mirror nothing whatever engines do. */
function sessionStatuses({ plan, activityOf }: Mirroring): SessionStatus[] {
  const planned = plan.sources.flatMap(({ id: sourceId, sessions }) =>
    sessions.map((session) => ({ ...session, sourceId })),
  );
  return [...planned, ...(plan.inactiveSessions ?? []).map((one) => ({ ...one, targetAddresses: [] }))].map(
    ({ id, sourceId, sessionNumber, vni, targetId, targetAddresses, packetLength, encapsulation }) => ({
      sessionId: id,
      sourceId,
      sessionNumber,
      virtualNetworkId: vni,
      targetId,
      targetAddresses,
      ...(packetLength !== undefined && { packetLength }),
      ...(encapsulation && { encapsulation }),
      ...activityStatus(activityOf(id)),
    }),
  );
}
