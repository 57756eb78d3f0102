/** Who is at the other end of a unix socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import t from 'tap';
import { openLibc } from '../../src/linux/libc.js';
import { peerCredentials } from '../../src/linux/peer-credentials.js';

t.test('another process, and none', async (t) => {
  const libc = await openLibc();
  const path = `${t.testdir()}/s`;
  const server = createServer();
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const script = `require('net').connect(${JSON.stringify(path)}).resume()`;
  const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, NODE_OPTIONS: '' } });
  t.teardown(() => child.kill('SIGKILL'));
  const [socket] = (await once(server, 'connection')) as [Socket];
  const wanted = { pid: child.pid, uid: process.getuid?.(), gid: process.getgid?.() };
  t.strictSame(peerCredentials(libc, socket), wanted);
  t.equal(peerCredentials(undefined, socket), undefined, 'without koffi');
  socket.destroy();
  await once(socket, 'close');
  t.equal(peerCredentials(libc, socket), undefined, 'closed');
});
