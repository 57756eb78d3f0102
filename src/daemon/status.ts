/** What `status` shows: a plain object, also served as JSON. */
import { type LaneCounts, readLane } from '../counters/snapshot.js';
import { mergeLanes } from '../counters/totals.js';
import type { LaneState } from '../engine/messages.js';
import { lanesOf, layOutCounters } from '../mirror/lane.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { EngineSupervisor, LaneReport } from './engine-supervisor.js';

export interface LaneStatus extends LaneCounts {
  readonly device: string;
  readonly state: LaneState;
  /** Why it waits; empty when it captures. */
  readonly reason: string;
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
  /** Egress device; empty without a route. */
  readonly device: string;
  /** Most bytes of a frame that fit into one outer packet. */
  readonly maximumInnerLength: number;
  readonly reason: string;
}

interface EngineStatus {
  readonly pid: number | null;
  readonly restarts: number;
}

export interface Status {
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly configurationFile: string;
  readonly io: 'ring' | 'libpcap';
  readonly engines: readonly EngineStatus[];
  readonly lanes: readonly LaneStatus[];
  readonly sessions: readonly SessionStatus[];
  readonly targets: readonly TargetStatus[];
}

/** The parts of the status that the mirroring itself makes; counts are totals since the daemon started. */
export function mirroringStatus(
  plan: MirrorPlan,
  supervisors: readonly EngineSupervisor[],
): Pick<Status, 'engines' | 'lanes' | 'sessions' | 'targets'> {
  const reports = supervisors.flatMap(({ lanes }) => lanes);
  const counts = mergeLanes(
    zeroCounts(plan),
    supervisors.flatMap((supervisor) => supervisor.counts),
  );
  const targets = new Map(supervisors.flatMap((supervisor) => supervisor.targets).map((t) => [t.address, t]));
  return {
    engines: supervisors.map(({ pid, restarts }) => ({ pid: pid ?? null, restarts })),
    lanes: counts.map((lane) => ({ ...lane, ...laneState(plan, reports, lane) })),
    sessions: plan.sources.flatMap(sessionStatus),
    targets: [...targets.values()].map(({ address, device, maximumInnerLength, reason }) => ({
      address,
      device,
      maximumInnerLength,
      reason,
    })),
  };
}

/** So that a lane and its sessions are shown before their first frame. */
function zeroCounts(plan: MirrorPlan): LaneCounts[] {
  const { counters, bases } = layOutCounters(lanesOf(plan));
  return bases.map((lane) => readLane(counters.values, lane));
}

function laneState(
  plan: MirrorPlan,
  reports: readonly LaneReport[],
  { sourceId, direction }: LaneCounts,
): Pick<LaneStatus, 'device' | 'state' | 'reason'> {
  const report = reports.find((lane) => lane.sourceId === sourceId && lane.direction === direction);
  return {
    device: plan.sources.find(({ id }) => id === sourceId)?.device ?? '',
    state: report?.state ?? 'waiting',
    reason: report?.reason ?? 'starting',
  };
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
