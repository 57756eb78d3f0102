/** A ring is opened by calls in the right order; its clock has the time since a timestamp. */
import { constants } from 'node:os';
import t from 'tap';
import { REJECT_ALL } from '../../src/linux/classic-bpf.js';
import { openLibc } from '../../src/linux/libc.js';
import { PacketRing, WallClock } from '../../src/linux/packet-ring.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const { EPERM, ENOMEM, EINVAL, ENODEV } = constants.errno;

t.test('opening', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, { megabytes: 2, blockTimeoutMs: 1, filter: REJECT_ALL });
  t.same(
    libc.calls,
    [
      'socket 17 3 0',
      'PACKET_VERSION',
      'PACKET_VNET_HDR',
      'PACKET_RESERVE',
      'PACKET_RX_RING',
      'SO_ATTACH_FILTER',
      'map 2097152',
    ],
    'the version before the ring; no frame arrives before the filter is attached',
  );
  t.equal(ring.blockCount, 16);
  t.equal(ring.memory.byteLength, 2 << 20);
  const request = new Uint32Array(libc.options.get('PACKET_RX_RING')!.buffer);
  t.same([...request], [1 << 17, 16, 2048, 1024, 1, 0, 0], 'struct tpacket_req3');
  ring.bind(7);
  t.same(libc.calls.slice(7), ['bind 1100000307000000000000000000000000000000']);
});

t.test('a ring without egress is not shown outgoing frames', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL });
  t.notOk(libc.calls.includes('PACKET_IGNORE_OUTGOING'), 'it is shown both directions');
  ring.ignoreOutgoing(true);
  t.equal(libc.intOf('PACKET_IGNORE_OUTGOING'), 1);
  ring.ignoreOutgoing(false);
  t.equal(libc.intOf('PACKET_IGNORE_OUTGOING'), 0, 'and again when it does');
});

t.test('an error leaves nothing open', async (t) => {
  const rows = [
    { name: 'not permitted', op: 'socket', errno: EPERM, want: 'EPERM' },
    { name: 'no such version', op: 'PACKET_VERSION', errno: EINVAL, want: 'EINVAL' },
    { name: 'no memory', op: 'PACKET_RX_RING', errno: ENOMEM, want: 'ENOMEM' },
    { name: 'a filter that is too long', op: 'SO_ATTACH_FILTER', errno: ENOMEM, want: 'ENOMEM' },
    { name: 'no address space', op: 'map', errno: ENOMEM, want: 'ENOMEM' },
  ];
  for (const { name, op, errno, want } of rows) {
    const libc = new FakeLibc();
    libc.refused.set(op, errno);
    t.throws(
      () => new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL }),
      { code: want },
      name,
    );
    t.same([libc.open.size, libc.memory.size], [0, 0], `${name}: nothing is left`);
  }
});

t.test('a device that does not exist yet can be bound later', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL });
  libc.refused.set('bind', ENODEV);
  t.throws(() => ring.bind(7), { code: 'ENODEV' });
  libc.refused.clear();
  ring.bind(7);
  t.match(libc.calls.at(-1), /^bind /);
});

t.test('statistics add up: the kernel’s counters start again at each read', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL });
  const look = (...values: [number, number, number]) => {
    libc.options.set('PACKET_STATISTICS', new Uint8Array(Uint32Array.from(values).buffer));
    return ring.statistics();
  };
  t.same(look(10, 2, 1), { received: 10, dropped: 2 });
  t.same(look(0, 0, 0), { received: 10, dropped: 2 });
  t.same(look(0xffffffff, 3, 0), { received: 10 + 0xffffffff, dropped: 5 });
});

t.test('closing', async (t) => {
  const libc = new FakeLibc();
  const ring = new PacketRing(libc, { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL });
  ring.close();
  t.same([libc.open.size, libc.memory.size, ring.memory.byteLength], [0, 0, 0]);
});

t.test('microseconds since a timestamp', async (t) => {
  const libc = new FakeLibc();
  const clock = new WallClock(libc);
  const rows = [
    { now: [100, 500_000], stamp: [100, 0], want: 500 },
    { now: [101, 1_000_000], stamp: [100, 999_000_000], want: 2000 },
    { now: [4_000_000_000, 0], stamp: [3_999_999_999, 0], want: 1_000_000 },
    { now: [100, 0], stamp: [105, 0], want: 0 },
  ] as const;
  for (const { now, stamp, want } of rows) {
    [libc.seconds, libc.nanoseconds] = now;
    clock.read();
    t.equal(clock.microsecondsSince(stamp[0], stamp[1]), want, `${now} since ${stamp}`);
  }
});

t.test('the kernel’s clock', async (t) => {
  const clock = new WallClock(await openLibc());
  const before = Date.now();
  clock.read();
  const since = clock.microsecondsSince(Math.floor(before / 1000), (before % 1000) * 1e6);
  // Date.now() has whole milliseconds.
  t.ok(since >= 0 && since < 1_000_000, `${since} µs`);
});
