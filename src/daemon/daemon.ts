/** The daemon from start to stop: its engines, the plans that they run one after the other, and its status. */
import type { TrafficMirrorLinks } from '../api/traffic-mirror/links.js';
import { watchLoopDelay } from '../counters/gauges.js';
import type { LaneCounts } from '../counters/snapshot.js';
import { mergeLanes } from '../counters/totals.js';
import type { EngineFailure, StandingOrder } from '../engine/messages.js';
import { chooseBackend } from '../io/backends.js';
import type { HttpServer } from '../listen/http-server.js';
import { type EnginePlan, enginePlansOf, workersOf } from '../plan/engine-plan.js';
import { lanesOf } from '../plan/lanes.js';
import { type BackendName, type MirrorPlan, passingSources } from '../plan/mirror-plan.js';
import type { SessionActivity } from '../plan/session-activity.js';
import type { Status } from '../status/status.js';
import { serveStatus } from '../status/status-server.js';
import { ApplyError, EngineFailedError } from './daemon-errors.js';
import type { DaemonOptions } from './daemon-options.js';
import { changeEngine, type EngineChange, startedEngine } from './engine-change.js';
import { EngineSupervisor } from './engine-supervisor.js';
import { lastCounts, PlanRefusedError } from './engine-watch.js';
import { HealthChecks } from './health-checks.js';
import { LaneWatches } from './lane-watch.js';
import { engineLog, logApplied, type PlanCause } from './log.js';
import { mirroringStatus, targetsOf, totalCounts, waysOf, worstReport } from './mirroring-status.js';
import { PacketAnswers } from './packet-answers.js';
import { PeekHub } from './peek-hub.js';
import { PeekPolls } from './peek-polls.js';
import { PeekServer } from './peek-server.js';
import { SessionWatch } from './session-watch.js';
import { TroubleWatch } from './trouble-watch.js';

const FIRST_GENERATION = 1;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #startedAt = new Date();
  readonly #startedMs = performance.now();
  readonly #supervisors = new Map<string, EngineSupervisor>();
  readonly #healthChecks: HealthChecks;
  /** Orders that every engine has, by type. */
  readonly #standing = new Map<string, StandingOrder>();
  readonly #peekHub = new PeekHub({
    count: () => this.#supervisors.size,
    order: (order) => this.#stand(order),
  });
  readonly #answers = new PacketAnswers((addresses) => waysOf(this.#engines, addresses));
  readonly #polls = new PeekPolls(this.#peekHub);
  readonly #lanes: LaneWatches;
  readonly #troubles: TroubleWatch;
  readonly #sessions: SessionWatch;
  #io: BackendName = 'ring';
  #loopDelayMs = 0;
  readonly #servers: Pick<HttpServer, 'close'>[] = [];
  #plan: MirrorPlan;
  #generation = FIRST_GENERATION;
  /** Counts of lanes in engines that were ended with their plan. */
  #endedCounts: LaneCounts[] = [];
  #applying: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #starting: Promise<void> | undefined;
  #fail: (error: EngineFailedError) => void = () => {};
  /** How the addresses of targets are reached now. */
  readonly targets = (): Status['targets'] => targetsOf(this.#engines);
  /** For the control API. */
  readonly trafficMirror: TrafficMirrorLinks = {
    status: () => this.status(),
    explain: (question) => this.#answers.answer(this.#plan, this.#generation, question),
    peek: (order) => this.#polls.look(order),
    endPeeks: () => this.#polls.close(),
  };
  /** Rejects with an EngineFailedError when no engine can work. */
  readonly failed: Promise<never>;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#healthChecks = new HealthChecks({
      log: options.log,
      // Load balancers avoid these addresses until the next change.
      onChange: (addresses) => this.#stand({ type: 'unhealthy', addresses }),
    });
    this.#lanes = new LaneWatches(options.log, undefined, (sourceId) =>
      this.#sessions.sourceChanged(sourceId),
    );
    this.#sessions = new SessionWatch({
      log: options.log,
      lane: (sourceId, direction) => this.#lanes.of(sourceId, direction).condition,
      target: (address) => worstReport(this.#engines, address),
    });
    this.#troubles = new TroubleWatch(options.log);
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {}); // It may reject before anybody waits for it.
  }

  /**
   * Opens the servers and starts the engines. Does not wait for the engines: `failed` rejects when none of them runs.
   * @throws ListenError, ApplyError when it is stopped meanwhile, Error of the state directory (reject); see `stop`.
   */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { plan, stateDirectory, serve, peek, log, configurationFile } = this.#options;
    const read = (): Status => this.status();
    watchLoopDelay((delayMs) => {
      this.#loopDelayMs = delayMs;
    });
    this.#servers.push(await serveStatus(stateDirectory, read, this.#options.resources));
    this.#servers.push(await PeekServer.start(stateDirectory, peek, this.#peekHub, () => this.#plan));
    this.#requireNotStopping();
    if (serve !== undefined) this.#servers.push(await serve(read));
    const { io, reason } = await chooseBackend(plan.engine.io);
    this.#requireNotStopping();
    this.#io = io;
    const workers = workersOf(plan, io);
    this.#lanes.setWorkers(workers);
    this.#lanes.setQuiet(passingSources([plan]));
    log.info({ configurationFile, sources: plan.sources.length, io, workers }, 'started');
    if (reason !== '') log.warn({ reason }, 'ring I/O is not available here, using libpcap');
    if (workers < plan.engine.workers) log.warn({ workers }, 'libpcap I/O shares no source among workers');
    const onFailure = (code: EngineFailure, why: string): void =>
      this.#fail(new EngineFailedError(code, why));
    for (const [key, enginePlan] of enginePlansOf(plan, io)) {
      this.#supervisors.set(key, this.#supervise(enginePlan, FIRST_GENERATION, onFailure));
    }
    this.#applying = this.#awaitEngines(this.#engines.map(({ started }) => started));
    this.#healthChecks.setPlans(plan.healthChecks);
    this.#sessions.setPlan(plan);
    this.#troubles.start(() => ({ plan: this.#plan, counts: this.counts, engines: this.#engines }));
  }

  /** Fails the daemon when no engine ran its first plan. Never rejects. */
  async #awaitEngines(started: readonly Promise<void>[]): Promise<void> {
    const outcomes = await Promise.allSettled(started);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    if (reasons.length < outcomes.length || this.#isStopping) return;
    const [first] = reasons;
    if (first instanceof PlanRefusedError) this.#fail(new EngineFailedError(first.code, first.message));
  }

  /** Resolves when no plan is being applied; during the start, when every engine runs its first one or could not. */
  get settled(): Promise<unknown> {
    return this.#applying;
  }

  get #engines(): EngineSupervisor[] {
    return [...this.#supervisors.values()];
  }

  #requireNotStopping(): void {
    if (this.#isStopping) throw new ApplyError('the daemon is stopping');
  }

  /**
   * Changes to a plan while frames flow. What is the same in both plans goes on undisturbed. Plans are applied one after
   * the other. Resolves when every engine runs its part.
   * @param cause why: what selectors find is logged at the level debug only
   * @returns its generation, which `status` shows.
   * @throws ApplyError when an engine cannot run its part (rejects): then the whole plan before goes on.
   */
  apply(plan: MirrorPlan, cause: PlanCause = 'resources'): Promise<number> {
    const applied = this.#applying.then(() => this.#apply(plan, cause));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  /** Ends every engine and logs its last counts. May be called during the start, and after it failed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#starting?.catch(() => {});
    this.#healthChecks.stop();
    this.#troubles.stop();
    await Promise.all(this.#engines.map((supervisor) => supervisor.stop()));
    await this.#applying;
    this.#lanes.close();
    this.#sessions.close();
    const { lanes, removedLanes } = this.status();
    for (const lane of [...lanes, ...removedLanes]) this.#options.log.info({ lane }, 'final counts');
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  /** Kills every engine, when `stop` takes too long. */
  kill(): void {
    for (const engine of this.#engines) engine.kill();
    for (const server of this.#servers) server.close();
  }

  status(): Status {
    return {
      pid: process.pid,
      version: this.#options.version,
      startedAt: this.#startedAt.toISOString(),
      uptimeSeconds: (performance.now() - this.#startedMs) / 1000,
      configurationFile: this.#options.configurationFile,
      generation: this.#generation,
      reload: this.#options.reloads(),
      selectors: this.#options.selectors?.() ?? [],
      io: this.#io,
      loopDelayMs: this.#loopDelayMs,
      engineConfinement: { landlock: this.#options.confinement.landlock },
      ...mirroringStatus({
        plan: this.#plan,
        supervisors: this.#engines,
        past: this.#endedCounts,
        watches: this.#lanes,
        troubles: this.#troubles.troubles,
        activityOf: (sessionId) => this.#sessions.of(sessionId),
        unhealthy: this.#healthChecks.unhealthy,
      }),
    };
  }

  /** What a session of the plan that runs does now; undefined: there is none. */
  activityOf(sessionId: string): SessionActivity | undefined {
    return this.#sessions.of(sessionId);
  }

  /** Totals since the daemon started, including lanes that the plan no longer has. */
  get counts(): LaneCounts[] {
    return totalCounts(this.#plan, this.#engines, this.#endedCounts);
  }

  async #apply(plan: MirrorPlan, cause: PlanCause): Promise<number> {
    this.#requireNotStopping();
    this.#lanes.setQuiet(passingSources([this.#plan, plan]));
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
    this.#healthChecks.setPlans(plan.healthChecks);
    await this.#retire([...this.#supervisors.keys()].filter((key) => !plans.has(key)));
    this.#lanes.keepOnly(lanesOf(plan));
    this.#sessions.setPlan(plan);
    logApplied(this.#options.log, { generation, sources: plan.sources.length }, cause);
    return generation;
  }

  /** Gives one engine its part of a plan, or starts the engine. */
  #change(key: string, plan: EnginePlan, after: number): EngineChange {
    const running = this.#supervisors.get(key);
    if (running === undefined)
      return startedEngine(
        key,
        this.#supervise(plan, after, () => {}),
      );
    return changeEngine(key, running, plan, { before: this.#generation, after }, this.#options.log);
  }

  /** Ends engines that the plan no longer needs, and keeps their counts. */
  async #retire(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const supervisor = this.#supervisors.get(key);
      if (supervisor === undefined) continue;
      await supervisor.stop();
      this.#endedCounts = mergeLanes(this.#endedCounts, lastCounts(supervisor));
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
      log: engineLog(plan, this.#options.log),
      openCopies: () => this.#peekHub.openEngine(),
      onTarget: (address) => this.#sessions.targetChanged(address),
      onFailure,
    });
    for (const order of this.#standing.values()) supervisor.stand(order);
    return supervisor;
  }

  #stand(order: StandingOrder): void {
    this.#standing.set(order.type, order);
    for (const supervisor of this.#supervisors.values()) supervisor.stand(order);
  }
}
