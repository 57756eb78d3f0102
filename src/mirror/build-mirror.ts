/** Builds the mirror of a lane from its plan. */
import type { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/lane-bases.js';
import type { FrameFilter } from '../match/verdict.js';
import type { LanePlan } from '../plan/lanes.js';
import { LoopGuard } from './loop-guard.js';
import { Mirror } from './mirror.js';
import { buildSessionTarget, type SinkOf } from './session-target.js';

/**
 * @param filter of the lane.
 * @param loopGuard knows where all copies go; by default those of this source.
 */
export function buildMirror(
  { source, direction }: LanePlan,
  filter: FrameFilter,
  counters: Counters,
  bases: LaneBases,
  sinkOf: SinkOf,
  loopGuard = new LoopGuard(source.sessions.flatMap(({ targetAddresses }) => targetAddresses)),
): Mirror {
  const targets = source.sessions.map((session, index) =>
    buildSessionTarget(session, direction, bases.sessions[index].base, sinkOf),
  );
  const sinks = [...new Set(targets.flatMap(({ sinks }) => sinks))];
  return new Mirror(filter, targets, sinks, loopGuard, counters, bases);
}
