/** Keeps one engine running, and its totals across its lives. */
import type { Logger } from 'pino';
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import { Totals } from '../counters/totals.js';
import type { EngineFailure, EnginePlan, EngineReport } from '../engine/messages.js';
import type { Confinement } from './confinement.js';
import { EngineProcess } from './engine-process.js';
import { Heartbeat } from './heartbeat.js';
import type { LaneWatches } from './lane-watch.js';
import { Restarts } from './restarts.js';
import { type TargetReport, TargetReports } from './target-reports.js';

const BEAT_CHECK_MS = 250;

/** How an engine ended without being told to. */
export interface EngineExit {
  readonly at: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said itself, or why it was ended; empty when nobody knows. */
  readonly reason: string;
}

export interface SupervisorOptions {
  readonly plan: EnginePlan;
  readonly generation: number;
  /** Is told of the lanes of the plan. */
  readonly lanes: LaneWatches;
  readonly confinement: Confinement;
  readonly log: Logger;
  /** The engine cannot work and starting it again would not help; not called for a plan that is being applied. */
  readonly onFailure: (code: EngineFailure, reason: string) => void;
}

/** An engine did not take a plan. */
export class PlanRefusedError extends Error {
  readonly code: EngineFailure | 'refused';

  constructor(code: EngineFailure | 'refused', reason: string) {
    super(reason);
    this.code = code;
  }
}

interface Wanted {
  readonly generation: number;
  readonly plan: EnginePlan;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: PlanRefusedError) => void;
  /** What to go back to. */
  readonly before: Wanted;
}

export class EngineSupervisor {
  /** Resolves when the first plan runs; rejects with a PlanRefusedError when engines end again and again before that. */
  readonly started: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #totals = new Totals();
  readonly #targets: TargetReports;
  readonly #heartbeat = new Heartbeat();
  readonly #beatCheck: NodeJS.Timeout;
  #wanted: Wanted;
  #pending: Pending | undefined;
  #unhealthy: readonly string[] = [];
  #gauges: readonly LaneGauges[] = [];
  #loopDelayMs = 0;
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
    this.#targets = new TargetReports(options.log);
    this.started = this.#pend(options);
    // Whoever waits for the start is told; it need not be waited for.
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

  /** How often the engine ended without being told to. */
  get restarts(): number {
    return this.#restarts.count;
  }

  get lastExit(): EngineExit | undefined {
    return this.#lastExit;
  }

  /** When the next engine is started; undefined while one runs. */
  get nextTry(): Date | undefined {
    return this.#nextTry;
  }

  /** How long ago what moves frames was last seen to be alive. */
  get beatAgeMs(): number {
    return this.#heartbeat.ageMs(performance.now());
  }

  /** How late the loop that moves frames comes to what is due: the 99th percentile of ten seconds. */
  get loopDelayMs(): number {
    return this.#loopDelayMs;
  }

  get targets(): TargetReport[] {
    return this.#targets.all;
  }

  /** Of the engine that runs. */
  get gauges(): readonly LaneGauges[] {
    return this.#gauges;
  }

  /** Totals since the daemon started. */
  get counts(): LaneCounts[] {
    return this.#totals.read();
  }

  /**
   * Has the engine run a plan; one after the other. Resolves when it does.
   * @throws PlanRefusedError; the plan before goes on, if need be in a new engine.
   */
  apply(generation: number, plan: EnginePlan): Promise<void> {
    const pending = this.#pend(this.#wanted);
    this.#wanted = { generation, plan };
    if (this.#engine === undefined) this.#start();
    else this.#engine.order({ type: 'plan', generation, plan });
    return pending;
  }

  /**
   * Adds up what sessions counted that the plan no longer has. For whoever had it applied, in the same turn in which
   * the sessions go from what it shows itself: until then each counts under its own id.
   */
  foldCounts(): void {
    this.#totals.keepOnly(
      this.#wanted.plan.lanes.map(({ source, direction }) => ({
        sourceId: source.id,
        direction,
        sessionIds: source.sessions.map(({ id }) => id),
      })),
    );
  }

  /** Ends the engine and starts another with a plan, whatever the one that runs says. */
  force(generation: number, plan: EnginePlan): void {
    this.#wanted = { generation, plan };
    this.#engine?.kill();
  }

  /** Ends the engine at once. */
  kill(): void {
    this.#engine?.kill();
  }

  /** Load balancers do without these addresses, until told otherwise. */
  setUnhealthy(addresses: readonly string[]): void {
    if (addresses.length === 0 && this.#unhealthy.length === 0) return;
    this.#unhealthy = addresses;
    this.#engine?.order({ type: 'unhealthy', addresses });
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
        report: (report) => this.#take(report),
        output: (line) => log.debug({ line }, 'engine output'),
        exit: (code, signal) => this.#ended(code, signal),
      },
      this.#options.confinement,
    );
    this.#engine.order({ type: 'plan', ...pick(this.#wanted) });
    if (this.#unhealthy.length > 0) this.setUnhealthy(this.#unhealthy);
  }

  /** @param before what to go back to. */
  #pend(before: Wanted): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject, before };
    });
  }

  #take(report: EngineReport): void {
    switch (report.type) {
      case 'counters':
        this.#totals.update(report.lanes);
        this.#gauges = report.gauges;
        break;
      case 'lane': {
        const { type, sourceId, direction, ...condition } = report;
        this.#options.lanes.of(sourceId, direction).update(condition);
        break;
      }
      case 'target':
        this.#targets.take(report);
        break;
      case 'beat':
        this.#heartbeat.beat(report.rounds, performance.now());
        this.#loopDelayMs = report.loopDelayMs;
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
    if (pending === undefined) this.foldCounts();
    else pending.resolve();
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
    this.#gauges = [];
    this.#loopDelayMs = 0;
    const words = this.#lastWords;
    const reason = words?.reason ?? '';
    this.#lastExit = { at: new Date().toISOString(), code, signal, reason };
    const isStopping = this.#stopped !== undefined;
    const retryMs = isStopping ? 0 : this.#restarts.ended(performance.now());
    const isGivenUp = words !== undefined && words.code !== 'internal';
    if (isStopping || isGivenUp || !this.#restarts.isWorthATry) {
      this.#refused(
        new PlanRefusedError(words?.code ?? 'internal', reason || `engine ended with ${signal ?? code}`),
      );
    }
    if (isStopping) {
      this.#stopped?.();
      return;
    }
    if (isGivenUp) this.#options.onFailure(words.code, reason);
    this.#options.log.error({ code, signal, reason, retryMs }, 'engine ended');
    for (const { source, direction } of this.#wanted.plan.lanes)
      this.#options.lanes.of(source.id, direction).lose('engine ended');
    this.#nextTry = new Date(Date.now() + retryMs);
    this.#restart = setTimeout(() => this.#start(), retryMs);
  }
}

function pick({ generation, plan }: Wanted): Wanted {
  return { generation, plan };
}
