/** Keeps one engine running, and its totals across its lives. */
import type { Logger } from 'pino';
import type { LaneCounts } from '../counters/snapshot.js';
import { Totals } from '../counters/totals.js';
import type { EngineFailure, EnginePlan, EngineReport } from '../engine/messages.js';
import { EngineProcess } from './engine-process.js';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
/** An engine that lived this long starts again without a wait. */
const HEALTHY_MS = 10_000;

export type LaneReport = Extract<EngineReport, { type: 'lane' }>;
export type TargetReport = Extract<EngineReport, { type: 'target' }>;

export interface SupervisorOptions {
  readonly plan: EnginePlan;
  readonly log: Logger;
  /** The engine cannot work and starting it again would not help. */
  readonly onFailure: (code: EngineFailure, reason: string) => void;
}

export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #totals = new Totals();
  readonly #lanes = new Map<string, LaneReport>();
  readonly #targets = new Map<string, TargetReport>();
  #engine: EngineProcess | undefined;
  #startedMs = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#engine?.pid;
  }

  /** How often the engine ended without being told to. */
  get restarts(): number {
    return this.#restarts;
  }

  get lanes(): LaneReport[] {
    return [...this.#lanes.values()];
  }

  get targets(): TargetReport[] {
    return [...this.#targets.values()];
  }

  /** Totals since the daemon started. */
  get counts(): LaneCounts[] {
    return this.#totals.read();
  }

  /** Resolves when the engine has ended and its last counts are in. */
  stop(): Promise<void> {
    clearTimeout(this.#restart);
    const engine = this.#engine;
    if (engine === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
      engine.stop();
    });
  }

  #start(): void {
    const { plan, log } = this.#options;
    this.#startedMs = performance.now();
    this.#engine = new EngineProcess(plan, {
      report: (report) => this.#take(report),
      output: (line) => log.debug({ line }, 'engine output'),
      exit: (code, signal) => this.#ended(code, signal),
    });
  }

  #take(report: EngineReport): void {
    const { log, onFailure } = this.#options;
    switch (report.type) {
      case 'counters':
        this.#totals.update(report.lanes);
        break;
      case 'lane': {
        const { sourceId, direction, state, reason } = report;
        this.#lanes.set(`${direction} ${sourceId}`, report);
        if (state === 'capturing') log.info({ sourceId, direction }, 'capturing');
        else log.warn({ sourceId, direction, reason }, 'source not available');
        break;
      }
      case 'target': {
        const { address, device, maximumInnerLength, reason } = report;
        this.#targets.set(address, report);
        if (reason === '') log.info({ address, device, maximumInnerLength }, 'target reachable');
        else log.warn({ address, reason }, 'target not reachable');
        break;
      }
      case 'failed':
        if (report.code === 'internal') log.error({ reason: report.reason }, 'engine failed');
        else onFailure(report.code, report.reason);
        break;
    }
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#engine = undefined;
    this.#totals.retire();
    if (this.#stopped !== undefined) {
      this.#stopped();
      return;
    }
    if (performance.now() - this.#startedMs > HEALTHY_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    this.#restarts += 1;
    this.#options.log.error({ code, signal, retryMs: this.#backoffMs }, 'engine ended');
    for (const [key, lane] of this.#lanes)
      this.#lanes.set(key, { ...lane, state: 'waiting', reason: 'engine ended' });
    this.#restart = setTimeout(() => this.#start(), this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, LONGEST_BACKOFF_MS);
  }
}
