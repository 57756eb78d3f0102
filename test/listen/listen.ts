/** Sockets of servers: their mode, and the error when one cannot be opened. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listen } from '../../src/listen/listen.js';

/** In the system's temporary directory: a socket's path has to be short. */
function makeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-listen-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

t.test('a socket in a directory that does not exist', async (t) => {
  const directory = join(makeDirectory(t), 'missing');
  const path = join(directory, 'metrics.sock');
  await t.rejects(listen(createServer(), 'metrics.listen', { kind: 'unix', path }), {
    code: 'listen',
    message: `metrics.listen unix:${path}: the directory ${directory} does not exist: make it`,
  });
});

t.test('a file that is no socket is not touched', async (t) => {
  const path = join(makeDirectory(t), 'taken');
  writeFileSync(path, 'text');
  await t.rejects(listen(createServer(), 'metrics.listen', { kind: 'unix', path }), {
    code: 'listen',
    message: /EADDRINUSE/,
  });
  t.equal(readFileSync(path, 'utf8'), 'text');
});

t.test('a unix socket has its mode before anybody can connect', async (t) => {
  const path = join(makeDirectory(t), 'socket');
  const server = createServer();
  t.teardown(() => server.close());
  let mode = 0;
  server.once('listening', () => {
    mode = statSync(path).mode & 0o777;
  });
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  await listen(server, 'test.listen', { kind: 'unix', path });
  t.equal(mode, 0o660);
  t.equal(process.umask(0), 0, 'the umask is unchanged');
});
