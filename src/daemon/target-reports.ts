/** What an engine told of the targets of its plan. */
import type { Logger } from 'pino';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { TargetReport } from '../targets/target-states.js';

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
