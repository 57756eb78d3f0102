/**
 * The engine: turns plans into lanes that mirror, and publishes counters. All other work is done in `#turn`, which the
 * backend's loop calls between frames: a few times a second when idle, every few milliseconds under load.
 */

import { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/lane-bases.js';
import { outerSource } from '../encapsulate/build-outer-header.js';
import { packetLength } from '../encapsulate/outer-header.js';
import type { Backend, LaneOptions } from '../io/backend.js';
import { openBackend } from '../io/backends.js';
import { limitsOf, type PlannedLimits, RateLimits } from '../io/limits.js';
import { Slices } from '../io/slices.js';
import { buildMirror } from '../mirror/build-mirror.js';
import { LoopGuard } from '../mirror/loop-guard.js';
import type { Mirror } from '../mirror/mirror.js';
import { avoidAddresses, type SinkOf } from '../mirror/session-target.js';
import { CopyTaps } from '../peek/copy-taps.js';
import type { PeekOrder } from '../peek/peek-order.js';
import type { LanePlan } from '../plan/lanes.js';
import type { EngineOptions } from '../plan/mirror-plan.js';
import { type PlanChange, type PlannedSource, sourcesIn } from '../plan/plan-change.js';
import { CountedLanes } from './counted-lanes.js';
import type { DaemonLink, PlanEvent } from './daemon-link.js';
import { FilterCache } from './filter-cache.js';
import { LaneWalk } from './lane-walk.js';
import { SharedCounters } from './shared-counters.js';
import { TargetNews } from './target-news.js';

/** How long frames may delay the other work. */
const ROUND_MS = 5;
/** Reading and publishing the counters takes one part of so many of the time, at most. */
const TURN_SHARE = 20;
const LONGEST_TURN_INTERVAL_MS = 200;
const SEND_ERROR_INTERVAL_MS = 200;

export class Engine {
  /** Tells the backend how targets are reached. */
  readonly targets = new TargetNews();
  readonly #daemon: DaemonLink;
  readonly #counters = new Counters(0);
  readonly #counted = new CountedLanes(this.#counters);
  #shared: SharedCounters | undefined;
  #backend: Backend | undefined;
  /** By source. */
  readonly #mirrors = new Map<string, readonly PreparedLane[]>();
  readonly #taps: CopyTaps;
  /** The running plan: its sources by id, and its options. */
  readonly #sources = new Map<string, PlannedSource>();
  #engine: EngineOptions | undefined;
  readonly #filters = new FilterCache();
  readonly #slices = new Slices();
  /** Gives lanes the taps of the last order. */
  readonly #tapWalk = new LaneWalk(
    this.#slices,
    () => [...this.#mirrors.values()].flat(),
    (lane) => this.#tap(lane),
  );
  readonly #loopGuard = new LoopGuard([]);
  /** Number of the layout of the counters. */
  #layout = 0;
  readonly #rates = new RateLimits(this.#counters);
  #avoided: ReadonlySet<string> = new Set();
  /** Plans are applied one after the other. */
  #applying: Promise<void> = Promise.resolve();
  #lastTurnMs = 0;
  #turnIntervalMs = ROUND_MS;
  #postedErrorsMs = 0;
  /** The emissions that were posted last, as JSON. */
  #postedEmissions = '';
  #stopped = false;

  constructor(daemon: DaemonLink) {
    this.#daemon = daemon;
    this.#taps = new CopyTaps((memory) => daemon.post({ type: 'copies', ...(memory && { memory }) }));
  }

  /**
   * Goes over to a plan, and reports `applied` or `refused`.
   * @throws what the backend throws when the first plan cannot be run: nothing runs then. BrokenPlanError.
   */
  apply(event: PlanEvent): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(event));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  /** Sets which addresses load balancers avoid. */
  avoidTargets(avoided: readonly string[]): void {
    this.#avoided = new Set(avoided);
    for (const lanes of this.#mirrors.values()) for (const { mirror } of lanes) this.#skipAvoided(mirror);
  }

  /** Sets which copies are wanted by those who peek; undefined: nobody does. To be called between frames. */
  peek(wanted: PeekOrder | undefined): void {
    this.#taps.set(wanted);
    void this.#tapWalk.start();
  }

  /** Mirrors what was captured, then stops. */
  finish(): void {
    if (this.#backend === undefined) this.stop();
    else this.#backend.drain(() => this.stop());
  }

  /** Stops capturing, publishes the last counts and lets the process end. May be called between frames. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const closed = this.#backend?.close();
    this.#publish();
    this.#taps.turn();
    this.#daemon.post({ type: 'final' });
    void Promise.resolve(closed).then(() => this.#daemon.post({ type: 'stopped' }));
  }

  async #apply(event: PlanEvent): Promise<void> {
    const { generation } = event;
    const isFirst = this.#backend === undefined;
    try {
      await this.#change(event);
    } catch (error) {
      if (isFirst || error instanceof BrokenPlanError) throw error;
      this.#daemon.report({ type: 'refused', generation, reason: (error as Error).message });
      return;
    }
    if (!this.#stopped) this.#daemon.report({ type: 'applied', generation });
  }

  async #change({ change, routes }: PlanEvent): Promise<void> {
    const backend =
      this.#backend ??
      (await openBackend(change.io, {
        counters: this.#counters,
        worker: change.worker,
        nextHops: this.targets.nextHops,
        onRound: () => this.#round(),
      }));
    if (this.#stopped) return void backend.close();
    this.#backend = backend;
    this.targets.use(backend.targets, routes);
    const { engine, targetAddresses } = change;
    const planned = this.#plannedAnew(change);
    const touched = new Set([...change.removed, ...planned.map(({ source }) => source.id)]);
    const before = [...touched].flatMap((id) => this.#sources.get(id) ?? []);
    const lanes: PreparedLane[] = [];
    const rates = this.#rates.next(touched);
    let isCommitted = false;
    try {
      await this.#slices.each(lanesIn(planned), (lane) =>
        lanes.push(this.#prepare(lane, engine, backend, rates)),
      );
      if (this.#stopped) return;
      const put = lanes.map(({ options }) => options);
      await backend.changeLanes(
        { put, before: before.map(({ source }) => source), engine, targetAddresses },
        () => {
          isCommitted = true;
          rates.commit();
          for (const id of touched) this.#sources.delete(id);
          for (const of of planned) this.#sources.set(of.source.id, of);
          for (const { mirror } of lanes) this.#skipAvoided(mirror);
          this.#adoptMirrors(touched, lanes);
          this.#engine = engine;
          this.#loopGuard.setTargets(targetAddresses);
          this.#filters.keepOnly(lanesIn(this.#sources.values()));
          this.#changeLayout(
            put.map(({ bases }) => bases),
            touched,
          );
        },
      );
    } catch (error) {
      // It runs in part: only an engine that begins anew can mend that.
      if (isCommitted) throw new BrokenPlanError((error as Error).message, { cause: error });
      this.#counted.giveBack(lanes.map(({ options }) => options.bases));
      this.#filters.keepOnly(lanesIn(this.#sources.values()));
      throw error;
    }
  }

  /** The sources of which lanes are made anew: those of the change, or all when every copy is sent another way. */
  #plannedAnew(change: PlanChange): PlannedSource[] {
    const planned = sourcesIn(change, this.#filters.intern);
    if (this.#engine === undefined || JSON.stringify(this.#engine) === JSON.stringify(change.engine)) {
      return planned;
    }
    const changed = new Set([...change.removed, ...planned.map(({ source }) => source.id)]);
    return [...planned, ...[...this.#sources.values()].filter(({ source }) => !changed.has(source.id))];
  }

  #prepare(lane: LanePlan, engine: EngineOptions, backend: Backend, rates: PlannedLimits): PreparedLane {
    const { id: sourceId, address } = lane.source;
    const { direction } = lane;
    const filter = this.#filters.of(lane);
    const bases = this.#counted.take(lane);
    const sinkOf: SinkOf = (target, encapsulation, session) =>
      rates.limit(
        backend.sinkOf(engine, encapsulation, outerSource(address, target), target),
        sourceId,
        limitsOf(engine, lane.source, session),
        packetLength(encapsulation, target, 0),
      );
    const mirror = buildMirror(lane, filter, this.#counters, bases, sinkOf, this.#loopGuard);
    const options: LaneOptions = {
      lane,
      bases,
      filter,
      consumer: mirror,
      onCondition: (condition) => this.#daemon.report({ type: 'lane', sourceId, direction, ...condition }),
    };
    return { options, mirror };
  }

  #adoptMirrors(touched: ReadonlySet<string>, lanes: readonly PreparedLane[]): void {
    for (const id of touched) this.#mirrors.delete(id);
    for (const lane of lanes) {
      const { id } = lane.options.lane.source;
      this.#mirrors.set(id, [...(this.#mirrors.get(id) ?? []), lane]);
      this.#tap(lane);
    }
  }

  #tap({ options, mirror }: PreparedLane): void {
    mirror.tap = this.#taps.of(options.lane, options.filter.outcomes);
  }

  /** Counts of lanes that change are told once more, as they were in the layout before. */
  #changeLayout(bases: readonly LaneBases[], touched: ReadonlySet<string>): void {
    this.#backend?.collect(touched);
    const change = this.#counted.commit(bases, touched);
    const { length } = this.#counters.values;
    if (this.#shared?.length !== length) this.#shared = SharedCounters.create(length);
    this.#layout += 1;
    this.#publish();
    this.#daemon.post({ type: 'layout', memory: this.#shared.memory, layout: this.#layout, ...change });
  }

  #skipAvoided({ targets }: Mirror): void {
    for (const target of targets) if (target.addresses.length > 1) avoidAddresses(target, this.#avoided);
  }

  #round(): void {
    this.#daemon.beat();
    if (performance.now() - this.#lastTurnMs >= this.#turnIntervalMs) this.#turn();
  }

  /** With many lanes it takes long, and then it is done less often. */
  #turn(): void {
    const startMs = performance.now();
    this.#lastTurnMs = startMs;
    this.#backend?.collect();
    this.#publish();
    this.#taps.turn();
    const tookMs = performance.now() - startMs;
    this.#turnIntervalMs = Math.min(Math.max(ROUND_MS, tookMs * TURN_SHARE), LONGEST_TURN_INTERVAL_MS);
    this.#postTargets();
    this.#daemon.poll();
  }

  #postTargets(): void {
    if (this.#lastTurnMs - this.#postedErrorsMs < SEND_ERROR_INTERVAL_MS) return;
    this.#postedErrorsMs = this.#lastTurnMs;
    const errors = this.#backend?.targets.sendErrors() ?? [];
    if (errors.length > 0) this.#daemon.post({ type: 'send-errors', errors });
    const emissions = this.#backend?.targets.emissions() ?? [];
    const text = JSON.stringify(emissions);
    if (text === this.#postedEmissions) return;
    this.#postedEmissions = text;
    this.#daemon.post({ type: 'emissions', emissions });
  }

  #publish(): void {
    this.#shared?.write(this.#counters.values, this.#layout);
    this.#daemon.published(this.#counters);
  }
}

/** A plan runs, but not whole. */
class BrokenPlanError extends Error {}

interface PreparedLane {
  readonly options: LaneOptions;
  readonly mirror: Mirror;
}

function* lanesIn(sources: Iterable<PlannedSource>): Generator<LanePlan> {
  for (const { source, directions } of sources)
    for (const direction of directions) yield { source, direction };
}
