/** The daemon: one plan, its engines, its status; from start to a clean end. */
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { chooseIo } from '../engine/choose-io.js';
import type { EngineFailure, EnginePlan } from '../engine/messages.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { enginePlansOf } from './engine-plans.js';
import { EngineSupervisor } from './engine-supervisor.js';
import { mirroringStatus, type Status } from './status.js';
import { serveStatus } from './status-server.js';

export interface DaemonOptions {
  readonly configurationFile: string;
  readonly plan: MirrorPlan;
  readonly stateDirectory: string;
  readonly log: Logger;
}

/** Why an engine cannot work; starting again would not help. */
export class EngineFailedError extends Error {
  readonly code: EngineFailure;

  constructor(code: EngineFailure, reason: string) {
    super(reason);
    this.code = code;
  }
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #startedAt = new Date();
  readonly #startedMs = performance.now();
  #io: EnginePlan['io'] = 'ring';
  #server: Server | undefined;
  #supervisors: EngineSupervisor[] = [];
  #fail: (error: EngineFailedError) => void = () => {};
  /** Rejects with an EngineFailedError when there is no use in going on. */
  readonly failed: Promise<never>;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
  }

  /** @throws AlreadyRunningError, or Error when the state directory cannot be used. */
  async start(): Promise<void> {
    const { plan, stateDirectory, log, configurationFile } = this.#options;
    this.#server = await serveStatus(stateDirectory, () => this.status());
    const { io, reason } = await chooseIo(plan.io);
    this.#io = io;
    log.info({ configurationFile, sources: plan.sources.length, io }, 'started');
    if (reason !== '') log.warn({ reason }, 'ring I/O is not available here, using libpcap');
    this.#supervisors = enginePlansOf(plan, io).map(
      (enginePlan) =>
        new EngineSupervisor({
          plan: enginePlan,
          log,
          onFailure: (code, reason) => this.#fail(new EngineFailedError(code, reason)),
        }),
    );
  }

  /** Ends every engine and counts what was left. */
  async stop(): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop()));
    for (const lane of this.status().lanes) this.#options.log.info({ lane }, 'final counts');
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  status(): Status {
    return {
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      uptimeSeconds: (performance.now() - this.#startedMs) / 1000,
      configurationFile: this.#options.configurationFile,
      io: this.#io,
      ...mirroringStatus(this.#options.plan, this.#supervisors),
    };
  }
}
