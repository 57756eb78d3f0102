/**
 * Totals that never go back: an engine that starts again counts from zero, and what its forerunners counted
 * is added here. So is what sessions counted that are no more: a lane's sums hold whatever became of its sessions.
 */
import type { Direction } from '../plan/mirror-plan.js';
import {
  type Amount,
  type LaneCounts,
  laneName,
  REMOVED_SESSIONS,
  type RuleCount,
  type SessionCounts,
} from './snapshot.js';

/** Running totals over the lives of an engine. */
export class Totals {
  #retired: LaneCounts[] = [];
  #current: LaneCounts[] = [];

  /**
   * Takes the newest counts of the engine that runs. What is missing in them was taken out of its plan; it stays under
   * its own name until `keepOnly`, so that nobody sees a session begin anew that is still in the plan.
   */
  update(lanes: LaneCounts[]): void {
    this.#retired = mergeLanes(this.#retired, removed(this.#current, lanes));
    this.#current = lanes;
  }

  /** Adds up the sessions that are no more. @param lanes all that there are. */
  keepOnly(
    lanes: readonly { sourceId: string; direction: Direction; sessionIds: readonly string[] }[],
  ): void {
    const kept = new Map(lanes.map((lane) => [laneName(lane), lane.sessionIds]));
    this.#retired = this.#retired.map((lane) => foldSessions(lane, kept.get(laneName(lane)) ?? []));
  }

  /** The engine ended: what it counted last is kept, and the next one starts from zero. */
  retire(): void {
    this.#retired = this.read();
    this.#current = [];
  }

  read(): LaneCounts[] {
    return mergeLanes(this.#retired, this.#current);
  }
}

/** Adds up counts lane by lane and session by session; lanes of either list are in the result. */
export function mergeLanes(before: readonly LaneCounts[], after: readonly LaneCounts[]): LaneCounts[] {
  const merged = new Map<string, LaneCounts>(before.map((lane) => [laneName(lane), lane]));
  for (const lane of after) {
    const earlier = merged.get(laneName(lane));
    merged.set(laneName(lane), earlier === undefined ? lane : addLanes(earlier, lane));
  }
  return [...merged.values()];
}

/** The sessions that are not listed become one, `REMOVED_SESSIONS`; sums stay what they were. */
export function foldSessions(lane: LaneCounts, sessionIds: readonly string[]): LaneCounts {
  const listed = new Set(sessionIds);
  const kept = lane.sessions.filter(({ sessionId }) => listed.has(sessionId));
  const [first, ...others] = lane.sessions.filter(({ sessionId }) => !listed.has(sessionId));
  if (first === undefined) return lane;
  const sum = others.reduce(addSessions, first);
  // Of what is no more nobody asks by rule, and the list would only grow.
  const folded = { ...sum, sessionId: REMOVED_SESSIONS, rules: [], services: {} };
  return { ...lane, sessions: [...kept, folded] };
}

/** What `before` has and `after` does not. */
function removed(before: readonly LaneCounts[], after: readonly LaneCounts[]): LaneCounts[] {
  const remaining = new Map(after.map((lane) => [laneName(lane), lane]));
  return before.flatMap((lane) => {
    const successor = remaining.get(laneName(lane));
    if (successor === undefined) return [lane];
    const ids = new Set(successor.sessions.map(({ sessionId }) => sessionId));
    const sessions = lane.sessions.filter(({ sessionId }) => !ids.has(sessionId));
    return sessions.length === 0 ? [] : [{ ...nothing(lane), sessions }];
  });
}

function nothing({ sourceId, direction }: LaneCounts): LaneCounts {
  return {
    sourceId,
    direction,
    read: { packets: 0, bytes: 0 },
    ringDropped: 0,
    unmatched: 0,
    unparsable: 0,
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
    ringDropped: a.ringDropped + b.ringDropped,
    unmatched: a.unmatched + b.unmatched,
    unparsable: a.unparsable + b.unparsable,
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
    matched: addAmounts(a.matched, b.matched),
    mirrored: addAmounts(a.mirrored, b.mirrored),
    skipped: addRecords(a.skipped, b.skipped, addAmounts),
    segmented: a.segmented + b.segmented,
    segments: a.segments + b.segments,
    unsegmented: a.unsegmented + b.unsegmented,
    truncated: a.truncated + b.truncated,
    cut: a.cut + b.cut,
    fragmented: a.fragmented + b.fragmented,
    rules: addRules(a.rules, b.rules),
    services: addRecords(a.services, b.services, addNumbers),
  };
}

/** A list, since a rule's id is any text, and not all text is a good key of an object. */
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
