/** The server of metrics and health: what it answers, and why it does not start. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ListenAddress } from '../../src/listen/listen.js';
import { serveMetrics } from '../../src/metrics/metrics-server.js';
import type { Status } from '../../src/status/status.js';
import { statusOf } from '../fixtures/status/status.js';

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function makeSocketPath(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-metrics-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'metrics.sock');
}

async function serve(t: Test, address: ListenAddress, read = (): Status => statusOf()): Promise<void> {
  const server = await serveMetrics(address, read);
  t.teardown(() => server.close());
}

function ask(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, type: response.headers['content-type'], body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

t.test('metrics over TCP', async (t) => {
  const port = await freePort();
  await serve(t, { kind: 'tcp', host: '127.0.0.1', port });
  const { status, type, body } = await ask({ host: '127.0.0.1', port, path: '/metrics' });
  t.equal(status, 200);
  t.match(type, /^text\/plain; version=0\.0\.4/);
  t.match(body, '# TYPE traffic_mirror_captured_packets_total counter\n');
  const head = await ask({ host: '127.0.0.1', port, path: '/metrics', method: 'HEAD' });
  t.same([head.status, head.body], [200, '']);
});

t.test('health', async (t) => {
  const socketPath = makeSocketPath(t);
  let health: Status['health'] = { state: 'ok', reasons: [] };
  await serve(t, { kind: 'unix', path: socketPath }, () => statusOf({ health }));
  t.equal(statSync(socketPath).mode & 0o777, 0o660, 'for owner and group only');
  const rows = [
    { state: 'ok', reasons: [], want: 200 },
    { state: 'degraded', reasons: ['target 10.9.0.2: no route'], want: 200 },
    { state: 'failing', reasons: ['source eni-web ingress: device eth0 is down'], want: 503 },
  ] as const;
  for (const { want, ...now } of rows) {
    health = now;
    const { status, type, body } = await ask({ socketPath, path: '/healthz' });
    t.same([status, type, JSON.parse(body)], [want, 'application/json', now], now.state);
  }
});

t.test('nothing else', async (t) => {
  const socketPath = makeSocketPath(t);
  await serve(t, { kind: 'unix', path: socketPath });
  for (const path of ['/', '/metrics/', '/../etc/passwd', '/constructor', '/status']) {
    t.equal((await ask({ socketPath, path })).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    t.equal((await ask({ socketPath, path: '/metrics', method })).status, 405, method);
  }
});

t.test('an address that is taken', async (t) => {
  const port = await freePort();
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  await serve(t, address);
  const want = `metrics.listen 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
  await t.rejects(serve(t, address), { code: 'listen', message: want });
});

t.test('a socket that is taken, one that was left behind, and a file', async (t) => {
  const path = makeSocketPath(t);
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', script]);
  await serve(t, { kind: 'unix', path });
  await t.rejects(serve(t, { kind: 'unix', path }), {
    message: `metrics.listen unix:${path}: listen EADDRINUSE: address already in use ${path}`,
  });
  t.equal((await ask({ socketPath: path, path: '/healthz' })).status, 200, 'the first still answers');
  const file = `${path}.txt`;
  writeFileSync(file, 'precious');
  await t.rejects(serve(t, { kind: 'unix', path: file }), { code: 'listen' });
  t.equal(statSync(file).size, 8, 'the file is left alone');
});
