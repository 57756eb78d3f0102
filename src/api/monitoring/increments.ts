/** What was counted since the last look, session by session: totals may lose sessions, increments do not. */
import type { Amount, LaneCounts, SessionCounts } from '../../counters/snapshot.js';

export class Increments {
  /** By place, as they were at the last look. */
  #seen = new Map<string, number>();

  /**
   * The lanes with what came on top. Totals that went back were begun anew.
   * @param lanes running totals
   */
  take(lanes: readonly LaneCounts[]): LaneCounts[] {
    const seen = new Map<string, number>();
    const since = (place: string, total: number): number => {
      seen.set(place, total);
      const before = this.#seen.get(place) ?? 0;
      return total >= before ? total - before : total;
    };
    const increments = lanes.map((lane) => laneIncrement(lane, since));
    this.#seen = seen;
    return increments;
  }
}

type Since = (place: string, total: number) => number;

function laneIncrement(lane: LaneCounts, since: Since): LaneCounts {
  const place = `${lane.direction} ${lane.sourceId}`;
  return {
    ...lane,
    ringDropped: since(place, lane.ringDropped),
    sessions: lane.sessions.map((session) =>
      sessionIncrement(session, `${place}/${session.sessionId}`, since),
    ),
  };
}

function sessionIncrement(session: SessionCounts, place: string, since: Since): SessionCounts {
  const amount = (name: string, { packets, bytes }: Amount): Amount => ({
    packets: since(`${place}/${name} packets`, packets),
    bytes: since(`${place}/${name} bytes`, bytes),
  });
  const skipped = Object.entries(session.skipped).map(([reason, counts]) => [reason, amount(reason, counts)]);
  return { ...session, mirrored: amount('mirrored', session.mirrored), skipped: Object.fromEntries(skipped) };
}
