/** The counters of an engine's lanes: one block, in which each lane has a piece. A change moves the lanes that it touches. */
import { CounterSpace } from '../counters/counter-space.js';
import type { Counters } from '../counters/counters.js';
import {
  carryOver,
  endOf,
  type LaneBases,
  layOutLane,
  moveTo,
  type OutcomesOf,
  outcomeName,
} from '../counters/lane-bases.js';
import { type LaneCounts, readLane } from '../counters/snapshot.js';
import { type Outcome, sessionOutcomes } from '../match/verdict.js';
import { type LaneName, type LanePlan, laneKey } from '../plan/lanes.js';
import type { RulePlan } from '../plan/mirror-plan.js';

/** What a change did to the layout. */
export interface LayoutChange {
  /** Where the lanes lie that are new or lie elsewhere now. */
  readonly put: readonly LaneBases[];
  /** Lanes that are no more. */
  readonly removed: readonly LaneName[];
  /** The last counts of the lanes that are no more, or have lost a session. The others go on counting from theirs. */
  readonly last: readonly LaneCounts[];
}

export class CountedLanes {
  readonly #counters: Counters;
  readonly #space = new CounterSpace();
  readonly #lanes = new Map<string, LaneBases>();
  /** By the list of rules, which sessions of the same filter share: outcomes by what else they are made of. */
  readonly #outcomes = new WeakMap<readonly RulePlan[], Map<string, readonly Outcome[]>>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /**
   * Takes a piece for a lane; until `commit`, the lane goes on in the one that it has. A lane that counts the same as
   * before stays in it: most changes of a rule do not change what is counted.
   */
  take(lane: LanePlan): LaneBases {
    const bases = layOutLane(lane, 0, this.#outcomesOf);
    const before = this.#lanes.get(laneKey(bases));
    if (before !== undefined && isAlike(before, bases)) return before;
    return moveTo(bases, this.#space.take(endOf(bases)));
  }

  readonly #outcomesOf: OutcomesOf = (session, sessionIndex, direction) => {
    const rules = session.rules[direction];
    const lists = this.#outcomes.get(rules) ?? new Map<string, readonly Outcome[]>();
    this.#outcomes.set(rules, lists);
    const key = `${sessionIndex} ${session.amazonDns}`;
    const outcomes = lists.get(key) ?? sessionOutcomes(session, sessionIndex, direction);
    lists.set(key, outcomes);
    return outcomes;
  };

  /** Gives pieces back that were taken and are not to be used. */
  giveBack(lanes: readonly LaneBases[]): void {
    for (const lane of lanes) {
      if (this.#lanes.get(laneKey(lane)) !== lane) this.#space.give(lane.base, endOf(lane) - lane.base);
    }
  }

  /**
   * Goes over to the pieces of lanes that are new or changed, with the counts so far, and leaves those of lanes that are
   * no more. The block may be another one afterwards.
   * @param lanes all lanes of those sources. @param sourceIds of all sources that are changed or no more.
   */
  commit(lanes: readonly LaneBases[], sourceIds: ReadonlySet<string>): LayoutChange {
    const after = new Map(lanes.map((lane) => [laneKey(lane), lane]));
    const before = [...this.#lanes.values()].filter(
      (lane) => sourceIds.has(lane.sourceId) && after.get(laneKey(lane)) !== lane,
    );
    const put = lanes.filter((lane) => this.#lanes.get(laneKey(lane)) !== lane);
    const last = before
      .filter((lane) => lacksSession(after.get(laneKey(lane)), lane))
      .map((lane) => readLane(this.#counters.values, lane));
    this.#grow();
    const { values } = this.#counters;
    carryOver({ values, lanes: before }, { values, lanes: put });
    for (const lane of before) {
      values.fill(0, lane.base, endOf(lane));
      this.#lanes.delete(laneKey(lane));
    }
    this.giveBack(before);
    for (const lane of put) this.#lanes.set(laneKey(lane), lane);
    const removed = before
      .filter((lane) => !this.#lanes.has(laneKey(lane)))
      .map(({ sourceId, direction }) => ({ sourceId, direction }));
    return { put, removed, last };
  }

  /** Half more than is needed: most changes need no new block. */
  #grow(): void {
    const { values } = this.#counters;
    if (this.#space.length <= values.length) return;
    const grown = new Float64Array(Math.ceil(1.5 * this.#space.length));
    grown.set(values);
    this.#counters.values = grown;
  }
}

function lacksSession(after: LaneBases | undefined, before: LaneBases): boolean {
  const ids = new Set(after?.sessions.map(({ sessionId }) => sessionId));
  return after === undefined || before.sessions.some(({ sessionId }) => !ids.has(sessionId));
}

/** Whether two lanes have the same counters in the same order. */
function isAlike(a: LaneBases, b: LaneBases): boolean {
  return (
    a.sessions.length === b.sessions.length &&
    a.sessions.every(({ sessionId, outcomes }, index) => {
      const other = b.sessions[index];
      return sessionId === other.sessionId && haveSameNames(outcomes, other.outcomes);
    })
  );
}

function haveSameNames(a: readonly Outcome[], b: readonly Outcome[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((outcome, index) => outcomeName(outcome) === outcomeName(b[index]));
}
