/** Sockets of servers: a unix socket is never open to more than its owner and group. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { listen } from '../../src/listen/listen.js';

t.test('a unix socket has its mode before anybody can connect', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-listen-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'socket');
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
  t.equal(process.umask(0), 0, 'the umask is as it was');
});
