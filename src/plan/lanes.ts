/** A lane: one source in one direction, which is what is captured and counted by itself. */
import {
  DIRECTIONS,
  type Direction,
  type MirrorPlan,
  type SessionPlan,
  type SourcePlan,
} from './mirror-plan.js';

/** What a lane has to mirror. */
export interface LanePlan {
  readonly source: SourcePlan;
  readonly direction: Direction;
}

/** Names a lane, whatever its plan. */
export interface LaneName {
  /** The network interface's id. */
  readonly sourceId: string;
  readonly direction: Direction;
}

/** The lanes in which some session wants frames; the others need not be opened. */
export function lanesOf(plan: MirrorPlan): LanePlan[] {
  return plan.sources.flatMap((source) =>
    DIRECTIONS.filter((direction) => source.sessions.some((session) => wantsFrames(session, direction))).map(
      (direction) => ({
        source,
        direction,
      }),
    ),
  );
}

/** True when a session may mirror frames of a direction. */
export function wantsFrames({ amazonDns, rules }: SessionPlan, direction: Direction): boolean {
  return amazonDns || rules[direction].some(({ action }) => action === 'accept');
}

/** The key of a lane in maps. */
export function laneKey({ sourceId, direction }: LaneName): string {
  return `${direction} ${sourceId}`;
}

/** Equal for lanes whose frames come from the same place: one can take over the other's capture. */
export function captureKey(lane: LanePlan): string {
  return `${lane.direction} ${deviceKey(lane.source)}`;
}

/** Equal for sources that are captured in the same place, whatever is wanted of their frames. */
export function deviceKey(source: SourcePlan): string {
  const { address, maximumBitsPerSecond, unmirrored, amazonDnsAddresses, sessions, ...capture } = source;
  return JSON.stringify(capture);
}

/** Which frames of the device belong to a lane: those that the device receives, or those that it sends. */
export function deviceDirection({ source, direction }: LanePlan): Direction {
  if (source.perspective !== 'peer') return direction;
  return direction === 'ingress' ? 'egress' : 'ingress';
}
