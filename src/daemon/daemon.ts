/** The daemon: one plan after the other, its engines, its status; from start to a clean end. */
import type { Logger } from 'pino';
import { watchLoopDelay } from '../counters/loop-delay.js';
import type { LaneCounts } from '../counters/snapshot.js';
import { foldSessions, mergeLanes } from '../counters/totals.js';
import { chooseIo } from '../engine/choose-io.js';
import type { EngineFailure, EnginePlan } from '../engine/messages.js';
import type { HttpServer } from '../listen/http-server.js';
import type { ListenAddress } from '../listen/listen.js';
import { serveMetrics } from '../metrics/metrics-server.js';
import { lanesOf } from '../mirror/lane.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import type { Confinement } from './confinement.js';
import { enginePlansOf } from './engine-plans.js';
import { EngineSupervisor, PlanRefusedError } from './engine-supervisor.js';
import { HealthChecks } from './health-checks.js';
import { LaneWatches } from './lane-watch.js';
import { mirroringStatus, type ReloadStatus, type Status, totalCounts } from './status.js';
import { serveStatus } from './status-server.js';
import { packageVersion } from './version.js';

export interface DaemonOptions {
  readonly configurationFile: string;
  readonly plan: MirrorPlan;
  /** Its lock is held. */
  readonly stateDirectory: string;
  /** Where metrics are read; absent: nowhere. */
  readonly metricsListen?: ListenAddress | undefined;
  /** How engines are started. */
  readonly confinement: Confinement;
  readonly log: Logger;
  /** What became of reloads so far. */
  readonly reloads: () => ReloadStatus;
}

/** Why no engine can work; starting again would not help. */
export class EngineFailedError extends Error {
  readonly code: PlanRefusedError['code'];

  constructor(code: PlanRefusedError['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A plan does not run; the one before does. */
class ApplyError extends Error {
  readonly code = 'not-applied';
}

const FIRST_GENERATION = 1;

export class Daemon {
  readonly #options: DaemonOptions;
  /** Read once: without a descriptor to spare there is still a status. */
  readonly #version = packageVersion();
  readonly #startedAt = new Date();
  readonly #startedMs = performance.now();
  readonly #supervisors = new Map<string, EngineSupervisor>();
  readonly #healthChecks: HealthChecks;
  #unhealthy: readonly string[] = [];
  readonly #lanes: LaneWatches;
  #io: EnginePlan['io'] = 'ring';
  #loopDelayMs = 0;
  readonly #servers: HttpServer[] = [];
  #plan: MirrorPlan;
  #generation = FIRST_GENERATION;
  /** What lanes counted in engines that are no more. */
  #past: LaneCounts[] = [];
  /** One plan after the other. */
  #applying: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #starting: Promise<void> | undefined;
  #fail: (error: EngineFailedError) => void = () => {};
  /** Rejects with an EngineFailedError when there is no use in going on. */
  readonly failed: Promise<never>;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#healthChecks = new HealthChecks({
      log: options.log,
      onChange: (unhealthy) => this.#setUnhealthy(unhealthy),
    });
    this.#lanes = new LaneWatches(options.log);
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever waits for it is told; it may fail before.
    this.failed.catch(() => {});
  }

  /**
   * Opens everything, and starts the engines, for which it does not wait: `failed` tells when none of them runs.
   * @throws ListenError, ApplyError when it is stopped meanwhile, or Error when the state
   * directory cannot be used. `stop` closes what was opened before.
   */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { plan, stateDirectory, metricsListen, log, configurationFile } = this.#options;
    const read = (): Status => this.status();
    watchLoopDelay((delayMs) => {
      this.#loopDelayMs = delayMs;
    });
    this.#servers.push(await serveStatus(stateDirectory, read));
    this.#requireGoing();
    if (metricsListen !== undefined) this.#servers.push(await serveMetrics(metricsListen, read));
    const { io, reason } = await chooseIo(plan.io);
    this.#requireGoing();
    this.#io = io;
    log.info({ configurationFile, sources: plan.sources.length, io }, 'started');
    if (reason !== '') log.warn({ reason }, 'ring I/O is not available here, using libpcap');
    const started: Promise<void>[] = [];
    for (const [key, enginePlan] of enginePlansOf(plan, io)) {
      const supervisor = this.#supervise(enginePlan, FIRST_GENERATION, (code, reason) =>
        this.#fail(new EngineFailedError(code, reason)),
      );
      this.#supervisors.set(key, supervisor);
      started.push(supervisor.started);
    }
    this.#applying = this.#awaitEngines(started);
    this.#healthChecks.follow(plan.healthChecks);
  }

  /** A daemon none of whose engines ever ran is of no use. Never rejects. */
  async #awaitEngines(started: readonly Promise<void>[]): Promise<void> {
    const outcomes = await Promise.allSettled(started);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    if (reasons.length < outcomes.length || this.#isStopping) return;
    const [first] = reasons;
    if (first instanceof PlanRefusedError) this.#fail(new EngineFailedError(first.code, first.message));
  }

  #requireGoing(): void {
    if (this.#isStopping) throw new ApplyError('the daemon is stopping');
  }

  /**
   * Goes over to a plan while frames flow: what is the same in both goes on undisturbed. Plans are applied one after
   * the other. Resolves when all of it runs.
   * @returns its generation, which `status` shows.
   * @throws ApplyError when some of it cannot run: the plan before goes on, all of it.
   */
  apply(plan: MirrorPlan): Promise<number> {
    const applied = this.#applying.then(() => this.#apply(plan));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  /** Ends every engine and counts what was left; also while the start is under way, or after it failed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#starting?.catch(() => {});
    this.#healthChecks.stop();
    await Promise.all([...this.#supervisors.values()].map((supervisor) => supervisor.stop()));
    await this.#applying;
    this.#lanes.close();
    for (const lane of this.status().lanes) this.#options.log.info({ lane }, 'final counts');
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  /** Ends every engine at once: for when nobody may wait any longer. */
  kill(): void {
    for (const supervisor of this.#supervisors.values()) supervisor.kill();
    for (const server of this.#servers) server.close();
  }

  status(): Status {
    return {
      pid: process.pid,
      version: this.#version,
      startedAt: this.#startedAt.toISOString(),
      uptimeSeconds: (performance.now() - this.#startedMs) / 1000,
      configurationFile: this.#options.configurationFile,
      generation: this.#generation,
      reload: this.#options.reloads(),
      io: this.#io,
      loopDelayMs: this.#loopDelayMs,
      engineConfinement: { landlock: this.#options.confinement.landlock },
      ...mirroringStatus(this.#plan, [...this.#supervisors.values()], this.#past, this.#lanes),
    };
  }

  /** Totals since the daemon started, also of lanes that are no more. */
  get counts(): LaneCounts[] {
    return totalCounts(this.#plan, [...this.#supervisors.values()], this.#past);
  }

  async #apply(plan: MirrorPlan): Promise<number> {
    this.#requireGoing();
    const obstacle = restartNeeded(this.#plan, plan);
    if (obstacle !== undefined) throw new ApplyError(obstacle);
    const generation = this.#generation + 1;
    const plans = enginePlansOf(plan, this.#io);
    const changes = [...plans].map(([key, enginePlan]) => this.#change(key, enginePlan, generation));
    const outcomes = await Promise.allSettled(changes.map(({ done }) => done));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined || this.#isStopping) {
      await Promise.all(changes.map(({ undo }, index) => undo(outcomes[index].status === 'fulfilled')));
      for (const { supervisor } of changes) supervisor.foldCounts();
      throw new ApplyError(
        failure === undefined ? 'the daemon is stopping' : (failure.reason as Error).message,
      );
    }
    for (const { key, supervisor } of changes) this.#supervisors.set(key, supervisor);
    this.#plan = plan;
    for (const { supervisor } of changes) supervisor.foldCounts();
    this.#generation = generation;
    this.#healthChecks.follow(plan.healthChecks);
    await this.#retire([...this.#supervisors.keys()].filter((key) => !plans.has(key)));
    this.#lanes.keepOnly(lanesOf(plan));
    this.#options.log.info({ generation, sources: plan.sources.length }, 'plan applied');
    return generation;
  }

  /** Has one engine run its part, or starts it. */
  #change(key: string, plan: EnginePlan, generation: number): Change {
    const running = this.#supervisors.get(key);
    if (running === undefined) {
      const supervisor = this.#supervise(plan, generation, () => {});
      return { key, supervisor, done: supervisor.started, undo: () => supervisor.stop() };
    }
    const before = running.plan;
    if (JSON.stringify(before) === JSON.stringify(plan)) {
      return { key, supervisor: running, done: Promise.resolve(), undo: async () => {} };
    }
    return {
      key,
      supervisor: running,
      done: running.apply(generation, plan),
      undo: async (wasDone) => {
        if (!wasDone) return;
        await running.apply(this.#generation, before).catch((error: PlanRefusedError) => {
          this.#options.log.error({ reason: error.message }, 'engine does not go back: starting it again');
          running.force(this.#generation, before);
        });
      },
    };
  }

  /** Ends engines that have nothing to do any more, and keeps what they counted. */
  async #retire(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const supervisor = this.#supervisors.get(key);
      if (supervisor === undefined) continue;
      await supervisor.stop();
      this.#past = mergeLanes(
        this.#past,
        supervisor.counts.map((lane) => foldSessions(lane, [])),
      );
      this.#supervisors.delete(key);
    }
  }

  #supervise(
    plan: EnginePlan,
    generation: number,
    onFailure: (code: EngineFailure, reason: string) => void,
  ): EngineSupervisor {
    const supervisor = new EngineSupervisor({
      plan,
      generation,
      lanes: this.#lanes,
      confinement: this.#options.confinement,
      log: this.#options.log,
      onFailure,
    });
    supervisor.setUnhealthy(this.#unhealthy);
    return supervisor;
  }

  /** Load balancers do without these addresses, until told otherwise. */
  #setUnhealthy(addresses: readonly string[]): void {
    this.#unhealthy = addresses;
    for (const supervisor of this.#supervisors.values()) supervisor.setUnhealthy(addresses);
  }
}

interface Change {
  readonly key: string;
  readonly supervisor: EngineSupervisor;
  readonly done: Promise<void>;
  /** @param wasDone whether the engine had taken the new plan. */
  readonly undo: (wasDone: boolean) => Promise<void>;
}

/** @returns why a plan cannot follow another without a new start, or undefined. */
function restartNeeded(before: MirrorPlan, after: MirrorPlan): string | undefined {
  for (const key of ['io', 'ringMegabytes'] as const) {
    if (before[key] !== after[key]) {
      return `engine.${key}: a change from ${before[key]} to ${after[key]} takes a new start`;
    }
  }
  return undefined;
}
