/** What an engine told of the targets of its plan. */
import type { Logger } from 'pino';
import type { EnginePlan, EngineReport } from '../engine/messages.js';

export type TargetReport = Extract<EngineReport, { type: 'target' }>;

export class TargetReports {
  readonly #log: Logger;
  readonly #byAddress = new Map<string, TargetReport>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get all(): TargetReport[] {
    return [...this.#byAddress.values()];
  }

  take(report: TargetReport): void {
    const { address, device, maximumInnerLength, state, reason } = report;
    const before = this.#byAddress.get(address);
    this.#byAddress.set(address, report);
    if (before?.state === state && before.reason === reason) return;
    if (state === 'reachable') this.#log.info({ address, device, maximumInnerLength }, 'target reachable');
    else this.#log.warn({ address, state, reason }, 'target not reachable');
  }

  /** Forgets targets that the plan no longer has. */
  keepOnly({ lanes }: EnginePlan): void {
    const sessions = lanes.flatMap(({ source }) => source.sessions);
    const addresses = new Set(sessions.flatMap(({ targetAddresses }) => targetAddresses));
    for (const address of this.#byAddress.keys()) {
      if (!addresses.has(address)) this.#byAddress.delete(address);
    }
  }
}
