/** Feeds the engine's counters into the metrics of the accounts whose sessions they are. */
import type { LaneCounts } from '../../counters/snapshot.js';
import type { Direction } from '../../plan/mirror-plan.js';
import { type Counted, Increments } from './increments.js';
import { type MetricStore, MINUTE_MS } from './metric-store.js';
import { METRIC_NAMES, type Series } from './metrics.js';

/** As often as the engine tells: of a session that lives shorter, nobody can say whose it was. */
const SAMPLE_MS = 1000;
/** The share of time that samples may take: with very many sessions they are rarer. */
const SAMPLE_SHARE = 0.02;
/** What a kill can lose. */
const WRITE_MS = 10_000;
const CLEAN_UP_MS = 60 * 60 * 1000;

export interface MetricRecorderOptions {
  readonly store: MetricStore;
  /** Running totals. */
  readonly counts: () => readonly LaneCounts[];
  /** The account of a session; undefined: there is no such session. */
  readonly sessionOwner: (sessionId: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Points were lost. Told again only after some could be written. */
  readonly onLoss: (reason: string) => void;
}

/** Where a point holds each number. */
const PLACES: Readonly<Record<Direction, readonly (readonly [member: keyof Counted, index: number])[]>> = {
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

/** What was counted in a minute and is not on disk yet. */
interface Batch {
  readonly minute: number;
  /** By account and source. */
  readonly counts: Map<string, { readonly series: Series; readonly values: number[] }>;
}

export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #increments = new Increments();
  readonly #timers: NodeJS.Timeout[];
  #nextSample: NodeJS.Timeout | undefined;
  /**
   * Of the sessions that were told the last time. A deleted one stays while the engine still has it, and once more:
   * then its last counts are told.
   */
  #owners = new Map<string, string>();
  #batch: Batch;
  /** Ends with the last batch that is on its way. Never rejects. */
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

  /** Takes what was counted since the last time; the first time, since the daemon started. */
  sample(): void {
    if (this.#newBatch().minute !== this.#batch.minute) this.#send();
    const before = this.#owners;
    this.#owners = new Map();
    this.#increments.take(this.#options.counts(), ({ sourceId, direction }, sessionId, increment) => {
      const accountId = this.#options.sessionOwner(sessionId) ?? before.get(sessionId);
      if (accountId === undefined) return;
      this.#owners.set(sessionId, accountId);
      this.#add(accountId, sourceId, direction, increment);
      this.#add(accountId, undefined, direction, increment);
    });
  }

  /** Resolves when all that was counted is on disk, or lost. Never rejects. */
  write(): Promise<void> {
    this.sample();
    this.#send();
    return this.#writing;
  }

  /** Takes what was counted last. */
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
    return { minute: Math.floor(this.#options.now() / MINUTE_MS), counts: new Map() };
  }

  #add(
    accountId: string,
    sourceId: string | undefined,
    direction: Direction,
    increment: Readonly<Counted>,
  ): void {
    const key = sourceId === undefined ? accountId : `${accountId} ${sourceId}`;
    let entry = this.#batch.counts.get(key);
    if (entry === undefined) {
      entry = { series: { accountId, sourceId }, values: new Array(METRIC_NAMES.length).fill(0) };
      this.#batch.counts.set(key, entry);
    }
    for (const [member, index] of PLACES[direction])
      entry.values[index] = (entry.values[index] ?? 0) + increment[member];
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
