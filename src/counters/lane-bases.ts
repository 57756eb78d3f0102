/** Where the counters of each lane, session and outcome lie in the block. */
import { type Outcome, sessionOutcomes } from '../match/verdict.js';
import type { LaneName, LanePlan } from '../plan/lanes.js';
import { Counters } from './counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from './layout.js';

/** Where the counters of a session lie. */
export interface SessionBases {
  readonly sessionId: string;
  /** Index of its first counter. */
  readonly base: number;
  readonly outcomes: readonly { readonly outcome: Outcome; readonly place: number }[];
}

/** Where the counters of a lane lie. */
export interface LaneBases extends LaneName {
  /** Index of its first counter. */
  readonly base: number;
  /** Index of its outcomes: the counter of a verdict is that much further on. */
  readonly outcomes: number;
  readonly sessions: readonly SessionBases[];
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
    const outcomes = allocate(0);
    const sessions = source.sessions.map((session, index) => ({
      sessionId: session.id,
      base: sessionBases[index],
      outcomes: sessionOutcomes(session, index, direction).map((outcome) => ({
        outcome,
        place: allocate(1),
      })),
    }));
    return { sourceId: source.id, direction, base, outcomes, sessions };
  });
  return { counters: new Counters(length), bases };
}
