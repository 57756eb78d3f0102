/** What was counted since the last look, session by session. */

import type { SkipReason } from '../../counters/skip-reason.js';
import {
  type Amount,
  type LaneCounts,
  REMOVED_SESSIONS,
  type SessionCounts,
} from '../../counters/snapshot.js';

export class Increments {
  /** By direction and source, as they were at the last look. */
  #seen = new Map<string, LaneCounts>();

  /**
   * The lanes with what came on top: frames mirrored, skipped, and dropped by the ring. Totals that went back
   * were begun anew.
   * @param lanes running totals
   */
  take(lanes: readonly LaneCounts[]): LaneCounts[] {
    const seen = this.#seen;
    this.#seen = new Map(lanes.map((lane) => [keyOf(lane), lane]));
    return lanes.map((lane) => laneIncrement(lane, seen.get(keyOf(lane))));
  }
}

function laneIncrement(lane: LaneCounts, before: LaneCounts | undefined): LaneCounts {
  const earlier = new Map((before?.sessions ?? []).map((session) => [session.sessionId, session]));
  const present = new Set(lane.sessions.map(({ sessionId }) => sessionId));
  const gone = [...earlier.values()].filter(({ sessionId }) => !present.has(sessionId));
  const sessions = lane.sessions.map((session) => {
    const own = earlier.get(session.sessionId);
    const known = own === undefined ? [] : [own];
    if (session.sessionId !== REMOVED_SESSIONS) return sessionIncrement(session, known);
    // What sessions counted before they went has been seen; the rest is told as that of the first of them.
    const { sessionId } = gone[0] ?? session;
    return { ...sessionIncrement(session, [...known, ...gone]), sessionId };
  });
  return { ...lane, ringDropped: since(lane.ringDropped, before?.ringDropped ?? 0), sessions };
}

function sessionIncrement(session: SessionCounts, before: readonly SessionCounts[]): SessionCounts {
  const increment = (pick: (counts: SessionCounts) => number): number =>
    since(
      pick(session),
      before.reduce((sum, earlier) => sum + pick(earlier), 0),
    );
  const amount = (pick: (counts: SessionCounts) => Amount | undefined): Amount => ({
    packets: increment((counts) => pick(counts)?.packets ?? 0),
    bytes: increment((counts) => pick(counts)?.bytes ?? 0),
  });
  const reasons = Object.keys(session.skipped) as SkipReason[];
  return {
    ...session,
    mirrored: amount(({ mirrored }) => mirrored),
    skipped: Object.fromEntries(reasons.map((reason) => [reason, amount(({ skipped }) => skipped[reason])])),
  };
}

function since(total: number, before: number): number {
  return total >= before ? total - before : total;
}

function keyOf({ direction, sourceId }: LaneCounts): string {
  return `${direction} ${sourceId}`;
}
