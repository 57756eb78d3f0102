/** Whether a session of the plan mirrors: its filter, its source in every direction that it wants, and its target. */
import { wantsFrames } from '../plan/lanes.js';
import { DIRECTIONS, type Direction, type SessionPlan, type SourcePlan } from '../plan/mirror-plan.js';
import type { InactiveCause, SessionCondition } from '../plan/session-activity.js';

/** What the engines report. */
export interface Reported {
  readonly lane: (
    sourceId: string,
    direction: Direction,
  ) => { readonly state: string; readonly reason: string };
  /** Undefined: no engine has reported of the address yet. */
  readonly target: (address: string) => { readonly state: string; readonly reason: string } | undefined;
}

/** The reason of a lane, or a session, of which no engine has reported yet. */
export const STARTING = 'starting';

/** Where several workers share a lane, its reason names the one that has it. */
const STARTING_LANE = new RegExp(`^(?:worker \\d+: )?${STARTING}$`);

/** True for the reason of a lane of which an engine, or a worker, has not reported yet. */
export function isStarting(reason: string): boolean {
  return STARTING_LANE.test(reason);
}

/**
 * A session is active when all of its directions are captured and one address of its target may be reached. One of which
 * nothing is reported yet may be.
 */
export function conditionOf(source: SourcePlan, session: SessionPlan, reported: Reported): SessionCondition {
  const directions = DIRECTIONS.filter((direction) => wantsFrames(session, direction));
  if (directions.length === 0) return inactive('filter', 'its filter accepts nothing');
  for (const direction of directions) {
    const { state, reason } = reported.lane(source.id, direction);
    if (state === 'capturing') continue;
    const cause = STARTING_LANE.test(reason) ? 'starting' : 'source';
    return inactive(cause, `source ${source.id} ${direction}: ${reason}`);
  }
  return targetCondition(session, reported);
}

function targetCondition({ targetId, targetAddresses }: SessionPlan, { target }: Reported): SessionCondition {
  let why = '';
  for (const address of targetAddresses) {
    const report = target(address);
    if (report?.state !== 'unreachable') return { active: true };
    why ||= `${address}: ${report.reason}`;
  }
  const { length } = targetAddresses;
  const which = length === 1 ? '' : `none of the ${length} addresses can be reached, first `;
  return inactive('target', `target ${targetId}: ${which}${why}`);
}

function inactive(cause: InactiveCause, reason: string): SessionCondition {
  return { active: false, cause, reason };
}
