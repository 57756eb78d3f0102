/** Feeds the engine's counters into the metrics of the accounts whose sessions they are. */
import { type NetworkMetrics, networkMetrics } from '../../counters/network-metrics.js';
import type { LaneCounts } from '../../counters/snapshot.js';
import { Increments } from './increments.js';
import { type MetricStore, MINUTE_MS } from './metric-store.js';
import { METRIC_NAMES, type PointValues } from './metrics.js';

/** Short against the minutes that points stand for; what a kill can lose. */
const SAMPLE_MS = 10_000;
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

export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #increments = new Increments();
  readonly #timers: NodeJS.Timeout[];
  /** Of the last time: a session that was deleted since has its last counts told. */
  #owners = new Map<string, string>();
  #sampling: Promise<void> | undefined;
  #isLosing = false;

  constructor(options: MetricRecorderOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.sample(), SAMPLE_MS),
      setInterval(() => this.#cleanUp(), CLEAN_UP_MS),
    ].map((timer) => timer.unref());
  }

  /** Takes what was counted since the last time; the first time, since the daemon started. Never rejects. */
  sample(): Promise<void> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = undefined;
    });
    return this.#sampling;
  }

  /** Takes what was counted last. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#sampling;
    await this.sample();
  }

  async #sample(): Promise<void> {
    const { store, counts, now } = this.#options;
    const minute = Math.floor(now() / MINUTE_MS);
    const totals = new Map<string, PointValues>();
    let loss = '';
    const add = async (
      accountId: string,
      sourceId: string | undefined,
      values: PointValues,
    ): Promise<void> => {
      try {
        if (!(await store.add({ accountId, sourceId }, minute, values))) loss = 'too many sources';
      } catch (error) {
        loss = error instanceof Error ? error.message : String(error);
      }
    };
    for (const { accountId, sourceId, values } of this.#bySource(this.#increments.take(counts()))) {
      totals.set(accountId, sum(totals.get(accountId), values));
      await add(accountId, sourceId, values);
    }
    for (const [accountId, values] of totals) await add(accountId, undefined, values);
    if (loss !== '' && !this.#isLosing) this.#options.onLoss(loss);
    this.#isLosing = loss !== '';
  }

  #bySource(lanes: readonly LaneCounts[]): { accountId: string; sourceId: string; values: PointValues }[] {
    const groups = new Map<string, { accountId: string; sourceId: string; lanes: LaneCounts[] }>();
    const owners = this.#ownersOf(lanes);
    for (const lane of lanes) {
      for (const [accountId, own] of byOwner(lane, owners)) {
        const { sourceId } = lane;
        const group = groups.get(`${accountId} ${sourceId}`) ?? { accountId, sourceId, lanes: [] };
        group.lanes.push(own);
        groups.set(`${accountId} ${sourceId}`, group);
      }
    }
    return [...groups.values()].map((group) => ({ ...group, values: valuesOf(networkMetrics(group.lanes)) }));
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

/** What the ring dropped is of no session; it goes to the owner of the first. */
function byOwner(lane: LaneCounts, owners: ReadonlyMap<string, string>): Map<string, LaneCounts> {
  const owned = new Map<string, LaneCounts>();
  for (const session of lane.sessions) {
    const accountId = owners.get(session.sessionId);
    if (accountId === undefined) continue;
    const ringDropped = owned.size === 0 ? lane.ringDropped : 0;
    const own = owned.get(accountId) ?? { ...lane, ringDropped, sessions: [] };
    owned.set(accountId, { ...own, sessions: [...own.sessions, session] });
  }
  return owned;
}

function valuesOf(metrics: NetworkMetrics): PointValues {
  return METRIC_NAMES.map((name) => metrics[name]);
}

function sum(before: PointValues | undefined, values: PointValues): PointValues {
  return values.map((value, index) => value + (before?.[index] ?? 0));
}
