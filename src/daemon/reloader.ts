/** Reloads the configuration on request: the daemon applies all of it, or keeps the one before. */
import type { Logger } from 'pino';
import { type Configuration, type ConfigurationResult, loadConfiguration } from '../config/load.js';
import { formatProblem, formatWarning } from '../config/problem.js';
import type { ReloadStatus } from '../status/status.js';
import { RateLimit } from './log.js';

/** The same problems are logged once in this time, however often a reload is requested. */
const LOG_INTERVAL_MS = 10_000;
/** Most problems or warnings of one configuration that are logged. */
const LOGGED_PROBLEMS = 20;

export interface ReloaderOptions {
  readonly file: string;
  /** The configuration that runs. */
  readonly configuration: Configuration;
  readonly log: Logger;
  /** Changes to a configuration. Rejects when that fails; then the one before goes on. */
  readonly apply: (configuration: Configuration) => Promise<unknown>;
  /** For tests. */
  readonly load?: (file: string, running: Configuration) => Promise<ConfigurationResult>;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #logLimit = new RateLimit(LOG_INTERVAL_MS);
  #running: Configuration;
  #status: ReloadStatus = { succeeded: 0, failed: 0, lastResult: 'none', lastAt: null, problems: [] };
  #isRequested = false;
  #isBusy = false;
  #isClosed = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#running = options.configuration;
  }

  get status(): ReloadStatus {
    return this.#status;
  }

  /**
   * Reloads. During a reload, any number of requests cause one more after it. Resolves when no request is left; a
   * request during a reload resolves at once. Never rejects.
   */
  async request(): Promise<void> {
    this.#isRequested = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isRequested && !this.#isClosed) {
      this.#isRequested = false;
      await this.#reload();
    }
    this.#isBusy = false;
  }

  /** No reload begins after this. */
  close(): void {
    this.#isClosed = true;
  }

  async #reload(): Promise<void> {
    const { file, log, apply, load = loadConfiguration } = this.#options;
    const loaded = await load(file, this.#running);
    if (!loaded.ok) {
      this.#failed(loaded.problems.map(formatProblem));
      return;
    }
    try {
      await apply(loaded.configuration);
    } catch (error) {
      this.#failed([`${file}: ${(error as Error).message}`]);
      return;
    }
    this.#running = loaded.configuration;
    log.level = loaded.configuration.log.level;
    const succeeded = this.#status.succeeded + 1;
    this.#status = { ...this.#status, succeeded, lastResult: 'applied', lastAt: now(), problems: [] };
    log.info({ configurationFile: file }, 'configuration reloaded');
    logWarnings(log, loaded.warnings.map(formatWarning));
  }

  #failed(problems: readonly string[]): void {
    const failed = this.#status.failed + 1;
    this.#status = { ...this.#status, failed, lastResult: 'failed', lastAt: now(), problems };
    if (!this.#logLimit.allows(problems.join('\n'), performance.now())) return;
    for (const problem of problems.slice(0, LOGGED_PROBLEMS)) {
      this.#options.log.error({ problem }, 'configuration not reloaded, the one before goes on');
    }
  }
}

/** Logs the first warnings of a configuration that is used. @param warnings one line each */
export function logWarnings(log: Logger, warnings: readonly string[]): void {
  for (const problem of warnings.slice(0, LOGGED_PROBLEMS)) {
    log.warn({ problem }, 'configuration is taken, and may not be meant so');
  }
}

function now(): string {
  return new Date().toISOString();
}
