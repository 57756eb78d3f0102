/** Feeds the engine's counters into the metrics of the accounts whose sessions they are. */
import { type NetworkMetrics, networkMetrics } from '../../counters/network-metrics.js';
import type { LaneCounts } from '../../counters/snapshot.js';
import { Increments } from './increments.js';
import { type MetricStore, MINUTE_MS } from './metric-store.js';
import { METRIC_NAMES, type PointValues, type Series } from './metrics.js';

/** As often as the engine tells: of a session that lives shorter, nobody can say whose it was. */
const SAMPLE_MS = 1000;
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

/** What was counted in a minute and is not on disk yet. */
interface Batch {
  readonly minute: number;
  /** By account and source. */
  readonly counts: Map<string, { readonly series: Series; readonly values: PointValues }>;
}

export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #increments = new Increments();
  readonly #timers: NodeJS.Timeout[];
  /** Of the last time: a session that was deleted since has its last counts told. */
  #owners = new Map<string, string>();
  #batch: Batch;
  /** Ends with the last batch that is on its way. Never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #isLosing = false;

  constructor(options: MetricRecorderOptions) {
    this.#options = options;
    this.#batch = this.#newBatch();
    this.#timers = [
      setInterval(() => this.sample(), SAMPLE_MS),
      setInterval(() => this.write(), WRITE_MS),
      setInterval(() => this.#cleanUp(), CLEAN_UP_MS),
    ].map((timer) => timer.unref());
  }

  /** Takes what was counted since the last time; the first time, since the daemon started. */
  sample(): void {
    if (this.#newBatch().minute !== this.#batch.minute) this.#send();
    const lanes = this.#increments.take(this.#options.counts());
    for (const [accountId, own] of byOwner(lanes, this.#ownersOf(lanes))) {
      for (const [sourceId, group] of bySource(own))
        this.#add({ accountId, sourceId }, valuesOf(networkMetrics(group)));
      this.#add({ accountId, sourceId: undefined }, valuesOf(networkMetrics(own)));
    }
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
    await this.write();
  }

  #newBatch(): Batch {
    return { minute: Math.floor(this.#options.now() / MINUTE_MS), counts: new Map() };
  }

  #add(series: Series, values: PointValues): void {
    const { counts } = this.#batch;
    const key = `${series.accountId} ${series.sourceId ?? ''}`;
    const before = counts.get(key)?.values ?? [];
    counts.set(key, { series, values: values.map((value, index) => value + (before[index] ?? 0)) });
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

  #ownersOf(lanes: readonly LaneCounts[]): ReadonlyMap<string, string> {
    const before = this.#owners;
    this.#owners = new Map();
    const all = new Map<string, string>();
    for (const { sessionId } of lanes.flatMap(({ sessions }) => sessions)) {
      const owner = this.#options.sessionOwner(sessionId);
      if (owner !== undefined) this.#owners.set(sessionId, owner);
      const known = owner ?? before.get(sessionId);
      if (known !== undefined) all.set(sessionId, known);
    }
    return all;
  }

  #cleanUp(): void {
    this.#options.store.removeOld().catch((error: Error) => this.#options.onLoss(error.message));
  }
}

/** The lanes of each account. What the ring dropped is of no session; it goes to the owner of the first. */
function byOwner(
  lanes: readonly LaneCounts[],
  owners: ReadonlyMap<string, string>,
): Map<string, LaneCounts[]> {
  const owned = new Map<string, LaneCounts[]>();
  for (const lane of lanes) {
    const accounts = new Set(lane.sessions.flatMap(({ sessionId }) => owners.get(sessionId) ?? []));
    for (const [index, accountId] of [...accounts].entries()) {
      const sessions = lane.sessions.filter(({ sessionId }) => owners.get(sessionId) === accountId);
      const own = { ...lane, ringDropped: index === 0 ? lane.ringDropped : 0, sessions };
      const others = owned.get(accountId);
      if (others === undefined) owned.set(accountId, [own]);
      else others.push(own);
    }
  }
  return owned;
}

function bySource(lanes: readonly LaneCounts[]): Map<string, LaneCounts[]> {
  const groups = new Map<string, LaneCounts[]>();
  for (const lane of lanes) {
    const group = groups.get(lane.sourceId);
    if (group === undefined) groups.set(lane.sourceId, [lane]);
    else group.push(lane);
  }
  return groups;
}

function valuesOf(metrics: NetworkMetrics): PointValues {
  return METRIC_NAMES.map((name) => metrics[name]);
}
