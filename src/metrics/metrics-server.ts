/** `/metrics` for Prometheus and `/healthz` for whoever watches over services, by HTTP on a local address. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type ListenAddress, listen } from '../listen/listen.js';
import type { Status } from '../status/status.js';
import { MetricsPage } from './metrics-page.js';

/** A scraper or two, and somebody with curl. */
const MAXIMUM_CONNECTIONS = 32;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;

/** @throws ListenError (rejects): in use, not permitted. */
export async function serveMetrics(address: ListenAddress, read: () => Status): Promise<Server> {
  const server = createServer(answerWith(new MetricsPage(read), read));
  server.maxConnections = MAXIMUM_CONNECTIONS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await listen(server, 'metrics.listen', address);
  return server;
}

function answerWith(page: MetricsPage, read: () => Status): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answer(response, 405, 'text/plain', 'only GET and HEAD\n');
      return;
    }
    switch (request.url?.split('?', 1)[0]) {
      case '/metrics':
        page.render().then(
          (text) => answer(response, 200, page.contentType, text),
          (error: Error) => answer(response, 500, 'text/plain', `${error.message}\n`),
        );
        break;
      case '/healthz': {
        const { health } = read();
        const code = health.state === 'failing' ? 503 : 200;
        answer(response, code, 'application/json', `${JSON.stringify(health)}\n`);
        break;
      }
      default:
        answer(response, 404, 'text/plain', 'there are /metrics and /healthz\n');
    }
  };
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(body);
}
