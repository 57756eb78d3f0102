/** `/metrics` for Prometheus and `/healthz` for whoever watches over services, by HTTP on a local address. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { formatListen, type ListenAddress } from '../config/listen-address.js';
import type { Status } from '../daemon/status.js';
import { MetricsPage } from './metrics-page.js';

/** Owner and group, as the status socket. */
const SOCKET_MODE = 0o660;
/** A scraper or two, and somebody with curl. */
const MAXIMUM_CONNECTIONS = 32;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;

/** The address of `metrics.listen` cannot be listened on. */
export class MetricsListenError extends Error {
  readonly code = 'metrics-listen';

  constructor(address: ListenAddress, cause: Error) {
    super(`metrics.listen ${formatListen(address)}: ${cause.message}`, { cause });
  }
}

/** @throws MetricsListenError: in use, not permitted. */
export async function serveMetrics(address: ListenAddress, read: () => Status): Promise<Server> {
  const server = createServer(answerWith(new MetricsPage(read), read));
  server.maxConnections = MAXIMUM_CONNECTIONS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  try {
    if (address.kind === 'unix') await removeAbandonedSocket(address.path);
    await listen(server, address);
    if (address.kind === 'unix') chmodSync(address.path, SOCKET_MODE);
  } catch (error) {
    server.close();
    throw new MetricsListenError(address, error as Error);
  }
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

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.kind === 'unix' ? { path: address.path } : address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A socket stays behind when its process is killed. One that answers is not touched, nor is any other file. */
async function removeAbandonedSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const code = await new Promise<string>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  if (code === 'ECONNREFUSED') rmSync(path);
}
