/**
 * Statuses of the daemon, each read once for all who ask at about the same time. However many pages ask, and however large
 * the status is, reading it takes a tenth of the daemon's time at most.
 */
import type { SessionCounts } from '../../counters/snapshot.js';
import type { Direction } from '../../plan/mirror-plan.js';
import type { DaemonLane, DaemonSession, DaemonSource, DaemonStatus, DaemonTarget } from './daemon-status.js';
import { ItemTexts, TextRoom } from './item-texts.js';

/** Engines tell their counters about four times a second. */
const LEAST_AGE_MS = 200;
/** A status is kept for so many times the time that it took to read. */
const AGE_BY_TIME = 10;

export class StatusReadings {
  readonly #read: () => DaemonStatus;
  readonly #now: () => number;
  #reading: StatusReading | undefined;
  #endMs = Number.NEGATIVE_INFINITY;
  /** Resources were changed since what depends on them was derived. */
  #isChanged = false;
  #forgotMs = Number.NEGATIVE_INFINITY;

  /** @param now monotonic, in milliseconds */
  constructor(read: () => DaemonStatus, now = () => performance.now()) {
    this.#read = read;
    this.#now = now;
  }

  /** The status of now, or of a moment ago. */
  read(): StatusReading {
    const startMs = this.#now();
    if (this.#reading !== undefined && startMs < this.#endMs) return this.#fresh(this.#reading, startMs);
    const reading = new StatusReading(this.#read(), Date.now());
    const endMs = this.#now();
    this.#reading = reading;
    this.#isChanged = false;
    this.#endMs = endMs + Math.max(LEAST_AGE_MS, AGE_BY_TIME * (endMs - startMs));
    return reading;
  }

  /** Says that resources were changed: a session that was just made is in the next lists, a share that was revoked is not. */
  changed(): void {
    this.#isChanged = true;
  }

  /** Changes one after the other do not make the lists anew each time. */
  #fresh(reading: StatusReading, nowMs: number): StatusReading {
    if (this.#isChanged && nowMs - this.#forgotMs >= LEAST_AGE_MS) {
      reading.forgetDerived();
      this.#isChanged = false;
      this.#forgotMs = nowMs;
    }
    return reading;
  }
}

/** One status, with ways to find what is in it. */
export class StatusReading {
  readonly status: DaemonStatus;
  /** When the counters were read: in seconds since the daemon started, and as a time. */
  readonly countersSeconds: number;
  readonly countersAt: string;
  readonly #sources: ReadonlyMap<string, DaemonSource>;
  readonly #lanes = new Map<string, DaemonLane[]>();
  readonly #sessions: ReadonlyMap<string, DaemonSession>;
  readonly #targets: ReadonlyMap<string, DaemonTarget>;
  readonly #counts = new Map<string, Partial<Record<Direction, SessionCounts>>>();
  readonly #room = new TextRoom();
  readonly #texts = new Map<string, ItemTexts>();
  /** What was derived of it, by name. */
  readonly #derived = new Map<string, unknown>();

  /** @param nowMs since 1970 */
  constructor(status: DaemonStatus, nowMs: number) {
    const ageMs = Math.max(0, ...status.engines.map(({ countersAgeMs }) => countersAgeMs ?? 0));
    this.status = status;
    this.countersSeconds = Math.round(status.uptimeSeconds * 1000 - ageMs) / 1000;
    this.countersAt = new Date(nowMs - ageMs).toISOString();
    this.#sources = new Map(status.sources.map((source) => [source.sourceId, source]));
    this.#sessions = new Map(status.sessions.map((session) => [session.sessionId, session]));
    this.#targets = new Map(status.targets.map((target) => [target.address, target]));
    for (const lane of status.lanes) {
      const lanes = this.#lanes.get(lane.sourceId);
      if (lanes === undefined) this.#lanes.set(lane.sourceId, [lane]);
      else lanes.push(lane);
      for (const counts of lane.sessions) {
        const both = this.#counts.get(counts.sessionId) ?? {};
        both[lane.direction] = counts;
        this.#counts.set(counts.sessionId, both);
      }
    }
  }

  source(id: string): DaemonSource | undefined {
    return this.#sources.get(id);
  }

  lanesOf(sourceId: string): readonly DaemonLane[] {
    return this.#lanes.get(sourceId) ?? [];
  }

  /** Undefined: no plan with it is applied yet. */
  session(id: string): DaemonSession | undefined {
    return this.#sessions.get(id);
  }

  countsOf(sessionId: string): Readonly<Partial<Record<Direction, SessionCounts>>> {
    return this.#counts.get(sessionId) ?? {};
  }

  /** Undefined: no engine sends to the address. */
  target(address: string): DaemonTarget | undefined {
    return this.#targets.get(address);
  }

  /** Texts of items. They are kept by the resources as they are, so that a change leaves the others. @param reader who sees them so */
  textsOf(reader: string): ItemTexts {
    const texts = this.#texts.get(reader) ?? new ItemTexts(this.#room);
    this.#texts.set(reader, texts);
    return texts;
  }

  /** What depends on resources too is derived anew. */
  forgetDerived(): void {
    this.#derived.clear();
  }

  /** Derives something once. @param name of what is derived, the same for the same */
  derive<Value>(name: string, make: () => Value): Value {
    if (!this.#derived.has(name)) this.#derived.set(name, make());
    return this.#derived.get(name) as Value;
  }
}
