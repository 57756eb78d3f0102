/**
 * The engine: turns plans into lanes that mirror, and publishes counters. All other work is done in `#turn`, which the
 * backend's loop calls between frames: a few times a second when idle, every few milliseconds under load.
 */

import { Counters } from '../counters/counters.js';
import { carryOver, type LaneBases, layOutCounters } from '../counters/lane-bases.js';
import { outerSource } from '../encapsulate/build-outer-header.js';
import { packetLength } from '../encapsulate/outer-header.js';
import type { Backend, LaneOptions } from '../io/backend.js';
import { openBackend } from '../io/backends.js';
import { EgressShare } from '../io/egress-share.js';
import { limitsOf, RateLimits } from '../io/limits.js';
import { type CompiledFilter, compile } from '../match/compile.js';
import { buildMirror } from '../mirror/build-mirror.js';
import { LoopGuard } from '../mirror/loop-guard.js';
import type { Mirror } from '../mirror/mirror.js';
import { avoidAddresses, type SinkOf } from '../mirror/session-target.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { LanePlan } from '../plan/lanes.js';
import { EgressMemory } from '../targets/egress-memory.js';
import type { EgressPlace } from '../targets/egress-watch.js';
import type { RouteReport } from '../targets/route.js';
import type { TargetSets } from '../targets/target-states.js';
import type { DaemonLink, PlanEvent } from './daemon-link.js';
import { SharedCounters } from './shared-counters.js';

/** How long frames may delay the other work. */
const ROUND_MS = 5;
const SEND_ERROR_INTERVAL_MS = 200;

export class Engine {
  readonly #daemon: DaemonLink;
  readonly #counters = new Counters(0);
  #bases: readonly LaneBases[] = [];
  #shared: SharedCounters | undefined;
  #backend: Backend | undefined;
  #mirrors: readonly Mirror[] = [];
  /** Filters of the running plan, by `filterKey`. */
  #filters: ReadonlyMap<string, CompiledFilter> = new Map();
  readonly #rates = new RateLimits(this.#counters);
  #avoided: ReadonlySet<string> = new Set();
  /** By the number of their place, and by target. */
  #shares: ReadonlyMap<number, EgressShare> = new Map();
  #shareOf: ReadonlyMap<string, EgressShare> = new Map();
  /** Plans are applied one after the other. */
  #applying: Promise<void> = Promise.resolve();
  #lastTurnMs = 0;
  #postedErrorsMs = 0;
  #stopped = false;

  constructor(daemon: DaemonLink) {
    this.#daemon = daemon;
  }

  /**
   * Goes over to a plan, and reports `applied` or `refused`.
   * @throws what the backend throws when the first plan cannot be run: nothing runs then.
   */
  apply(event: PlanEvent): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(event));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  updateRoute(route: RouteReport): void {
    this.#backend?.updateRoute(route);
  }

  /** Sets which addresses load balancers avoid, and for which addresses copies are skipped. */
  skipTargets({ avoided, unresolved }: TargetSets): void {
    this.#avoided = new Set(avoided);
    for (const mirror of this.#mirrors) this.#skipAvoided(mirror);
    this.#backend?.skipTargets(new Set(unresolved));
  }

  /** Sets on which ways out copies give way; on all others they do not. */
  giveWay(places: readonly EgressPlace[]): void {
    const before = this.#shares;
    const shares = new Map<number, EgressShare>();
    const shareOf = new Map<string, EgressShare>();
    for (const { number, memory, addresses } of places) {
      const share = before.get(number) ?? new EgressShare(new EgressMemory(memory));
      shares.set(number, share);
      for (const address of addresses) shareOf.set(address, share);
    }
    this.#shares = shares;
    this.#shareOf = shareOf;
    this.#backend?.giveWay(shareOf);
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
    this.#backend?.close();
    this.#publish();
    this.#daemon.post({ type: 'stopped' });
  }

  async #apply({ generation, plan, routes }: PlanEvent): Promise<void> {
    const isFirst = this.#backend === undefined;
    try {
      await this.#replacePlan(plan, routes);
    } catch (error) {
      if (isFirst) throw error;
      this.#daemon.report({ type: 'refused', generation, reason: (error as Error).message });
      return;
    }
    if (!this.#stopped) this.#daemon.report({ type: 'applied', generation });
  }

  async #replacePlan(plan: EnginePlan, routes: readonly RouteReport[]): Promise<void> {
    const backend =
      this.#backend ??
      (await openBackend(plan.io, { counters: this.#counters, onRound: () => this.#round() }));
    if (this.#stopped) return backend.close();
    this.#backend = backend;
    backend.giveWay(this.#shareOf);
    for (const route of routes) backend.updateRoute(route);
    const { counters, bases } = layOutCounters(plan.lanes);
    const filters = new Map<string, CompiledFilter>();
    const mirrors: Mirror[] = [];
    const rates = this.#rates.next();
    const loopGuard = new LoopGuard(plan.targetAddresses);
    const lanes = plan.lanes.map((lane, index): LaneOptions => {
      const { id: sourceId, address } = lane.source;
      const { direction } = lane;
      const filter = this.#filterOf(lane, filters);
      const sinkOf: SinkOf = (target, encapsulation, session) =>
        rates.limit(
          backend.sinkOf(plan.engine, encapsulation, outerSource(address, target), target),
          limitsOf(plan.engine, lane.source, session),
          packetLength(encapsulation, target, 0),
        );
      const mirror = buildMirror(lane, filter, this.#counters, bases[index], sinkOf, loopGuard);
      mirrors.push(mirror);
      return {
        lane,
        bases: bases[index],
        filter,
        consumer: mirror,
        onCondition: (condition) => this.#daemon.report({ type: 'lane', sourceId, direction, ...condition }),
      };
    });
    await backend.replaceLanes(plan, lanes, () => {
      rates.commit();
      for (const mirror of mirrors) this.#skipAvoided(mirror);
      this.#mirrors = mirrors;
      this.#filters = filters;
      this.#replaceCounters(counters.values, bases);
    });
  }

  /** Compiles a filter, unless the running plan has the same one. @param filters of the new plan. */
  #filterOf(lane: LanePlan, filters: Map<string, CompiledFilter>): CompiledFilter {
    const key = filterKey(lane);
    const filter = filters.get(key) ?? this.#filters.get(key) ?? compile(lane.source, lane.direction);
    filters.set(key, filter);
    return filter;
  }

  /** Goes over to the new layout, after the last counts of the old one were published. */
  #replaceCounters(values: Float64Array, bases: readonly LaneBases[]): void {
    this.#backend?.collect();
    this.#publish();
    carryOver({ values: this.#counters.values, lanes: this.#bases }, { values, lanes: bases });
    this.#counters.values = values;
    this.#bases = bases;
    this.#shared = SharedCounters.create(values.length);
    this.#publish();
    this.#daemon.post({ type: 'layout', memory: this.#shared.memory, bases });
  }

  #skipAvoided({ targets }: Mirror): void {
    for (const target of targets) if (target.addresses.length > 1) avoidAddresses(target, this.#avoided);
  }

  #round(): void {
    this.#daemon.beat();
    if (performance.now() - this.#lastTurnMs >= ROUND_MS) this.#turn();
  }

  #turn(): void {
    this.#lastTurnMs = performance.now();
    this.#backend?.collect();
    this.#publish();
    this.#postSendErrors();
    this.#daemon.poll();
  }

  #postSendErrors(): void {
    if (this.#lastTurnMs - this.#postedErrorsMs < SEND_ERROR_INTERVAL_MS) return;
    this.#postedErrorsMs = this.#lastTurnMs;
    const errors = this.#backend?.sendErrors() ?? [];
    if (errors.length > 0) this.#daemon.post({ type: 'send-errors', errors });
  }

  #publish(): void {
    this.#shared?.write(this.#counters.values);
  }
}

/** Equal for lanes with the same filter: everything that it is compiled from. */
function filterKey({ source, direction }: LanePlan): string {
  const { unmirrored, amazonDnsAddresses, sessions } = source;
  const judged = sessions.map(({ packetLength, amazonDns, rules }) => [
    packetLength,
    amazonDns,
    rules[direction],
  ]);
  return JSON.stringify([direction, unmirrored, amazonDnsAddresses, judged]);
}
