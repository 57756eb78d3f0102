/** The page that Prometheus reads: every family, made of one status. */
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Status } from '../status/status.js';
import { type Family, registerFamily } from './family.js';
import { LANE_FAMILIES, NETWORK_FAMILIES } from './lane-families.js';
import { registerLatency } from './latency-histogram.js';
import { SESSION_FAMILIES } from './session-families.js';
import { STATE_FAMILIES } from './state-families.js';

const FAMILIES: readonly Family[] = [
  ...STATE_FAMILIES,
  ...LANE_FAMILIES,
  ...SESSION_FAMILIES,
  ...NETWORK_FAMILIES,
];

/** Gauges of prom-client's own set whose names end like those of counters. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

export class MetricsPage {
  readonly #registry = new Registry();
  readonly #read: () => Status;
  #status: Status;

  /** @param read the status of now; asked once per page. */
  constructor(read: () => Status) {
    this.#read = read;
    this.#status = read();
    for (const family of FAMILIES) registerFamily(this.#registry, family, () => this.#status);
    registerLatency(this.#registry, () => this.#status);
    // Of the daemon's process; the engines are processes of their own.
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus's text format. One rendering at a time; other work goes on between two families of it. */
  async render(): Promise<string> {
    this.#status = this.#read();
    const families: string[] = [];
    for (const metric of this.#registry.getMetricsAsArray()) {
      families.push(await this.#registry.getSingleMetricAsString(metric.name));
      await setImmediate();
    }
    return `${families.join('\n\n')}\n`;
  }
}
