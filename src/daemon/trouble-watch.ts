/** Looks once a second at what degrades sources, and logs when that begins and ends. */
import type { Logger } from 'pino';
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { SourceTroubles } from '../status/source-troubles.js';

const INTERVAL_MS = 1000;

/** What was counted so far. */
interface Counted {
  readonly plan: Pick<MirrorPlan, 'sources'>;
  /** Totals, also of sources that the plan no longer has. */
  readonly counts: readonly LaneCounts[];
  readonly engines: readonly { readonly gauges: readonly LaneGauges[] }[];
}

export class TroubleWatch {
  readonly troubles = new SourceTroubles();
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  start(count: () => Counted): void {
    this.#timer = setInterval(() => this.#look(count()), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look({ plan, counts, engines }: Counted): void {
    const sources = new Set(plan.sources.map(({ id }) => id));
    const changes = this.troubles.observe(
      counts.filter(({ sourceId }) => sources.has(sourceId)),
      engines.flatMap(({ gauges }) => gauges),
    );
    for (const { sourceId, trouble, begins, text } of changes) {
      if (begins) this.#log.warn({ sourceId, trouble, reason: text }, 'source degraded');
      else this.#log.info({ sourceId, trouble }, 'source no longer degraded');
    }
  }
}
