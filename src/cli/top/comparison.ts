/** Two statuses of one daemon, one after the other, and what happened between them. */
import type { LaneCounts, SessionCounts } from '../../counters/snapshot.js';
import { laneKey } from '../../plan/lanes.js';
import type { Status } from '../../status/status.js';

/** The key of a session in a lane. */
type SessionKey = string;

/** A status, and the rates since an earlier one. */
export class Comparison {
  readonly now: Status;
  readonly #seconds: number;
  readonly #lanes: ReadonlyMap<string, LaneCounts>;
  readonly #sessions: ReadonlyMap<SessionKey, SessionCounts>;
  readonly #before: Status | undefined;

  /** @param before undefined: there are no rates yet. The status of another daemon, or of one before its restart, has none. */
  constructor(now: Status, before: Status | undefined) {
    this.now = now;
    this.#before = before !== undefined && isSameDaemon(now, before) ? before : undefined;
    this.#seconds = this.#before === undefined ? 0 : now.uptimeSeconds - this.#before.uptimeSeconds;
    const lanes = this.#before?.lanes ?? [];
    this.#lanes = new Map(lanes.map((lane) => [laneKey(lane), lane]));
    this.#sessions = new Map(
      lanes.flatMap((lane) => lane.sessions.map((session) => [sessionKey(lane, session), session])),
    );
  }

  /** The rate of a counter of a lane. One that fell belongs to a lane that began anew, and has no rate. */
  ofLane(lane: LaneCounts, count: (lane: LaneCounts) => number): number | undefined {
    const before = this.#lanes.get(laneKey(lane));
    return this.rate(count(lane), before === undefined ? 0 : count(before));
  }

  /** The rate of a counter of a session in a lane. */
  ofSession(
    lane: LaneCounts,
    session: SessionCounts,
    count: (session: SessionCounts) => number,
  ): number | undefined {
    const before = this.sessionBefore(lane, session);
    return this.rate(count(session), before === undefined ? 0 : count(before));
  }

  /** The rate of what a worker read. */
  ofWorker(worker: number, readPackets: number): number | undefined {
    const before = this.#before?.engines.find((engine) => engine.worker === worker);
    return this.rate(readPackets, before?.readPackets ?? 0);
  }

  /** The sum of a rate over all sessions; those that have none add nothing. */
  overSessions(count: (session: SessionCounts) => number): number | undefined {
    if (this.#seconds <= 0) return undefined;
    return this.now.lanes
      .flatMap((lane) => lane.sessions.map((session) => this.ofSession(lane, session, count) ?? 0))
      .reduce((sum, rate) => sum + rate, 0);
  }

  /** The counts of a session in a lane in the earlier status. */
  sessionBefore(lane: LaneCounts, session: SessionCounts): SessionCounts | undefined {
    return this.#sessions.get(sessionKey(lane, session));
  }

  /** @returns what was added per second; undefined where there is no earlier status, or the counter began anew. */
  rate(now: number, before: number): number | undefined {
    return this.#seconds <= 0 || now < before ? undefined : (now - before) / this.#seconds;
  }
}

/** Copies that were skipped, for all reasons together. */
export function skippedPackets({ skipped }: SessionCounts): number {
  return Object.values(skipped).reduce((sum, { packets }) => sum + packets, 0);
}

function isSameDaemon(now: Status, before: Status): boolean {
  return (
    now.pid === before.pid && now.startedAt === before.startedAt && now.uptimeSeconds > before.uptimeSeconds
  );
}

function sessionKey(lane: LaneCounts, { sessionId }: SessionCounts): SessionKey {
  return `${laneKey(lane)} ${sessionId}`;
}
