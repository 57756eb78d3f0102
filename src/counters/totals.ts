/**
 * Totals that never go back: an engine that starts again counts from zero, and what its forerunners counted
 * is added here.
 */
import type { Direction } from '../plan/mirror-plan.js';
import type { Amount, LaneCounts, SessionCounts } from './snapshot.js';

/** Running totals over the lives of an engine. */
export class Totals {
  #retired: LaneCounts[] = [];
  #current: LaneCounts[] = [];

  /** Takes the newest counts of the engine that runs. */
  update(lanes: LaneCounts[]): void {
    this.#current = lanes;
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
  const merged = new Map<string, LaneCounts>(before.map((lane) => [keyOf(lane), lane]));
  for (const lane of after) {
    const earlier = merged.get(keyOf(lane));
    merged.set(keyOf(lane), earlier === undefined ? lane : addLanes(earlier, lane));
  }
  return [...merged.values()];
}

function keyOf(lane: { sourceId: string; direction: Direction }): string {
  return `${lane.direction} ${lane.sourceId}`;
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
    unmirrored: addRecords(a.unmirrored, b.unmirrored, (x, y) => x + y),
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
  };
}

function addAmounts(a: Amount, b: Amount): Amount {
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
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
