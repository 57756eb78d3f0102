/** Moves what was counted so far to another layout. */
import type { Outcome } from '../match/verdict.js';
import { laneKey } from '../plan/lanes.js';
import type { LaneBases } from './lane-bases.js';
import { LANE_LENGTH, SESSION_LENGTH } from './layout.js';

/** A block of counters and its layout. */
export interface CountedBlock {
  readonly values: Float64Array;
  readonly lanes: readonly LaneBases[];
}

/** Copies the counts of each lane, session and outcome that is in both blocks; the others stay as they are. */
export function carryOver(from: CountedBlock, to: CountedBlock): void {
  const copy = (length: number, source: number, destination: number): void =>
    to.values.set(from.values.subarray(source, source + length), destination);
  const lanes = new Map(from.lanes.map((lane) => [laneKey(lane), lane]));
  for (const lane of to.lanes) {
    const earlier = lanes.get(laneKey(lane));
    if (earlier === undefined) continue;
    copy(LANE_LENGTH, earlier.base, lane.base);
    const sessions = new Map(earlier.sessions.map((session) => [session.sessionId, session]));
    for (const session of lane.sessions) {
      const earlierSession = sessions.get(session.sessionId);
      if (earlierSession === undefined) continue;
      copy(SESSION_LENGTH, earlierSession.base, session.base);
      const places = new Map(
        earlierSession.outcomes.map(({ outcome, place }) => [outcomeName(outcome), place]),
      );
      for (const { outcome, place } of session.outcomes) {
        const earlierPlace = places.get(outcomeName(outcome));
        if (earlierPlace !== undefined) copy(1, earlierPlace, place);
      }
    }
  }
}

function outcomeName(outcome: Outcome): string {
  return outcome.kind === 'rule' ? `rule ${outcome.ruleId}` : `service ${outcome.service}`;
}
