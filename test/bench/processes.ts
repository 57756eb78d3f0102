/** What the bench reads of processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { processTree, socketBytes } from '../../bench/processes.js';

const MAPS = `7f1200000000-7f1202000000 rw-s 00000000 00:08 4711                       socket:[4711]
Size:              32768 kB
Rss:               32000 kB
Pss:               32000 kB
7f1202000000-7f1202001000 rw-s 80000000 00:08 4712                       socket:[4712]
Size:                  4 kB
Rss:                   4 kB
7f1203000000-7f1203100000 rw-p 00000000 00:00 0                          [heap]
Size:               1024 kB
Rss:                 512 kB
7f1204000000-7f1204100000 r--p 00000000 08:01 77                         /usr/lib/libsocket.so
Rss:                 100 kB
`;

t.test('what is mapped from sockets is rings, and nothing else', async (t) => {
  t.equal(socketBytes(MAPS), 32_004 * 1024);
  t.equal(socketBytes(''), 0);
});

t.test('a tree has the children of children', async (t) => {
  const parent = spawn('sh', ['-c', 'sh -c "echo ready; read _; :"; :'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => parent.kill('SIGKILL'));
  await once(parent.stdout, 'data');
  const tree = processTree(parent.pid ?? 0);
  t.equal(tree[0], parent.pid);
  t.equal(tree.length, 2);
  t.ok(processTree(process.pid).includes(tree[1] ?? 0));
  parent.stdin.end('\n');
  await once(parent, 'close');
});
