/** `/metrics` for Prometheus, and `/healthz`, `/livez` and `/readyz` for monitoring of services, over HTTP. */
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, type Histogram, Registry } from 'prom-client';
import { LATENCY_BUCKETS } from '../counters/layout.js';
import { HeldBytes } from '../listen/held-bytes.js';
import { type HttpResponse, HttpServer } from '../listen/http-server.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import { ProbeResponder } from '../status/probes.js';
import type { LaneStatus, Status } from '../status/status.js';
import { ACTIVITY_FAMILIES } from './activity-families.js';
import { LANE_FAMILIES, laneLabels, NETWORK_FAMILIES, SESSION_FAMILIES } from './count-families.js';
import { type Family, type Labels, registerFamily, type Sample } from './family.js';
import {
  expiredSince,
  type MetricsAccess,
  type MetricsSettings,
  readMetricsAccess,
} from './metrics-access.js';
import { STATE_FAMILIES } from './state-families.js';

/** One or two scrapers, and a few users of curl. */
const MAXIMUM_CONNECTIONS = 32;
/** For pages that clients have not read yet. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 100;

const FAMILIES: readonly Family[] = [
  ...STATE_FAMILIES,
  ...ACTIVITY_FAMILIES,
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

/** The server of the section `metrics`. */
export class MetricsServer {
  readonly #settings: MetricsSettings;
  readonly #onExpired: (certificateFile: string, since: Date) => void;
  #access: MetricsAccess;
  #server: HttpServer | undefined;

  private constructor(
    settings: MetricsSettings,
    access: MetricsAccess,
    onExpired: (certificateFile: string, since: Date) => void,
  ) {
    this.#settings = settings;
    this.#access = access;
    this.#onExpired = onExpired;
    this.#judge(settings);
  }

  /**
   * Reads the certificate and the tokens, and does not listen yet.
   * @param onExpired called for a certificate that has ended, which is used all the same. @throws ListenFileError (rejects)
   */
  static async open(
    settings: MetricsSettings,
    onExpired: (certificateFile: string, since: Date) => void = () => {},
  ): Promise<MetricsServer> {
    return new MetricsServer(settings, await readMetricsAccess(settings), onExpired);
  }

  /** @throws ListenError (rejects): in use, not permitted. */
  async serve(read: () => Status): Promise<HttpServer> {
    this.#server = await HttpServer.start({
      key: 'metrics.listen',
      listen: this.#settings.listen,
      tls: this.#access.certificate,
      maximumConnections: MAXIMUM_CONNECTIONS,
      memory: new HeldBytes(MAXIMUM_HELD_BYTES),
      answer: responder(new MetricsPage(read), read, () => this.#access),
    });
    return this.#server;
  }

  /**
   * Reads the files of another configuration. Nothing changes until the function is called that it resolves to, which
   * cannot fail. @throws ListenFileError (rejects)
   */
  async prepare(settings: MetricsSettings): Promise<() => void> {
    const access = await readMetricsAccess(settings);
    return () => {
      const { certificate } = access;
      const isOther = JSON.stringify(certificate) !== JSON.stringify(this.#access.certificate);
      this.#access = access;
      if (certificate !== undefined && isOther) this.#server?.setCertificate(certificate);
      this.#judge(settings);
    };
  }

  #judge({ tls }: MetricsSettings): void {
    const since = expiredSince(this.#access, new Date());
    if (tls !== undefined && since !== undefined) this.#onExpired(tls.certificateFile, since);
  }
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
  access: () => MetricsAccess,
): (request: IncomingMessage) => Promise<HttpResponse> {
  const pages = new SharedRendering(async () => Buffer.from(await page.render()), PAGE_INTERVAL_MS);
  const probes = new ProbeResponder(read);
  return async ({ method, url, headers }) => {
    // The same for every path and every wrong token: nothing is to be learnt from it.
    if (access().tokens?.accept(headers.authorization) === false) {
      return withHeader(text(401, 'a bearer token is needed\n'), 'www-authenticate', 'Bearer');
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return withHeader(text(405, 'only GET and HEAD\n'), 'allow', 'GET, HEAD');
    }
    const path = url?.split('?', 1)[0];
    if (path === '/metrics') {
      return pages.page().then(
        (body) => response(200, page.contentType, body),
        (error: Error) => text(500, `${error.message}\n`),
      );
    }
    const answer = await probes.answer(path);
    return answer ?? text(404, 'there are /metrics, /healthz, /livez and /readyz\n');
  };
}

function withHeader({ headers, ...rest }: HttpResponse, name: string, value: string): HttpResponse {
  return { ...rest, headers: { ...headers, [name]: value } };
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
