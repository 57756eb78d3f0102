/** What `status` shows: a plain object, also served as JSON. */
import type { LaneCounts } from '../counters/snapshot.js';
import type { LaneState } from '../engine/messages.js';
import type { Direction, MirrorPlan } from '../plan/mirror-plan.js';
import type { EngineSupervisor } from './engine-supervisor.js';

export interface LaneStatus extends LaneCounts {
  readonly device: string;
  readonly state: LaneState;
  /** Why it waits; empty when it captures. */
  readonly reason: string;
}

export interface SessionStatus {
  readonly sessionId: string;
  readonly sourceId: string;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly targetId: string;
}

export interface TargetStatus {
  readonly address: string;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** Most bytes of a frame that fit into one outer packet. */
  readonly maximumInnerLength: number;
  readonly reason: string;
}

export interface EngineStatus {
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
  const states = supervisors.flatMap(({ lanes }) => lanes);
  const stateOf = (sourceId: string, direction: Direction) =>
    states.find((lane) => lane.sourceId === sourceId && lane.direction === direction);
  const targets = new Map(supervisors.flatMap((supervisor) => supervisor.targets).map((t) => [t.address, t]));
  return {
    engines: supervisors.map(({ pid, restarts }) => ({ pid: pid ?? null, restarts })),
    lanes: supervisors
      .flatMap(({ counts }) => counts)
      .map((lane) => {
        const state = stateOf(lane.sourceId, lane.direction);
        return {
          ...lane,
          device: plan.sources.find(({ id }) => id === lane.sourceId)?.device ?? '',
          state: state?.state ?? 'waiting',
          reason: state?.reason ?? 'starting',
        };
      }),
    sessions: plan.sources.flatMap((source) =>
      source.sessions.map(({ id, sessionNumber, vni, targetId }) => ({
        sessionId: id,
        sourceId: source.id,
        sessionNumber,
        virtualNetworkId: vni,
        targetId,
      })),
    ),
    targets: [...targets.values()].map(({ address, device, maximumInnerLength, reason }) => ({
      address,
      device,
      maximumInnerLength,
      reason,
    })),
  };
}
