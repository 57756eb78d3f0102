/** The index of each lane, session and outcome in the block of counters, and how counts move to another layout. */
import { type Outcome, sessionOutcomes } from '../match/verdict.js';
import { type LaneName, type LanePlan, laneKey } from '../plan/lanes.js';
import type { Direction, SessionPlan } from '../plan/mirror-plan.js';
import { Counters } from './counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from './layout.js';

/** Where the counters of a session lie. */
export interface SessionBases {
  readonly sessionId: string;
  /** Index of its first counter. */
  readonly base: number;
  /** Sessions with the same rules may share the list. */
  readonly outcomes: readonly Outcome[];
  /** Index of the counter of the first outcome. Those of the others follow it. */
  readonly outcomesBase: number;
}

/** The outcomes of a session of a plan. */
export type OutcomesOf = (
  session: SessionPlan,
  sessionIndex: number,
  direction: Direction,
) => readonly Outcome[];

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
  const bases = lanes.map((lane): LaneBases => {
    const laneBases = layOutLane(lane, length);
    length = endOf(laneBases);
    return laneBases;
  });
  return { counters: new Counters(length), bases };
}

/** Lays the counters of a lane out in one piece. @param base where it begins; at 0, `endOf` is its length. */
export function layOutLane(
  { source, direction }: LanePlan,
  base: number,
  outcomesOf: OutcomesOf = sessionOutcomes,
): LaneBases {
  const outcomesBase = base + LANE_LENGTH + source.sessions.length * SESSION_LENGTH;
  let next = outcomesBase;
  const sessions = source.sessions.map((session, index): SessionBases => {
    const outcomes = outcomesOf(session, index, direction);
    const first = next;
    next += outcomes.length;
    const sessionBase = base + LANE_LENGTH + index * SESSION_LENGTH;
    return { sessionId: session.id, base: sessionBase, outcomes, outcomesBase: first };
  });
  return { sourceId: source.id, direction, base, outcomesBase, sessions };
}

/** Index behind the last counter of a lane. */
export function endOf({ outcomesBase, sessions }: LaneBases): number {
  return sessions.reduce((end, session) => end + session.outcomes.length, outcomesBase);
}

/** The same lane in another piece. */
export function moveTo(lane: LaneBases, base: number): LaneBases {
  const by = base - lane.base;
  const sessions = lane.sessions.map((session) => ({
    ...session,
    base: session.base + by,
    outcomesBase: session.outcomesBase + by,
  }));
  return { ...lane, base, outcomesBase: lane.outcomesBase + by, sessions };
}

/** Copies the counts of each lane, session and outcome that is in both blocks; the others stay as they are. */
export function carryOver(from: CountedBlock, to: CountedBlock): void {
  const copy = (length: number, source: number, destination: number): void =>
    to.values.set(from.values.subarray(source, source + length), destination);
  const lanes = new Map(from.lanes.map((lane) => [laneKey(lane), lane]));
  const placesIn = rememberedPlaces();
  for (const lane of to.lanes) {
    const earlier = lanes.get(laneKey(lane));
    if (earlier === undefined) continue;
    copy(LANE_LENGTH, earlier.base, lane.base);
    const sessions = new Map(earlier.sessions.map((session) => [session.sessionId, session]));
    for (const session of lane.sessions) {
      const earlierSession = sessions.get(session.sessionId);
      if (earlierSession === undefined) continue;
      copy(SESSION_LENGTH, earlierSession.base, session.base);
      const places = placesIn(earlierSession.outcomes, session.outcomes);
      for (const [index, place] of places.entries()) {
        if (place >= 0) copy(1, earlierSession.outcomesBase + place, session.outcomesBase + index);
      }
    }
  }
}

/** Where each outcome stood in the list before, or -1. The same two lists are compared once, however many sessions have them. */
function rememberedPlaces(): (before: readonly Outcome[], after: readonly Outcome[]) => readonly number[] {
  const known = new Map<readonly Outcome[], Map<readonly Outcome[], readonly number[]>>();
  return (before, after) => {
    const ofBefore = known.get(before) ?? new Map<readonly Outcome[], readonly number[]>();
    known.set(before, ofBefore);
    const remembered = ofBefore.get(after);
    if (remembered !== undefined) return remembered;
    const names = before.map(outcomeName);
    const places = after.map((outcome) => names.lastIndexOf(outcomeName(outcome)));
    ofBefore.set(after, places);
    return places;
  };
}

/** Tells the outcomes of a session apart. */
export function outcomeName(outcome: Outcome): string {
  return outcome.kind === 'rule' ? `rule ${outcome.ruleId}` : `service ${outcome.service}`;
}
