/** A lane: one source in one direction, from plan to running mirror. */
import { Counters } from '../counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../counters/layout.js';
import type { LaneBases } from '../counters/snapshot.js';
import type { PacketSink } from '../io/sink.js';
import type { CompiledFilter } from '../match/compile.js';
import { sessionOutcomes } from '../match/verdict.js';
import type { Direction, MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';
import { LoopGuard } from './loop-guard.js';
import { Mirror } from './mirror.js';
import { buildSessionPath } from './session-path.js';

export interface LanePlan {
  readonly source: SourcePlan;
  readonly direction: Direction;
}

/** The lanes in which some session wants something; the others need not be opened. */
export function lanesOf(plan: MirrorPlan): LanePlan[] {
  return plan.sources.flatMap((source) =>
    DIRECTIONS.filter((direction) => wantsFrames(source, direction)).map((direction) => ({
      source,
      direction,
    })),
  );
}

function wantsFrames(source: SourcePlan, direction: Direction): boolean {
  return source.sessions.some(
    (session) => session.amazonDns || session.rules[direction].some(({ action }) => action === 'accept'),
  );
}

/** Which of the frames at its device are a lane's: those that the device receives, or those that it sends. */
export function deviceDirection({ source, direction }: LanePlan): Direction {
  if (source.perspective !== 'peer') return direction;
  return direction === 'ingress' ? 'egress' : 'ingress';
}

/** Equal for lanes whose frames come from the same place: one can take the other's capture over. */
export function laneKey({ source, direction }: LanePlan): string {
  const { address, unmirrored, amazonDnsAddresses, sessions, ...capture } = source;
  return JSON.stringify([direction, capture]);
}

/** Lays the counters of the lanes out in one block. */
export function layOutCounters(lanes: readonly LanePlan[]): { counters: Counters; bases: LaneBases[] } {
  let length = 0;
  const take = (count: number): number => {
    const base = length;
    length += count;
    return base;
  };
  const bases = lanes.map(({ source, direction }): LaneBases => {
    const base = take(LANE_LENGTH);
    const sessionBases = source.sessions.map(() => take(SESSION_LENGTH));
    const outcomes = take(0);
    const sessions = source.sessions.map((session, index) => ({
      sessionId: session.id,
      base: sessionBases[index],
      outcomes: sessionOutcomes(session, index, direction).map((outcome) => ({ outcome, place: take(1) })),
    }));
    return { sourceId: source.id, direction, base, outcomes, sessions };
  });
  return { counters: new Counters(length), bases };
}

/**
 * @param filter compiled from the lane.
 * @param sinkOf gives the sink of a target address; asked again for an address it gives the same one.
 * @param loopGuard knows where all copies go; by default those of this source.
 */
export function buildMirror(
  { source }: LanePlan,
  filter: CompiledFilter,
  counters: Counters,
  bases: LaneBases,
  sinkOf: (address: string) => PacketSink,
  loopGuard = new LoopGuard(source.sessions.flatMap(({ targetAddresses }) => targetAddresses)),
): Mirror {
  const paths = source.sessions.map((session, index) =>
    buildSessionPath(session, bases.sessions[index].base, sinkOf),
  );
  const sinks = [...new Set(paths.flatMap((path) => path.sinks))];
  return new Mirror(filter, paths, sinks, loopGuard, counters, bases);
}
