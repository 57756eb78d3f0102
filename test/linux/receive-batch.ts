/** Messages for recvmmsg(2): as the kernel fills them in, and on real sockets of the loopback. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { openLibc } from '../../src/linux/libc.js';
import { PollSet } from '../../src/linux/poll.js';
import { ReceiveBatch } from '../../src/linux/receive-batch.js';
import { openReceiveCalls } from '../../src/linux/receive-calls.js';
import { UdpReceiver } from '../../src/linux/udp-receiver.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { FakeReceiveCalls } from '../fixtures/receive/fake-receive-calls.js';

function fake(capacity: number) {
  const libc = new FakeLibc();
  const calls = new FakeReceiveCalls(libc.memory);
  return { libc, calls, batch: new ReceiveBatch(libc, capacity, 256) };
}

t.test('datagrams, senders and times', async (t) => {
  const { calls, batch } = fake(4);
  calls.waiting.set(7, [
    { bytes: Buffer.from('first'), sender: [10, 9, 0, 1], seconds: 3_000_000_000, nanoseconds: 999_999_999 },
    { bytes: new Uint8Array(65_507).fill(7), sender: [0xfd, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] },
    { bytes: new Uint8Array(0) },
  ]);
  t.equal(batch.receive(calls, 7, 2), 2, 'no more than asked for');
  t.equal(
    Buffer.from(batch.bytes.subarray(batch.offset(0), batch.offset(0) + batch.length(0))).toString(),
    'first',
  );
  t.equal(batch.length(1), 65_507);
  t.ok(batch.bytes.subarray(batch.offset(1), batch.offset(1) + 65_507).every((byte) => byte === 7));
  batch.readSender(0);
  t.same([...new Uint8Array(batch.sender.buffer)], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 9, 0, 1]);
  batch.readSender(1);
  t.same([...new Uint8Array(batch.sender.buffer)], [0xfd, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  batch.readTime(0);
  t.same([batch.seconds, batch.nanoseconds], [3_000_000_000, 999_999_999]);
  t.equal(batch.receive(calls, 7, 4), 1, 'lengths are set again');
  t.equal(batch.length(0), 0);
  t.equal(batch.receive(calls, 7, 4), 0);
});

t.test('without a receive time it is now', async (t) => {
  const { libc, calls, batch } = fake(1);
  libc.seconds = 77;
  libc.nanoseconds = 88;
  calls.waiting.set(7, [{ bytes: Buffer.from('x'), isUnstamped: true }]);
  batch.receive(calls, 7, 1);
  batch.readTime(0);
  t.same([batch.seconds, batch.nanoseconds], [77, 88]);
});

t.test('the layout: aligned, apart, and the rest of the memory', async (t) => {
  const { libc, batch } = fake(64);
  for (let index = 0; index < 64; index++) {
    t.equal(batch.offset(index) % 64, 0);
    t.ok(batch.offset(index) + 65_535 < (index === 63 ? batch.rest : batch.offset(index + 1)));
  }
  const sets = new Set(Array.from({ length: 64 }, (_, index) => (batch.offset(index) >>> 6) % 64));
  t.equal(sets.size, 64, 'in another set of the cache each');
  t.equal(batch.rest % 64, 0);
  t.equal(batch.bytes.length, batch.rest + 256);
  t.equal(batch.addressOf(5) - batch.addressOf(0), 5);
  batch.free();
  t.equal(libc.memory.size, 0);
});

const libc = await openLibc().catch((error: Error) => error);
const skip = libc instanceof Error && libc.message;

t.test('the real calls', { skip }, async (t) => {
  if (libc instanceof Error) return;
  const calls = await openReceiveCalls();
  const options = { port: 0, isIpv6Only: false, bufferBytes: 1 << 16 };
  const socket = new UdpReceiver(libc, { ...options, address: '127.0.0.1' });
  t.teardown(() => socket.close());
  t.ok(socket.bufferBytes >= 1 << 16);
  const bound = new Uint8Array(16);
  libc.socketAddress(socket.descriptor, bound);
  const port = (bound[2]! << 8) | bound[3]!;
  const batch = new ReceiveBatch(libc, 8, 0);
  t.equal(batch.receive(calls, socket.descriptor, 8), 0, 'none is waiting');
  const sender = createSocket('udp4').bind(0, '127.0.0.1');
  await once(sender, 'listening');
  const before = Date.now() / 1000;
  const texts = ['a', '', 'ccc'];
  for (const text of texts) await new Promise((resolve) => sender.send(text, port, '127.0.0.1', resolve));
  await new PollSet([socket.descriptor]).wait(libc, 5000);
  t.equal(batch.receive(calls, socket.descriptor, 8), 3);
  for (const [index, text] of texts.entries()) {
    const start = batch.offset(index);
    t.equal(Buffer.from(batch.bytes.subarray(start, start + batch.length(index))).toString(), text);
    batch.readTime(index);
    const time = batch.seconds + batch.nanoseconds / 1e9;
    t.ok(time > before - 1 && time < Date.now() / 1000 + 1, `received at ${time}`);
    batch.readSender(index);
    t.same([...new Uint8Array(batch.sender.buffer)].slice(10), [255, 255, 127, 0, 0, 1]);
  }
  // More than the buffer holds: the kernel drops, and counts each.
  const flood = 2000;
  for (let index = 0; index < flood; index++) {
    await new Promise((resolve) => sender.send(Buffer.alloc(1000), port, '127.0.0.1', resolve));
  }
  let received = 0;
  for (let count = -1; count !== 0; received += count) count = batch.receive(calls, socket.descriptor, 8);
  t.ok(received < flood);
  t.equal(received + socket.drops(), flood, 'none is missing from the sum');
  t.equal(socket.drops(), flood - received, 'a total, however often it is read');
  sender.close();
  t.throws(() => new UdpReceiver(libc, { ...options, port, address: '127.0.0.1' }), { code: 'EADDRINUSE' });
  t.throws(() => new UdpReceiver(libc, { ...options, address: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' });
  t.throws(() => calls.control('TEST', socket.descriptor, 1, new Uint8Array(8)), {
    message: /^ioctl TEST: E/,
  });
  t.equal(calls.receiveMessages(-1, batch.addressOf(0), 1), -9, 'EBADF');
  t.equal(calls.writeFrom(-1, batch.addressOf(0), 1), -9, 'EBADF');
  batch.free();
});
