/** Health checks of receivers behind load balancers: TCP connections and HTTP requests. */
import { get } from 'node:http';
import { connect } from 'node:net';
import type { Logger } from 'pino';
import type { HealthCheckPlan } from '../plan/mirror-plan.js';

const GOOD_STATUS = { from: 200, to: 399 } as const;

export interface HealthChecksOptions {
  readonly log: Logger;
  /** Called after each change, with all addresses whose check fails. */
  readonly onChange: (unhealthy: readonly string[]) => void;
}

export class HealthChecks {
  readonly #options: HealthChecksOptions;
  /** By the JSON of their plans. */
  readonly #checks = new Map<string, HealthCheckLoop>();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
  }

  /** Runs these checks and no others. Checks that go on keep their state. */
  setPlans(plans: readonly HealthCheckPlan[]): void {
    const wanted = new Map(plans.map((plan) => [JSON.stringify(plan), plan]));
    for (const [key, check] of this.#checks) {
      if (wanted.has(key)) continue;
      check.stop();
      this.#checks.delete(key);
    }
    for (const [key, plan] of wanted) {
      if (!this.#checks.has(key))
        this.#checks.set(key, new HealthCheckLoop(plan, (reason) => this.#changed(plan, reason)));
    }
    this.#options.onChange(this.unhealthy);
  }

  stop(): void {
    for (const check of this.#checks.values()) check.stop();
    this.#checks.clear();
  }

  /** Addresses whose check fails. */
  get unhealthy(): string[] {
    return [
      ...new Set(
        [...this.#checks.values()].filter(({ isHealthy }) => !isHealthy).map(({ address }) => address),
      ),
    ];
  }

  #changed({ address, protocol, port }: HealthCheckPlan, reason: string): void {
    const { log, onChange } = this.#options;
    if (reason === '') log.info({ address, protocol, port }, 'health check passes');
    else log.warn({ address, protocol, port, reason }, 'health check fails');
    onChange(this.unhealthy);
  }
}

class HealthCheckLoop {
  readonly address: string;
  /** True until it has failed often enough. */
  isHealthy = true;
  readonly #plan: HealthCheckPlan;
  readonly #onChange: (reason: string) => void;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** Results in a row that contradict the present state. */
  #contrary = 0;

  /** Starts at once. @param onChange takes the reason of the failure; empty: the check passes again. */
  constructor(plan: HealthCheckPlan, onChange: (reason: string) => void) {
    this.address = plan.address;
    this.#plan = plan;
    this.#onChange = onChange;
    void this.#check();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopping.abort();
  }

  async #check(): Promise<void> {
    const { intervalSeconds } = this.#plan;
    const started = performance.now();
    const reason = await this.#probe();
    if (this.#stopping.signal.aborted) return;
    this.#countResult(reason);
    const elapsed = performance.now() - started;
    this.#timer = setTimeout(() => void this.#check(), Math.max(0, intervalSeconds * 1000 - elapsed));
  }

  /** @returns the reason of the failure; empty: it passed. */
  #probe(): Promise<string> {
    const limit = AbortSignal.timeout(this.#plan.timeoutSeconds * 1000);
    const signal = AbortSignal.any([limit, this.#stopping.signal]);
    const asked =
      this.#plan.protocol === 'TCP' ? connectOnce(this.#plan, signal) : getOnce(this.#plan, signal);
    return asked.then(
      () => '',
      (error: Error) => (limit.aborted ? 'no answer in time' : error.message),
    );
  }

  #countResult(reason: string): void {
    const { healthyThresholdCount, unhealthyThresholdCount } = this.#plan;
    if ((reason === '') === this.isHealthy) {
      this.#contrary = 0;
      return;
    }
    this.#contrary += 1;
    if (this.#contrary < (this.isHealthy ? unhealthyThresholdCount : healthyThresholdCount)) return;
    this.#contrary = 0;
    this.isHealthy = !this.isHealthy;
    this.#onChange(reason);
  }
}

function connectOnce({ address, port }: HealthCheckPlan, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal });
    socket.on('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function getOnce({ address, port, path }: HealthCheckPlan, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ host: address, port, path, signal, agent: false }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      if (statusCode >= GOOD_STATUS.from && statusCode <= GOOD_STATUS.to) resolve();
      else reject(new Error(`status ${statusCode}`));
    });
    request.on('error', reject);
  });
}
