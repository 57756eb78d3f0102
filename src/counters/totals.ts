/**
 * Totals that never go back. An engine that is started again counts from zero; what the engines before it counted is
 * added here. So are the counts of removed sessions: the sums of a lane stay right when its sessions change.
 */
import { type LaneName, laneKey } from '../plan/lanes.js';
import type { Direction } from '../plan/mirror-plan.js';
import {
  type Amount,
  type LaneCounts,
  type LaneGauges,
  REMOVED_SESSIONS,
  type RuleCount,
  type SessionCounts,
} from './snapshot.js';
import { countsOf, LANE_COUNTS, SESSION_COUNTS } from './table.js';

/** Removed sessions of a lane that are named: clients of the control API may remove any number. */
const MAXIMUM_NAMED = 20;

/** Running totals over the lives of an engine. */
export class Totals {
  #retired: LaneCounts[] = [];
  /** By lane. */
  readonly #current = new Map<string, LaneCounts>();
  /** Lanes that were dropped, of which the running engine may still tell. */
  readonly #dropped = new Set<string>();

  /**
   * Sets the newest counts of some lanes of the running engine. Sessions that they lack were removed from its plan. They
   * keep their names until `keepOnly`: a session that the daemon's plan still has must not seem to begin anew.
   * @param gone lanes that were removed from it.
   */
  update(told: readonly LaneCounts[], gone: readonly LaneName[] = []): void {
    const lanes = told.filter((lane) => !this.#dropped.has(laneKey(lane)));
    for (const lane of gone) this.#dropped.delete(laneKey(lane));
    const before = [...lanes, ...gone].flatMap((lane) => this.#current.get(laneKey(lane)) ?? []);
    const ended = removed(before, lanes);
    if (ended.length > 0) this.#retired = mergeLanes(this.#retired, ended);
    for (const lane of gone) this.#current.delete(laneKey(lane));
    for (const lane of lanes) this.#current.set(laneKey(lane), lane);
  }

  /**
   * Keeps the counts of the plan's sessions by name. What earlier engines counted for other sessions is added up as
   * `REMOVED_SESSIONS`.
   * @param lanes the lanes and sessions of the plan.
   */
  keepOnly(
    lanes: readonly { sourceId: string; direction: Direction; sessionIds: readonly string[] }[],
  ): void {
    const kept = new Map(lanes.map((lane) => [laneKey(lane), lane.sessionIds]));
    this.#retired = this.#retired.map((lane) => foldSessions(lane, kept.get(laneKey(lane)) ?? []));
  }

  /** Keeps nothing of lanes: those of a source that came and went by itself. */
  drop(lanes: readonly LaneName[]): void {
    const keys = new Set(lanes.map(laneKey));
    this.#retired = this.#retired.filter((lane) => !keys.has(laneKey(lane)));
    for (const key of keys) if (this.#current.delete(key)) this.#dropped.add(key);
  }

  /** Counts lanes again that were dropped, and came back. */
  readmit(lanes: readonly LaneName[]): void {
    if (this.#dropped.size === 0) return;
    for (const lane of lanes) this.#dropped.delete(laneKey(lane));
  }

  /** The engine ended: what it counted last is kept, and the next one starts from zero. */
  retire(): void {
    this.#retired = this.read();
    this.#current.clear();
    this.#dropped.clear();
  }

  read(): LaneCounts[] {
    return mergeLanes(this.#retired, [...this.#current.values()]);
  }
}

/** Adds up counts lane by lane and session by session; lanes of either list are in the result. */
export function mergeLanes(before: readonly LaneCounts[], after: readonly LaneCounts[]): LaneCounts[] {
  const merged = new Map<string, LaneCounts>(before.map((lane) => [laneKey(lane), lane]));
  for (const lane of after) {
    const earlier = merged.get(laneKey(lane));
    merged.set(laneKey(lane), earlier === undefined ? lane : addLanes(earlier, lane));
  }
  return [...merged.values()];
}

/**
 * The gauges of each lane, of all engines that have a part of it, by `laneKey`: of fill and delay the largest, of the
 * bytes of their rings the sum.
 */
export function mergeGauges(gauges: readonly LaneGauges[]): ReadonlyMap<string, LaneGauges> {
  const merged = new Map<string, LaneGauges>();
  for (const lane of gauges) {
    const other = merged.get(laneKey(lane));
    merged.set(laneKey(lane), other === undefined ? lane : worseOf(lane, other));
  }
  return merged;
}

/** Adds up the sessions that are not listed as one session, `REMOVED_SESSIONS`. The sums of the lane stay as they were. */
export function foldSessions(lane: LaneCounts, sessionIds: readonly string[]): LaneCounts {
  const listed = new Set(sessionIds);
  const kept = lane.sessions.filter(({ sessionId }) => listed.has(sessionId));
  const gone = lane.sessions.filter(({ sessionId }) => !listed.has(sessionId));
  const [first, ...others] = gone;
  if (first === undefined) return lane;
  const isOld = ({ sessionId }: SessionCounts): boolean => sessionId === REMOVED_SESSIONS;
  const oldestFirst = [...gone.filter(isOld), ...gone.filter((session) => !isOld(session))];
  const sum = others.reduce(addSessions, first);
  // Rules of removed sessions are not kept: the list would only grow.
  const folded: SessionCounts = {
    ...sum,
    sessionId: REMOVED_SESSIONS,
    removedSessionIds: oldestFirst.reduce<readonly string[]>(addNames, []),
    rules: [],
    services: {},
  };
  return { ...lane, sessions: [...kept, folded] };
}

/** The names of removed sessions and those of another count. A name that comes again is the last one again. */
function addNames(
  before: readonly string[],
  { sessionId, removedSessionIds }: SessionCounts,
): readonly string[] {
  const added = sessionId === REMOVED_SESSIONS ? (removedSessionIds ?? []) : [sessionId];
  const names = new Set(added);
  return [...before.filter((name) => !names.has(name)), ...added].slice(-MAXIMUM_NAMED);
}

/** What `before` has and `after` does not. */
function removed(before: readonly LaneCounts[], after: readonly LaneCounts[]): LaneCounts[] {
  const remaining = new Map(after.map((lane) => [laneKey(lane), lane]));
  return before.flatMap((lane) => {
    const successor = remaining.get(laneKey(lane));
    if (successor === undefined) return [lane];
    const ids = new Set(successor.sessions.map(({ sessionId }) => sessionId));
    const sessions = lane.sessions.filter(({ sessionId }) => !ids.has(sessionId));
    return sessions.length === 0 ? [] : [{ ...zeroCounts(lane), sessions }];
  });
}

function zeroCounts({ sourceId, direction }: LaneCounts): LaneCounts {
  return {
    sourceId,
    direction,
    read: { packets: 0, bytes: 0 },
    ...countsOf(LANE_COUNTS, () => 0),
    unmirrored: {},
    latency: { microseconds: 0, blocks: {} },
    sessions: [],
  };
}

function addLanes(a: LaneCounts, b: LaneCounts): LaneCounts {
  const sessions = new Map<string, SessionCounts>(a.sessions.map((session) => [session.sessionId, session]));
  for (const session of b.sessions) {
    const earlier = sessions.get(session.sessionId);
    sessions.set(session.sessionId, earlier === undefined ? session : addSessions(earlier, session));
  }
  return {
    sourceId: a.sourceId,
    direction: a.direction,
    read: addAmounts(a.read, b.read),
    ...countsOf(LANE_COUNTS, (name) => a[name] + b[name]),
    unmirrored: addRecords(a.unmirrored, b.unmirrored, addNumbers),
    latency: {
      microseconds: a.latency.microseconds + b.latency.microseconds,
      blocks: addRecords(a.latency.blocks, b.latency.blocks, addNumbers),
    },
    sessions: [...sessions.values()],
  };
}

function addSessions(a: SessionCounts, b: SessionCounts): SessionCounts {
  return {
    sessionId: a.sessionId,
    ...(a.sessionId === REMOVED_SESSIONS && {
      removedSessionIds: [a, b].reduce<readonly string[]>(addNames, []),
    }),
    matched: addAmounts(a.matched, b.matched),
    mirrored: addAmounts(a.mirrored, b.mirrored),
    skipped: addRecords(a.skipped, b.skipped, addAmounts),
    ...countsOf(SESSION_COUNTS, (name) => a[name] + b[name]),
    rules: addRules(a.rules, b.rules),
    services: addRecords(a.services, b.services, addNumbers),
  };
}

/** A list, not an object: a rule's id is any text, `__proto__` too. */
function addRules(a: readonly RuleCount[], b: readonly RuleCount[]): RuleCount[] {
  const packets = new Map(a.map((rule) => [rule.ruleId, rule.packets]));
  for (const rule of b) packets.set(rule.ruleId, (packets.get(rule.ruleId) ?? 0) + rule.packets);
  return [...packets].map(([ruleId, count]) => ({ ruleId, packets: count }));
}

function addAmounts(a: Amount, b: Amount): Amount {
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}

function addNumbers(a: number, b: number): number {
  return a + b;
}

function addRecords<K extends string, V>(
  a: Partial<Record<K, V>>,
  b: Partial<Record<K, V>>,
  add: (x: V, y: V) => V,
): Partial<Record<K, V>> {
  const sum: Partial<Record<K, V>> = { ...a };
  for (const [key, value] of Object.entries(b) as [K, V][]) {
    const earlier = sum[key];
    sum[key] = earlier === undefined ? value : add(earlier, value);
  }
  return sum;
}

function worseOf(lane: LaneGauges, other: LaneGauges): LaneGauges {
  return {
    ...lane,
    ringFill: Math.max(lane.ringFill, other.ringFill),
    ringBytes: lane.ringBytes + other.ringBytes,
    ringWantedBytes: lane.ringWantedBytes + other.ringWantedBytes,
    behindSeconds: Math.max(lane.behindSeconds, other.behindSeconds),
  };
}
