/** The status socket: its responses, and its errors for readers. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import type { RunningResources } from '../../src/status/running-resources.js';
import type { Status } from '../../src/status/status.js';
import { readResources, readStatus, serveStatus, statusSocketPath } from '../../src/status/status-server.js';

const STATUS: Status = {
  pid: 4711,
  version: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeSeconds: 3,
  configurationFile: 'c.yaml',
  generation: 1,
  reload: { succeeded: 0, failed: 0, lastResult: 'none', lastAt: null, problems: [] },
  io: 'ring',
  engineConfinement: { landlock: 'off' },
  loopDelayMs: 0,
  health: { state: 'ok', reasons: [], notes: [] },
  engines: [],
  sources: [],
  lanes: [],
  removedLanes: [],
  sessions: [],
  targets: [],
};

/** Short: a unix socket's path has at most 107 bytes. */
function makeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-status-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function serve(t: Test, directory: string): Promise<void> {
  const server = await serveStatus(directory, () => STATUS);
  t.teardown(() => server.close());
}

function ask(directory: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath: statusSocketPath(directory), path }, resolve)
      .on('error', reject)
      .end();
  });
}

t.test('a reader keeps no connection, which the daemon may close before the next time', async (t) => {
  const directory = makeDirectory(t);
  const headers: (string | undefined)[] = [];
  const server = createHttpServer((asked, response) => {
    headers.push(asked.headers.connection);
    response.end(JSON.stringify(STATUS));
  });
  server.listen(statusSocketPath(directory));
  await once(server, 'listening');
  t.teardown(() => server.close());
  const connections: unknown[] = [];
  server.on('connection', (socket) => connections.push(socket));
  for (let time = 0; time < 2; time++) t.same(await readStatus(directory), STATUS);
  t.strictSame(headers, ['close', 'close']);
  t.equal(connections.length, 2, 'a connection for each time');
});

t.test('responds with the current status', async (t) => {
  const directory = makeDirectory(t);
  await serve(t, directory);
  t.same(await readStatus(directory), STATUS);
  t.equal(statSync(statusSocketPath(directory)).mode & 0o777, 0o660, 'for owner and group only');
});

t.test('every other path is not found', async (t) => {
  const directory = makeDirectory(t);
  await serve(t, directory);
  for (const path of ['/', '/status/', '/../../etc/passwd', '/constructor']) {
    const response = await ask(directory, path);
    response.resume();
    t.equal(response.statusCode, 404, path);
  }
});

t.test('replaces the socket of a killed daemon', async (t) => {
  const directory = makeDirectory(t);
  abandonSocket(statusSocketPath(directory));
  await t.rejects(readStatus(directory), { code: 'ECONNREFUSED' });
  await serve(t, directory);
  t.same(await readStatus(directory), STATUS);
});

t.test('a reader is told why there is no answer', async (t) => {
  const directory = makeDirectory(t);
  await t.rejects(readStatus(directory), { code: 'ENOENT' });
  const garbler = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{'));
  await listen(t, garbler, statusSocketPath(directory));
  await t.rejects(readStatus(directory), SyntaxError);
});

t.test('a daemon that hangs: the reader times out', async (t) => {
  const directory = makeDirectory(t);
  await listen(t, createServer(), statusSocketPath(directory));
  await t.rejects(readStatus(directory), /the daemon does not answer/);
});

/** Leaves a socket file behind, as a process does that is killed. */
function abandonSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', script]);
}

function listen(t: Test, server: Server, path: string): Promise<void> {
  const sockets: { destroy(): void }[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => {
    server.listen(path, resolve);
  });
}

const RESOURCES: RunningResources = {
  pid: 4711,
  configurationFile: 'c.yaml',
  configuration: parsedConfiguration(),
  inactiveSessions: [{ sessionId: 'tms-1', reason: 'target tmt-1 is gone' }],
  owners: { 'tmt-1': '111122223333' },
};

function parsedConfiguration(): RunningResources['configuration'] {
  const parsed = parseConfiguration('networkInterfaces: [{ networkInterfaceId: a, device: b }]', 'c.yaml');
  if (!parsed.ok) throw new Error('bad');
  const { resources, engine, quotas } = parsed.configuration;
  return { ...resources, engine, quotas };
}

t.test('the resources, as they are', async (t) => {
  const directory = makeDirectory(t);
  const server = await serveStatus(
    directory,
    () => STATUS,
    async () => RESOURCES,
  );
  t.teardown(() => server.close());
  t.same(await readResources(directory), RESOURCES);
  t.same(await readStatus(directory), STATUS, 'and the status beside them');
});

t.test('a daemon of an older version has no resources to show', async (t) => {
  const directory = makeDirectory(t);
  await serve(t, directory);
  await t.rejects(readResources(directory), /of an older version, which does not show its resources/);
});

t.test('a reader is told why there are no resources', async (t) => {
  const directory = makeDirectory(t);
  const server = await serveStatus(
    directory,
    () => STATUS,
    async () => {
      throw new Error('an earlier change could not be made');
    },
  );
  t.teardown(() => server.close());
  await t.rejects(readResources(directory), { message: 'an earlier change could not be made' });
});

t.test('a reader does not take more than resources can have', async (t) => {
  const directory = makeDirectory(t);
  const endless = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(2 ** 20, 0x20)));
    };
    socket.on('drain', more);
    more();
  });
  await listen(t, endless, statusSocketPath(directory));
  await t.rejects(readResources(directory), { message: 'its answer is too long' });
});
