/** `/metrics` for Prometheus and `/healthz` for whoever watches over services, by HTTP on a local address. */
import type { IncomingMessage } from 'node:http';
import { HeldBytes } from '../listen/held-bytes.js';
import type { HttpResponse } from '../listen/http-server.js';
import { HttpServer } from '../listen/http-server.js';
import type { ListenAddress } from '../listen/listen.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import type { Status } from '../status/status.js';
import { MetricsPage } from './metrics-page.js';

/** A scraper or two, and somebody with curl. */
const MAXIMUM_CONNECTIONS = 32;
/** Of pages that are not read yet. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 100;
const HEALTH_INTERVAL_MS = 25;

/** @throws ListenError (rejects): in use, not permitted. */
export function serveMetrics(address: ListenAddress, read: () => Status): Promise<HttpServer> {
  return HttpServer.start({
    key: 'metrics.listen',
    listen: address,
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(MAXIMUM_HELD_BYTES),
    answer: answerWith(new MetricsPage(read), read),
  });
}

function answerWith(
  page: MetricsPage,
  read: () => Status,
): (request: IncomingMessage) => Promise<HttpResponse> {
  const pages = new SharedRendering(async () => Buffer.from(await page.render()), PAGE_INTERVAL_MS);
  const healths = new SharedRendering(() => read().health, HEALTH_INTERVAL_MS);
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') {
      const { headers, ...refusal } = text(405, 'only GET and HEAD\n');
      return { ...refusal, headers: { ...headers, allow: 'GET, HEAD' } };
    }
    switch (url?.split('?', 1)[0]) {
      case '/metrics':
        return pages.page().then(
          (body) => answer(200, page.contentType, body),
          (error: Error) => text(500, `${error.message}\n`),
        );
      case '/healthz': {
        const health = await healths.page();
        const code = health.state === 'failing' ? 503 : 200;
        return answer(code, 'application/json', `${JSON.stringify(health)}\n`);
      }
      default:
        return text(404, 'there are /metrics and /healthz\n');
    }
  };
}

function text(status: number, body: string): HttpResponse {
  return answer(status, 'text/plain', body);
}

function answer(status: number, contentType: string, body: HttpResponse['body']): HttpResponse {
  return { status, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
}
