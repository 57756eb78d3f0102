/** `/metrics` for Prometheus and `/healthz` for monitoring of services, over HTTP on a local address. */
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, type Histogram, Registry } from 'prom-client';
import { LATENCY_BUCKETS } from '../counters/layout.js';
import { HeldBytes } from '../listen/held-bytes.js';
import { type HttpResponse, HttpServer } from '../listen/http-server.js';
import type { ListenAddress } from '../listen/listen.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import type { LaneStatus, Status } from '../status/status.js';
import { LANE_FAMILIES, laneLabels, NETWORK_FAMILIES, SESSION_FAMILIES } from './count-families.js';
import { type Family, type Labels, registerFamily, type Sample } from './family.js';
import { STATE_FAMILIES } from './state-families.js';

/** One or two scrapers, and a few users of curl. */
const MAXIMUM_CONNECTIONS = 32;
/** For pages that clients have not read yet. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 100;
const HEALTH_INTERVAL_MS = 25;

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

const LATENCY = 'traffic_mirror_latency_seconds';

/** A value of the histogram, whose members have different names. */
interface NamedSample extends Sample {
  readonly metricName: string;
}

/** @throws ListenError (rejects): in use, not permitted. */
export function serveMetrics(address: ListenAddress, read: () => Status): Promise<HttpServer> {
  return HttpServer.start({
    key: 'metrics.listen',
    listen: address,
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(MAXIMUM_HELD_BYTES),
    answer: responder(new MetricsPage(read), read),
  });
}

/** The page that Prometheus reads: every family, made from one status. */
export class MetricsPage {
  readonly #registry = new Registry();
  readonly #read: () => Status;
  #status: Status;

  /** @param read the current status; called once per page. */
  constructor(read: () => Status) {
    this.#read = read;
    this.#status = read();
    for (const family of FAMILIES) registerFamily(this.#registry, family, () => this.#status);
    registerLatency(this.#registry, () => this.#status);
    // Metrics of the daemon's process only: engines are other processes.
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Renders Prometheus's text format, one rendering at a time. Other work goes on between two families. */
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

function responder(
  page: MetricsPage,
  read: () => Status,
): (request: IncomingMessage) => Promise<HttpResponse> {
  const pages = new SharedRendering(async () => Buffer.from(await page.render()), PAGE_INTERVAL_MS);
  const healths = new SharedRendering(() => read().health, HEALTH_INTERVAL_MS);
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') {
      const { headers, ...rest } = text(405, 'only GET and HEAD\n');
      return { ...rest, headers: { ...headers, allow: 'GET, HEAD' } };
    }
    switch (url?.split('?', 1)[0]) {
      case '/metrics':
        return pages.page().then(
          (body) => response(200, page.contentType, body),
          (error: Error) => text(500, `${error.message}\n`),
        );
      case '/healthz': {
        const health = await healths.page();
        const code = health.state === 'failing' ? 503 : 200;
        return response(code, 'application/json', `${JSON.stringify(health)}\n`);
      }
      default:
        return text(404, 'there are /metrics and /healthz\n');
    }
  };
}

function text(status: number, body: string): HttpResponse {
  return response(status, 'text/plain', body);
}

function response(status: number, contentType: string, body: HttpResponse['body']): HttpResponse {
  return { status, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
}

/** The latency counts of each lane as a histogram. @param read the status of this scrape. */
function registerLatency(registry: Registry, read: () => Status): void {
  const metric = {
    name: LATENCY,
    get: async () => ({
      name: LATENCY,
      help: 'From when a block of frames began in the kernel to when its copies were handed to it, one per block.',
      type: 'histogram',
      aggregator: 'sum',
      values: read().lanes.flatMap(laneSamples),
    }),
  };
  // prom-client's own histogram counts observations, while these counts come from the engine. The registry needs no
  // more of a metric than this.
  registry.registerMetric(metric as unknown as Histogram);
}

/** Buckets are cumulative: each counts the values up to its bound. */
function laneSamples(lane: LaneStatus): NamedSample[] {
  const labels = laneLabels(lane);
  let count = 0;
  const buckets = LATENCY_BUCKETS.map((le) => {
    count += lane.latency.blocks[le] ?? 0;
    return named('bucket', { ...labels, le }, count);
  });
  return [...buckets, named('sum', labels, lane.latency.microseconds / 1e6), named('count', labels, count)];
}

function named(member: string, labels: Labels, value: number): NamedSample {
  return { metricName: `${LATENCY}_${member}`, labels, value };
}
