/**
 * What was counted since the last look, session by session. Looks at every session of the engine once a second, so
 * it keeps numbers, not copies of counts.
 */
import { type LaneCounts, REMOVED_SESSIONS, type SessionCounts } from '../../counters/snapshot.js';
import { laneKey } from '../../plan/lanes.js';

/** Of a session in one direction; also what came on top of it. */
export interface Counted {
  mirroredPackets: number;
  mirroredBytes: number;
  skippedPackets: number;
  skippedBytes: number;
}

/** Takes an increment; the object is used again. */
export type TakeIncrement = (lane: LaneCounts, sessionId: string, increment: Readonly<Counted>) => void;

type Gone = [sessionId: string, counted: Counted];

const NOBODY: readonly Gone[] = [];

interface SeenLane {
  ringDropped: number;
  readonly sessions: Map<string, Counted>;
}

export class Increments {
  /** By direction and source, as they were at the last look. */
  readonly #seen = new Map<string, SeenLane>();
  readonly #total = nothing();
  readonly #increment = nothing();

  /**
   * Tells what came on top, session by session. Totals that went back were begun anew. What the ring dropped is of
   * no session, and is told as skipped by the first.
   * @param lanes running totals
   */
  take(lanes: readonly LaneCounts[], tell: TakeIncrement): void {
    for (const lane of lanes) {
      const key = laneKey(lane);
      const seen = this.#seen.get(key) ?? { ringDropped: 0, sessions: new Map() };
      this.#seen.set(key, seen);
      this.#takeLane(lane, seen, tell);
    }
  }

  #takeLane(lane: LaneCounts, seen: SeenLane, tell: TakeIncrement): void {
    const gone = takeGone(lane, seen);
    let ringDropped = since(lane.ringDropped, seen.ringDropped);
    seen.ringDropped = lane.ringDropped;
    for (const session of lane.sessions) {
      const before = seen.sessions.get(session.sessionId) ?? nothing();
      seen.sessions.set(session.sessionId, before);
      const isRemoved = session.sessionId === REMOVED_SESSIONS;
      // What sessions counted before they went has been told; the rest is told as that of the first of them.
      if (isRemoved) for (const [, counted] of gone) add(before, counted);
      const { sessionId } = session;
      const name = isRemoved ? (gone[0]?.[0] ?? sessionId) : sessionId;
      this.#advance(session, before);
      this.#increment.skippedPackets += ringDropped;
      ringDropped = 0;
      tell(lane, name, this.#increment);
    }
  }

  #advance(session: SessionCounts, before: Counted): void {
    const total = this.#total;
    total.mirroredPackets = session.mirrored.packets;
    total.mirroredBytes = session.mirrored.bytes;
    total.skippedPackets = 0;
    total.skippedBytes = 0;
    for (const { packets, bytes } of Object.values(session.skipped)) {
      total.skippedPackets += packets;
      total.skippedBytes += bytes;
    }
    const increment = this.#increment;
    increment.mirroredPackets = since(total.mirroredPackets, before.mirroredPackets);
    increment.mirroredBytes = since(total.mirroredBytes, before.mirroredBytes);
    increment.skippedPackets = since(total.skippedPackets, before.skippedPackets);
    increment.skippedBytes = since(total.skippedBytes, before.skippedBytes);
    Object.assign(before, total);
  }
}

/** The sessions that a lane no longer has, which are then forgotten. */
function takeGone({ sessions }: LaneCounts, seen: SeenLane): readonly Gone[] {
  const isSame =
    sessions.length === seen.sessions.size && sessions.every(({ sessionId }) => seen.sessions.has(sessionId));
  if (isSame) return NOBODY;
  const present = new Set(sessions.map(({ sessionId }) => sessionId));
  const gone = [...seen.sessions].filter(([sessionId]) => !present.has(sessionId));
  for (const [sessionId] of gone) seen.sessions.delete(sessionId);
  return gone;
}

function nothing(): Counted {
  return { mirroredPackets: 0, mirroredBytes: 0, skippedPackets: 0, skippedBytes: 0 };
}

function add(sum: Counted, counted: Counted): void {
  sum.mirroredPackets += counted.mirroredPackets;
  sum.mirroredBytes += counted.mirroredBytes;
  sum.skippedPackets += counted.skippedPackets;
  sum.skippedBytes += counted.skippedBytes;
}

function since(total: number, before: number): number {
  return total >= before ? total - before : total;
}
