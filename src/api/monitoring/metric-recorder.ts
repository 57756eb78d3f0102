/** Records the engine's counters as metrics of the accounts that own the sessions. */
import { type LaneCounts, REMOVED_SESSIONS, type SessionCounts } from '../../counters/snapshot.js';
import { laneKey } from '../../plan/lanes.js';
import type { Direction } from '../../plan/mirror-plan.js';
import { type MetricStore, MINUTE_MS } from './metric-store.js';
import { type Dimension, METRIC_NAMES, type Series, seriesKey, seriesOf } from './metrics.js';

/** The engine updates its counters as often. The owner of a session that lives shorter than that stays unknown. */
const SAMPLE_MS = 1000;
/** The share of time that samples may take. With very many sessions there are fewer samples. */
const SAMPLE_SHARE = 0.02;
/** A kill loses at most the counts of this time. */
const WRITE_MS = 10_000;
const CLEAN_UP_MS = 60 * 60 * 1000;

export interface MetricRecorderOptions {
  readonly store: MetricStore;
  /** Running totals. */
  readonly counts: () => readonly LaneCounts[];
  /** The account of a session; undefined: there is no such session. */
  readonly sessionOwner: (sessionId: string) => string | undefined;
  /** The dimensions in which a source counts, beside the total of its account. */
  readonly dimensionsOf: (sourceId: string) => readonly Dimension[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when points were lost, and again only after points could be written. */
  readonly onLoss: (reason: string) => void;
}

/** The counts of a session in one direction, or an increment of them. */
interface Counted {
  mirroredPackets: number;
  mirroredBytes: number;
  skippedPackets: number;
  skippedBytes: number;
}

/** Called with an increment. The object is reused for the next one. */
type OnIncrement = (lane: LaneCounts, sessionId: string, increment: Readonly<Counted>) => void;

/** A session that a lane no longer has. */
type Gone = [sessionId: string, counted: Counted];

/** The totals of a lane at the last sample. */
interface SeenLane {
  ringDropped: number;
  readonly sessions: Map<string, Counted>;
}

interface CountedSeries {
  readonly series: Series;
  readonly values: number[];
}

/** The counts of a minute that are not written yet. */
interface Batch {
  readonly minute: number;
  /** By the key of the series. */
  readonly counts: Map<string, CountedSeries>;
  /** By account and source: a source has several sessions. */
  readonly bySource: Map<string, readonly CountedSeries[]>;
}

/** The indexes of the counts in a point. */
const POINT_INDEXES: Readonly<
  Record<Direction, readonly (readonly [member: keyof Counted, index: number])[]>
> = {
  ingress: [
    ['mirroredBytes', METRIC_NAMES.indexOf('NetworkMirrorIn')],
    ['mirroredPackets', METRIC_NAMES.indexOf('NetworkPacketsMirrorIn')],
    ['skippedBytes', METRIC_NAMES.indexOf('NetworkSkipMirrorIn')],
    ['skippedPackets', METRIC_NAMES.indexOf('NetworkPacketsSkipMirrorIn')],
  ],
  egress: [
    ['mirroredBytes', METRIC_NAMES.indexOf('NetworkMirrorOut')],
    ['mirroredPackets', METRIC_NAMES.indexOf('NetworkPacketsMirrorOut')],
    ['skippedBytes', METRIC_NAMES.indexOf('NetworkSkipMirrorOut')],
    ['skippedPackets', METRIC_NAMES.indexOf('NetworkPacketsSkipMirrorOut')],
  ],
};

const NONE_GONE: readonly Gone[] = [];

export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #increments = new Increments();
  readonly #timers: NodeJS.Timeout[];
  #nextSample: NodeJS.Timeout | undefined;
  /**
   * The owners of sessions at the last sample. A deleted session stays while the engine still has it, and for one sample
   * more: the last counts go to its owner.
   */
  #owners = new Map<string, string>();
  #batch: Batch;
  /** Resolves when all batches that were sent are written. Never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #isLosing = false;

  constructor(options: MetricRecorderOptions) {
    this.#options = options;
    this.#batch = this.#newBatch();
    this.#timers = [
      setInterval(() => this.write(), WRITE_MS),
      setInterval(() => this.#cleanUp(), CLEAN_UP_MS),
    ].map((timer) => timer.unref());
    this.#scheduleSample(SAMPLE_MS);
  }

  /** Adds what was counted since the last sample; the first sample, since the start of the daemon. */
  sample(): void {
    if (this.#newBatch().minute !== this.#batch.minute) this.#send();
    const before = this.#owners;
    this.#owners = new Map();
    this.#increments.sample(this.#options.counts(), ({ sourceId, direction }, sessionId, increment) => {
      const accountId = this.#options.sessionOwner(sessionId) ?? before.get(sessionId);
      if (accountId === undefined) return;
      this.#owners.set(sessionId, accountId);
      const indexes = POINT_INDEXES[direction];
      for (const { values } of this.#seriesOf(accountId, sourceId)) {
        for (const [member, index] of indexes) values[index] = (values[index] ?? 0) + increment[member];
      }
    });
  }

  /** Writes what was counted. Resolves when it is on disk, or lost. Never rejects. */
  write(): Promise<void> {
    this.sample();
    this.#send();
    return this.#writing;
  }

  /** Stops, after a last sample. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#nextSample);
    await this.write();
  }

  #scheduleSample(delayMs: number): void {
    this.#nextSample = setTimeout(() => {
      const startedMs = performance.now();
      this.sample();
      this.#scheduleSample(Math.max(SAMPLE_MS, (performance.now() - startedMs) / SAMPLE_SHARE));
    }, delayMs).unref();
  }

  #newBatch(): Batch {
    return { minute: Math.floor(this.#options.now() / MINUTE_MS), counts: new Map(), bySource: new Map() };
  }

  /** The counts of this batch in which a source counts: of the account, and of each of its dimensions. */
  #seriesOf(accountId: string, sourceId: string): readonly CountedSeries[] {
    const { counts, bySource } = this.#batch;
    const source = `${accountId} ${sourceId}`;
    let found = bySource.get(source);
    if (found !== undefined) return found;
    found = [undefined, ...this.#options.dimensionsOf(sourceId)].map((dimension) => {
      const series = seriesOf(accountId, dimension);
      const key = seriesKey(series);
      const entry = counts.get(key) ?? { series, values: new Array(METRIC_NAMES.length).fill(0) };
      counts.set(key, entry);
      return entry;
    });
    bySource.set(source, found);
    return found;
  }

  #send(): void {
    const batch = this.#batch;
    this.#batch = this.#newBatch();
    this.#writing = this.#writing.then(() => this.#write(batch));
  }

  async #write({ minute, counts }: Batch): Promise<void> {
    const { store, onLoss } = this.#options;
    let loss = '';
    for (const { series, values } of counts.values()) {
      try {
        if (!(await store.add(series, minute, values))) loss = 'too many sources';
      } catch (error) {
        loss = error instanceof Error ? error.message : String(error);
      }
    }
    if (loss !== '' && !this.#isLosing) onLoss(loss);
    this.#isLosing = loss !== '';
  }

  #cleanUp(): void {
    this.#options.store.removeOld().catch((error: Error) => this.#options.onLoss(error.message));
  }
}

/**
 * The increments of counters since the last sample. Looks at every session of the engine once a second, so it keeps
 * numbers, not copies of counts.
 */
class Increments {
  /** Lanes by direction and source. */
  readonly #seen = new Map<string, SeenLane>();
  readonly #total = zeros();
  readonly #increment = zeros();

  /**
   * Gives the increment of each session. A total that went back has been reset. Frames that the ring dropped belong to
   * no session; they count as skipped by the first one.
   * @param lanes running totals
   */
  sample(lanes: readonly LaneCounts[], onIncrement: OnIncrement): void {
    for (const lane of lanes) {
      const key = laneKey(lane);
      const seen = this.#seen.get(key) ?? { ringDropped: 0, sessions: new Map() };
      this.#seen.set(key, seen);
      this.#sampleLane(lane, seen, onIncrement);
    }
  }

  #sampleLane(lane: LaneCounts, seen: SeenLane, onIncrement: OnIncrement): void {
    const gone = forgetGone(lane, seen);
    let ringDropped = since(lane.ringDropped, seen.ringDropped);
    seen.ringDropped = lane.ringDropped;
    for (const session of lane.sessions) {
      const before = seen.sessions.get(session.sessionId) ?? zeros();
      seen.sessions.set(session.sessionId, before);
      const isRemoved = session.sessionId === REMOVED_SESSIONS;
      // The total of removed sessions holds counts that were already given; the rest counts for the first of them.
      if (isRemoved) for (const [, counted] of gone) add(before, counted);
      const { sessionId } = session;
      const name = isRemoved ? (gone[0]?.[0] ?? sessionId) : sessionId;
      this.#update(session, before);
      this.#increment.skippedPackets += ringDropped;
      ringDropped = 0;
      onIncrement(lane, name, this.#increment);
    }
  }

  #update(session: SessionCounts, before: Counted): void {
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

/** Forgets the sessions that a lane no longer has. @returns them */
function forgetGone({ sessions }: LaneCounts, seen: SeenLane): readonly Gone[] {
  const isSame =
    sessions.length === seen.sessions.size && sessions.every(({ sessionId }) => seen.sessions.has(sessionId));
  if (isSame) return NONE_GONE;
  const present = new Set(sessions.map(({ sessionId }) => sessionId));
  const gone = [...seen.sessions].filter(([sessionId]) => !present.has(sessionId));
  for (const [sessionId] of gone) seen.sessions.delete(sessionId);
  return gone;
}

function zeros(): Counted {
  return { mirroredPackets: 0, mirroredBytes: 0, skippedPackets: 0, skippedBytes: 0 };
}

function add(sum: Counted, counted: Counted): void {
  sum.mirroredPackets += counted.mirroredPackets;
  sum.mirroredBytes += counted.mirroredBytes;
  sum.skippedPackets += counted.skippedPackets;
  sum.skippedBytes += counted.skippedBytes;
}

/** @param before total at the last sample */
function since(total: number, before: number): number {
  return total >= before ? total - before : total;
}
