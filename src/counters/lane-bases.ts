/** The index of each lane, session and outcome in the block of counters, and how counts move to another layout. */
import { type Outcome, sessionOutcomes } from '../match/verdict.js';
import { type LaneName, type LanePlan, laneKey } from '../plan/lanes.js';
import { Counters } from './counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from './layout.js';

/** Where the counters of a session lie. */
export interface SessionBases {
  readonly sessionId: string;
  /** Index of its first counter. */
  readonly base: number;
  /** Each outcome with the index of its counter. */
  readonly outcomes: readonly { readonly outcome: Outcome; readonly index: number }[];
}

/** Where the counters of a lane lie. */
export interface LaneBases extends LaneName {
  /** Index of its first counter. */
  readonly base: number;
  /** Index of the counter of verdict 0. The counters of the other verdicts follow it. */
  readonly outcomesBase: number;
  readonly sessions: readonly SessionBases[];
}

/** A block of counters and its layout. */
export interface CountedBlock {
  readonly values: Float64Array;
  readonly lanes: readonly LaneBases[];
}

/** Lays the counters of the lanes out in one block, all zero. */
export function layOutCounters(lanes: readonly LanePlan[]): { counters: Counters; bases: LaneBases[] } {
  let length = 0;
  const allocate = (count: number): number => {
    const base = length;
    length += count;
    return base;
  };
  const bases = lanes.map(({ source, direction }): LaneBases => {
    const base = allocate(LANE_LENGTH);
    const sessionBases = source.sessions.map(() => allocate(SESSION_LENGTH));
    const outcomesBase = allocate(0);
    const sessions = source.sessions.map((session, index) => ({
      sessionId: session.id,
      base: sessionBases[index],
      outcomes: sessionOutcomes(session, index, direction).map((outcome) => ({
        outcome,
        index: allocate(1),
      })),
    }));
    return { sourceId: source.id, direction, base, outcomesBase, sessions };
  });
  return { counters: new Counters(length), bases };
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
      const indexes = new Map(
        earlierSession.outcomes.map(({ outcome, index }) => [outcomeName(outcome), index]),
      );
      for (const { outcome, index } of session.outcomes) {
        const earlierIndex = indexes.get(outcomeName(outcome));
        if (earlierIndex !== undefined) copy(1, earlierIndex, index);
      }
    }
  }
}

function outcomeName(outcome: Outcome): string {
  return outcome.kind === 'rule' ? `rule ${outcome.ruleId}` : `service ${outcome.service}`;
}
