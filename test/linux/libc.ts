/** The real system calls, as far as they need no privilege. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AF_INET } from '../../src/linux/constants.js';
import { LinuxError } from '../../src/linux/errors.js';
import { openLibc } from '../../src/linux/libc.js';
import { MessageBatch } from '../../src/linux/message-batch.js';
import { PollSet } from '../../src/linux/poll.js';
import { internetAddress, intValue } from '../../src/linux/sockaddr.js';

const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const { EAFNOSUPPORT, EBADF, ENODEV, EINVAL } = constants.errno;

const libc = await openLibc().catch((error: Error) => error);
if (libc instanceof Error) {
  t.plan(0, libc.message);
  process.exit();
}

/** A UDP socket of Node on the loopback, and a socket of `libc` connected to it. */
async function connected(): Promise<{ server: ReturnType<typeof createSocket>; descriptor: number }> {
  if (libc instanceof Error) throw libc;
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM, 0);
  libc.connect(descriptor, internetAddress('127.0.0.1', server.address().port));
  return { server, descriptor };
}

t.test('errors have the call and the reason', async (t) => {
  const value = intValue(0);
  const rows: readonly { name: string; call: () => unknown; op: string; errno: number }[] = [
    {
      name: 'no such family',
      call: () => libc.socket(9999, SOCK_DGRAM, 0),
      op: 'socket',
      errno: EAFNOSUPPORT,
    },
    { name: 'not open', call: () => libc.close(-1), op: 'close', errno: EBADF },
    { name: 'bind', call: () => libc.bind(-1, internetAddress('127.0.0.1', 0)), op: 'bind', errno: EBADF },
    {
      name: 'connect',
      call: () => libc.connect(-1, internetAddress('127.0.0.1', 1)),
      op: 'connect',
      errno: EBADF,
    },
    { name: 'send', call: () => libc.send(-1, value), op: 'send', errno: EBADF },
    { name: 'recv', call: () => libc.receive(-1, value), op: 'recv', errno: EBADF },
    { name: 'mmap', call: () => libc.map(-1, 4096), op: 'mmap', errno: EBADF },
    { name: 'munmap', call: () => libc.unmap(1, 4096), op: 'munmap', errno: EINVAL },
    {
      name: 'setsockopt',
      call: () => libc.setOption('SO_NOTHING', -1, SOL_SOCKET, 1, value),
      op: 'setsockopt SO_NOTHING',
      errno: EBADF,
    },
    {
      name: 'getsockopt',
      call: () => libc.getOption('SO_NOTHING', -1, SOL_SOCKET, 1, value),
      op: 'getsockopt SO_NOTHING',
      errno: EBADF,
    },
    {
      name: 'no such device',
      call: () => libc.interfaceIndex('nope0'),
      op: 'if_nametoindex nope0',
      errno: ENODEV,
    },
  ];
  for (const { name, call, op, errno } of rows) {
    t.throws(call, new LinuxError(op, errno), name);
  }
  t.equal(libc.sendMessages(-1, 0, 0), -EBADF, 'the hot loop is told by a number');
});

t.test('options', async (t) => {
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM, 0);
  const value = new Uint8Array(4);
  libc.setOption('SO_REUSEADDR', descriptor, SOL_SOCKET, SO_REUSEADDR, intValue(1));
  libc.getOption('SO_REUSEADDR', descriptor, SOL_SOCKET, SO_REUSEADDR, value);
  t.same(value, intValue(1));
  libc.getOption('SO_TYPE', descriptor, SOL_SOCKET, SO_TYPE, value);
  t.same(value, intValue(SOCK_DGRAM));
  t.throws(() => libc.setOption('none', descriptor, SOL_SOCKET, 9999, value), { code: 'ENOPROTOOPT' });
  libc.close(descriptor);
  t.throws(() => libc.close(descriptor), { code: 'EBADF' }, 'closed once');
});

t.test('devices', async (t) => {
  t.equal(libc.interfaceIndex('lo'), Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8')));
});

t.test('allocated memory', async (t) => {
  const first = libc.allocate(1 << 16);
  const second = libc.allocate(64);
  t.equal(first.memory.byteLength, 1 << 16);
  t.ok(
    new Uint8Array(first.memory).every((byte) => byte === 0),
    'is zero',
  );
  t.ok(Number.isSafeInteger(first.address) && first.address !== second.address);
  libc.free(first.address);
  libc.free(second.address);
});

t.test('memory mapped from a file', async (t) => {
  const file = join(t.testdir(), 'mapped');
  writeFileSync(file, new Uint8Array(8192));
  const descriptor = openSync(file, 'r+');
  const { address, memory } = libc.map(descriptor, 8192);
  t.equal(memory.byteLength, 8192);
  new Uint8Array(memory).set([1, 2, 3], 4095);
  t.same(readFileSync(file).subarray(4094, 4099), Uint8Array.of(0, 1, 2, 3, 0));
  libc.unmap(address, 8192);
  closeSync(descriptor);
});

t.test('sendmmsg of a batch joins the parts', async (t) => {
  const { server, descriptor } = await connected();
  const arrived: string[] = [];
  const batch = new MessageBatch(libc, 3);
  const body = libc.allocate(16);
  new Uint8Array(body.memory).set(Buffer.from('0123456789abcdef'));
  batch.setHeaderLength(4);
  for (let index = 0; index < 3; index++) {
    batch.bytes.set(Buffer.from(`hd${index}:`), batch.headerEnd(index) - 4);
    batch.setBody(index, body.address + index, 5 + index);
  }
  const all = new Promise<void>((resolve) => {
    server.on('message', (message) => {
      if (arrived.push(message.toString()) === 3) resolve();
    });
  });
  t.equal(libc.sendMessages(descriptor, batch.messageAddress(0), 2), 2);
  t.equal(libc.sendMessages(descriptor, batch.messageAddress(2), 1), 1);
  await all;
  t.same(arrived, ['hd0:01234', 'hd1:123456', 'hd2:2345678']);
  server.close();
  libc.close(descriptor);
  batch.free();
  libc.free(body.address);
});

t.test('receive and poll', async (t) => {
  const { server, descriptor } = await connected();
  const buffer = new Uint8Array(16);
  t.equal(libc.receive(descriptor, buffer), 0, 'nothing is waiting');
  const polled = new PollSet([-1, descriptor]);
  t.equal(await polled.wait(libc, 10), 0, 'poll gives up after its time');
  const waiting = polled.wait(libc, 5000);
  libc.send(descriptor, Buffer.from('ping'));
  const [message, { port, address }] = await once(server, 'message');
  t.same(message, Buffer.from('ping'));
  server.send('pong', port, address);
  t.equal(await waiting, 1, 'poll wakes, and passes a closed descriptor over');
  t.equal(libc.receive(descriptor, buffer), 4);
  t.same(buffer.subarray(0, 4), new Uint8Array(Buffer.from('pong')));
  server.close();
  libc.close(descriptor);
});

t.test('poll tells which descriptor has an error', async (t) => {
  const { server, descriptor } = await connected();
  const polled = new PollSet([-1, -1]);
  polled.replace([-1, descriptor]);
  server.close();
  await once(server, 'close');
  // Nobody listens any more: the answer is an error of the socket (udp(7)).
  libc.send(descriptor, Buffer.from('ping'));
  t.equal(await polled.wait(libc, 5000), 1);
  t.same([polled.hasError(0), polled.hasError(1)], [false, true]);
  libc.close(descriptor);
});

t.test('the event loop runs while poll waits', async (t) => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 5);
  await new PollSet([-1]).wait(libc, 100);
  clearInterval(timer);
  t.ok(turns >= 3, `${turns} turns`);
});
