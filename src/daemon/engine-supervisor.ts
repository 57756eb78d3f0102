/** Keeps one engine running: starts its process again when it ends, and keeps its totals over all processes. */
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import { Totals } from '../counters/totals.js';
import type { EngineFailure, EngineReport, StandingOrder } from '../engine/messages.js';
import { type EnginePlan, workerIndex } from '../plan/engine-plan.js';
import { laneKey } from '../plan/lanes.js';
import { type PlanChange, planChange } from '../plan/plan-change.js';
import type { EngineExit } from '../status/status.js';
import type { TargetReport } from '../targets/target-states.js';
import { EngineProcess } from './engine-process.js';
import {
  Heartbeat,
  type Pending,
  PlanRefusedError,
  Restarts,
  RisingCount,
  type SupervisorOptions,
  sessionsByLane,
  TargetReports,
  type Wanted,
} from './engine-watch.js';

const BEAT_CHECK_MS = 250;

export class EngineSupervisor {
  /** Resolves when the first plan runs; rejects with a PlanRefusedError when engines end again and again before that. */
  readonly started: Promise<void>;
  readonly xdpInvalidDescriptors = new RisingCount();
  readonly #options: SupervisorOptions;
  readonly #totals = new Totals();
  readonly #targets: TargetReports;
  readonly #heartbeat = new Heartbeat();
  readonly #beatCheck: NodeJS.Timeout;
  #wanted: Wanted;
  /** The plan of which the status shows the sessions. Others may still be about to go over to the one that is wanted. */
  #shown: EnginePlan;
  #pending: Pending | undefined;
  /** By type. */
  readonly #standing = new Map<string, StandingOrder>();
  readonly #gauges = new Map<string, LaneGauges>();
  #loopDelayMs = 0;
  /** When the newest counters were published by the engine that runs; undefined: none were yet. */
  #countedMs: number | undefined;
  #engine: EngineProcess | undefined;
  readonly #restarts = new Restarts();
  #lastExit: EngineExit | undefined;
  #lastWords: { readonly code: EngineFailure; readonly reason: string } | undefined;
  #nextTry: Date | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#wanted = options;
    this.#shown = options.plan;
    this.#targets = new TargetReports(options.log, options.onTarget);
    this.started = this.#pend(options);
    // A rejection that nobody waits for must not end the process.
    this.started.catch(() => {});
    this.#beatCheck = setInterval(() => this.#checkBeat(), BEAT_CHECK_MS);
    this.#start();
  }

  get pid(): number | undefined {
    return this.#engine?.pid;
  }

  get plan(): EnginePlan {
    return this.#wanted.plan;
  }

  /** How often the engine ended without an order. */
  get restarts(): number {
    return this.#restarts.count;
  }

  get lastExit(): EngineExit | undefined {
    return this.#lastExit;
  }

  /** When the next engine process starts; undefined while one runs. */
  get nextTry(): Date | undefined {
    return this.#nextTry;
  }

  /** Time since the last beat of the loop that moves frames. */
  get beatAgeMs(): number {
    return this.#heartbeat.ageMs(performance.now());
  }

  /** Delay of the loop that moves frames: the 99th percentile over ten seconds. */
  get loopDelayMs(): number {
    return this.#loopDelayMs;
  }

  /** Age of the engine's counters; null before its first ones. */
  get countersAgeMs(): number | null {
    return this.#countedMs === undefined ? null : performance.now() - this.#countedMs;
  }

  /** The last report of an address; undefined: there was none. */
  target(address: string): TargetReport | undefined {
    return this.#targets.of(address);
  }

  get targets(): TargetReport[] {
    return this.#targets.all;
  }

  /** Gauges of the engine that runs. */
  get gauges(): readonly LaneGauges[] {
    return [...this.#gauges.values()];
  }

  /** Totals since the daemon started. */
  get counts(): LaneCounts[] {
    return this.#totals.read();
  }

  /**
   * Gives the engine a plan, and resolves when it runs. To be called only after the call before has ended.
   * @param change from the plan that it has, when it is known already.
   * @throws PlanRefusedError (rejects); then the plan before goes on, if necessary in a new engine. An engine that ends
   * refuses nothing: only the second one does.
   */
  apply(generation: number, plan: EnginePlan, change?: PlanChange): Promise<void> {
    const before = this.#wanted;
    const pending = this.#pend(before);
    this.#wanted = { generation, plan };
    if (this.#engine === undefined) this.#start();
    else this.#engine.run(generation, plan, change ?? planChange(before.plan, plan));
    return pending;
  }

  /**
   * Adds up the counts of sessions that the plan no longer has. To be called in the turn in which they leave the status:
   * until then each counts under its own id.
   */
  foldCounts(): void {
    this.#shown = this.#wanted.plan;
    this.#totals.keepOnly(sessionsByLane(this.#shown));
  }

  /** Kills the engine and starts another one with a plan. */
  force(generation: number, plan: EnginePlan): void {
    this.#wanted = { generation, plan };
    this.#engine?.kill();
  }

  /** Ends the engine at once. */
  kill(): void {
    this.#engine?.kill();
  }

  /** Gives an order that holds until the next one of its type, for every engine that is started too. */
  stand(order: StandingOrder): void {
    this.#standing.set(order.type, order);
    this.#engine?.order(order);
  }

  /** Resolves when the engine has ended and its last counts are in. */
  stop(): Promise<void> {
    clearTimeout(this.#restart);
    clearInterval(this.#beatCheck);
    const engine = this.#engine;
    if (engine === undefined) {
      this.#refused(new PlanRefusedError('internal', 'the daemon is stopping'));
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#stopped = resolve;
      engine.stop();
    });
  }

  #start(): void {
    clearTimeout(this.#restart);
    const { log } = this.#options;
    for (const watch of [this.#restarts, this.#heartbeat]) watch.start(performance.now());
    this.#nextTry = undefined;
    this.#lastWords = undefined;
    this.#engine = new EngineProcess(
      {
        report: (report) => this.#onReport(report),
        output: (line) => log.debug({ line }, 'engine output'),
        copies: this.#options.openCopies?.(),
        exit: (code, signal) => this.#ended(code, signal),
      },
      this.#options.confinement,
      this.#wanted.plan.engine.workerCpus[workerIndex(this.plan)],
    );
    this.#engine.run(this.#wanted.generation, this.#wanted.plan, planChange(undefined, this.#wanted.plan));
    for (const order of this.#standing.values()) this.#engine.order(order);
  }

  /** @param before the plan to go back to. */
  #pend(before: Wanted): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, before, hasLostEngine: false };
    });
  }

  #onReport(report: EngineReport): void {
    switch (report.type) {
      case 'counters':
        this.#totals.update(report.lanes, report.removed);
        for (const gauges of report.gauges) this.#gauges.set(laneKey(gauges), gauges);
        for (const lane of report.removed) this.#gauges.delete(laneKey(lane));
        this.#countedMs = performance.now() - report.ageMs;
        if (report.final) this.#engine?.counted();
        break;
      case 'lane': {
        const { type, sourceId, direction, ...condition } = report;
        this.#options.lanes.of(sourceId, direction).update(condition, workerIndex(this.plan));
        break;
      }
      case 'target':
        this.#targets.update(report);
        break;
      case 'beat':
        this.#heartbeat.beat(report.rounds, performance.now());
        this.#loopDelayMs = report.loopDelayMs;
        this.xdpInvalidDescriptors.update(report.xdpInvalidDescriptors);
        break;
      case 'applied':
        this.#heartbeat.started(performance.now());
        if (report.generation === this.#wanted.generation) this.#applied();
        break;
      case 'refused':
        this.#refused(new PlanRefusedError('refused', report.reason));
        break;
      case 'failed':
        this.#lastWords = report;
        break;
    }
  }

  #applied(): void {
    this.#targets.keepOnly(this.#wanted.plan);
    this.#engine?.settle(this.#wanted.plan);
    this.#restarts.ran();
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) pending.resolve();
    // An engine that was started again may run a plan that others do not run yet.
    else if (this.#shown === this.#wanted.plan) this.foldCounts();
  }

  #refused(error: PlanRefusedError): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#wanted = pending.before;
    this.#engine?.settle(this.#wanted.plan);
    pending.reject(error);
  }

  #checkBeat(): void {
    if (this.#engine === undefined || !this.#heartbeat.isLost(performance.now())) return;
    this.#options.log.error({ pid: this.pid, silentMs: Math.round(this.beatAgeMs) }, 'engine hangs');
    this.#lastWords = { code: 'internal', reason: 'it did not answer' };
    this.#engine.kill();
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#engine = undefined;
    this.#totals.retire();
    this.xdpInvalidDescriptors.retire();
    this.#gauges.clear();
    this.#countedMs = undefined;
    this.#loopDelayMs = 0;
    const words = this.#lastWords;
    const reason = words?.reason ?? '';
    this.#lastExit = { at: new Date().toISOString(), code, signal, reason };
    const isStopping = this.#stopped !== undefined;
    const retryMs = isStopping ? 0 : this.#restarts.ended(performance.now());
    const isGivenUp = words !== undefined && words.code !== 'internal';
    const isRetried = this.#restarts.isWorthRetry || this.#pending?.hasLostEngine === false;
    if (this.#pending !== undefined) this.#pending.hasLostEngine = true;
    if (isStopping || isGivenUp || !isRetried) {
      this.#refused(
        new PlanRefusedError(words?.code ?? 'internal', reason || `engine ended with ${signal ?? code}`),
      );
    }
    if (isStopping) return void this.#stopped?.();
    if (isGivenUp) this.#options.onFailure(words.code, reason);
    this.#options.log.error({ code, signal, reason, retryMs }, 'engine ended');
    for (const { source, direction } of this.#wanted.plan.lanes)
      this.#options.lanes.of(source.id, direction).lose('engine ended', workerIndex(this.plan));
    this.#nextTry = new Date(Date.now() + retryMs);
    this.#restart = setTimeout(() => this.#start(), retryMs);
  }
}
