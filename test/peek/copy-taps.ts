/** The tap of a mirror: copies as the sinks get them, with origin and time; bounds, and exact counts of what is left out. */
import assert from 'node:assert/strict';
import t from 'tap';
import { compile } from '../../src/match/compile.js';
import { CopyTaps } from '../../src/peek/copy-taps.js';
import type { CopyFilter, PeekOrder } from '../../src/peek/peek-order.js';
import type { Direction, SourcePlan } from '../../src/plan/mirror-plan.js';
import { gsoFrame } from '../fixtures/frames/gso-frame.js';
import { GuardedFrame, offloadsOf, SURROUNDINGS } from '../fixtures/frames/guarded.js';
import { frameOf, type Mirroring, mirroringOf } from '../fixtures/mirror/mirroring.js';
import { drain, RecordList } from '../fixtures/peek/record-list.js';
import { sourcePlan } from '../fixtures/plans/builders.js';
import { Random } from '../fixtures/plans/random.js';

const ORDER: PeekOrder = { filters: [{}], snapshotLength: 65535, copiesPerSecond: 4e6, bytesPerSecond: 4e9 };
const PLAN = sourcePlan([
  { id: 'tms-tcp', rules: [{ protocol: 6 }] },
  { id: 'tms-rest', rules: [{}, { to: '::/0' }], egress: [{}] },
]);

/** IPv4, TCP or UDP, with a number in its payload. */
function frame(protocol: number, number = 0, payload = 20): Uint8Array {
  const bytes = Buffer.alloc(14 + 20 + 20 + payload);
  bytes.write('020000000001020000000002080045', 0, 'hex');
  bytes.writeUInt16BE(bytes.length - 14, 16);
  bytes.writeUInt8(64, 22);
  bytes.writeUInt8(protocol, 23);
  bytes.write('0a0100020a010001', 26, 'hex');
  bytes.writeUInt8(0x50, 46);
  if (payload >= 4) bytes.writeUInt32BE(number, 54);
  return bytes;
}

interface Tapped extends Mirroring {
  readonly taps: CopyTaps;
  /** All that came out so far. */
  readonly seen: () => RecordList;
  /** As the engine does after an order or a new plan. */
  readonly attach: () => void;
  nowMs: number;
}

function tapped(plan: SourcePlan = PLAN, direction: Direction = 'ingress', more: object = {}): Tapped {
  const list = new RecordList();
  let memory: SharedArrayBuffer | undefined;
  const clock = { nowMs: 1000 };
  const taps = new CopyTaps(
    (shared) => {
      memory = shared;
    },
    () => clock.nowMs,
  );
  const mirroring = mirroringOf(plan, { direction, ...more });
  const { outcomes } = compile(plan, direction);
  return Object.assign(clock, mirroring, {
    taps,
    seen: () => (memory === undefined ? list : drain(memory, list)),
    attach: () => {
      mirroring.mirror.tap = taps.of({ source: plan, direction }, outcomes);
    },
  });
}

function sentBy({ sinks }: Mirroring): Buffer[] {
  return [...sinks.values()].flatMap(({ sent }) => sent.map(({ inner }) => Buffer.from(inner)));
}

t.test('nobody peeks: there is no tap', async (t) => {
  const one = tapped();
  one.attach();
  t.equal(one.mirror.tap, undefined);
});

t.test('each copy with its origin, as the sink gets it', async (t) => {
  const one = tapped();
  one.taps.set(ORDER);
  one.attach();
  const frames = [frame(6, 1), frame(17, 2), frame(6, 3, 1400)];
  for (const bytes of frames) one.mirror.consume(frameOf(bytes));
  const seen = one.seen();
  t.equal(seen.begins, 1);
  t.strictSame(
    seen.copies.map(({ bytes }) => bytes),
    sentBy(one),
  );
  const origin = { sourceId: 'eni-1', device: 'veth0', direction: 'ingress' };
  t.strictSame(
    seen.copies.map(({ from }) => from),
    [
      { ...origin, sessionId: 'tms-tcp', rule: 's1r10' },
      { ...origin, sessionId: 'tms-rest', rule: 's2r10' },
      { ...origin, sessionId: 'tms-tcp', rule: 's1r10' },
    ],
  );
  t.equal(seen.origins.size, 2, 'each origin is told once');
  t.strictSame(
    seen.copies.map(({ wireLength, copyLength }) => [wireLength, copyLength]),
    [
      [74, 74],
      [74, 74],
      [1454, 1454],
    ],
  );
});

t.test('PacketLength, the room of the path, and the snapshot length', async (t) => {
  const plan = { ...PLAN, sessions: PLAN.sessions.map((session) => ({ ...session, packetLength: 100 })) };
  const one = tapped(plan, 'ingress', { maximumInnerLength: 90 });
  one.taps.set({ ...ORDER, snapshotLength: 64 });
  one.attach();
  one.mirror.consume(frameOf(frame(6, 1, 1000), 2000));
  one.mirror.consume(frameOf(frame(6, 1, 0)));
  const [cut, short] = one.seen().copies;
  t.match(cut, { wireLength: 2000, copyLength: 90, keptLength: 64 });
  t.match(short, { wireLength: 54, copyLength: 54, keptLength: 54 });
});

t.test('the time of the ring, or else the time of day', async (t) => {
  const one = tapped();
  one.taps.set(ORDER);
  one.attach();
  const timed = frameOf(frame(6));
  timed.words = Int32Array.of(0, 0, -1, 123_456_789);
  timed.timeWord = 2;
  one.mirror.consume(timed);
  const before = Date.now();
  one.mirror.consume(frameOf(frame(6)));
  const [first, second] = one.seen().copies;
  t.match(first, { seconds: 0xffffffff, nanoseconds: 123_456_789 });
  const milliseconds = second!.seconds * 1000 + second!.nanoseconds / 1e6;
  t.ok(Math.abs(milliseconds - before) < 1000, `${milliseconds} ${before}`);
});

t.test('segments of GSO frames are told as they are sent', async (t) => {
  const random = new Random(7);
  const plan = sourcePlan([{ rules: [{}, { to: '::/0' }] }]);
  let segments = 0;
  for (let round = 0; round < 200; round++) {
    const one = tapped(plan);
    one.taps.set(ORDER);
    one.attach();
    const gso = gsoFrame(random);
    const guarded = new GuardedFrame(gso.bytes, offloadsOf(gso.offloads), SURROUNDINGS[0]!);
    one.mirror.consume(guarded.frame);
    const copies = one.seen().copies.map(({ bytes }) => bytes);
    assert.deepEqual(copies, sentBy(one));
    segments += copies.length;
  }
  t.ok(segments > 400, `${segments} segments`);
});

t.test('only what some filter wants', async (t) => {
  const rows: [filters: CopyFilter[], sessions: string[]][] = [
    [[{ sessionIds: ['tms-tcp'] }], ['tms-tcp']],
    [[{ sessionIds: ['tms-rest'], direction: 'ingress' }], ['tms-rest']],
    [[{ sessionIds: ['tms-rest'], direction: 'egress' }], []],
    [[{ sourceIds: ['eni-2'] }], []],
    [
      [{ sourceIds: ['eni-2'] }, { sourceIds: ['eni-1'] }],
      ['tms-tcp', 'tms-rest'],
    ],
    [
      [{ sessionIds: ['tms-tcp'] }, { sessionIds: ['tms-rest'] }],
      ['tms-tcp', 'tms-rest'],
    ],
  ];
  for (const [filters, sessions] of rows) {
    const one = tapped();
    one.taps.set({ ...ORDER, filters });
    one.attach();
    for (const protocol of [6, 17]) one.mirror.consume(frameOf(frame(protocol)));
    t.strictSame(
      one.seen().copies.map(({ from }) => from.sessionId),
      sessions,
      JSON.stringify(filters),
    );
    t.equal(sentBy(one).length, 2, 'every copy is sent');
  }
});

t.test('another joins, one leaves: nothing is told twice', async (t) => {
  const one = tapped();
  const consume = (protocol: number): void => one.mirror.consume(frameOf(frame(protocol)));
  one.taps.set({ ...ORDER, filters: [{ sessionIds: ['tms-tcp'] }] });
  one.attach();
  consume(6);
  one.taps.set(ORDER);
  one.attach();
  consume(17);
  consume(6);
  one.taps.set({ ...ORDER, filters: [{ sessionIds: ['tms-rest'] }] });
  one.attach();
  consume(6);
  consume(17);
  const seen = one.seen();
  t.equal(seen.begins, 1);
  t.equal(seen.origins.size, 2);
  t.strictSame(
    seen.copies.map(({ from }) => from.sessionId),
    ['tms-tcp', 'tms-rest', 'tms-tcp', 'tms-rest'],
  );
});

t.test('a tap of a peek that ended does nothing, also when another one began', async (t) => {
  const one = tapped();
  one.taps.set(ORDER);
  one.attach();
  one.mirror.consume(frameOf(frame(6)));
  one.seen();
  one.taps.set(undefined);
  one.mirror.consume(frameOf(frame(17)));
  one.taps.set(ORDER);
  one.mirror.consume(frameOf(frame(17)));
  t.equal(one.seen().begins, 2);
  t.equal(one.seen().copies.length, 1);
  one.attach();
  one.mirror.consume(frameOf(frame(17)));
  t.match(one.seen().copies.at(-1)?.from, { sessionId: 'tms-rest' });
});

t.test('peeks one after the other use the same memory', async (t) => {
  const shared = new Set<SharedArrayBuffer>();
  const taps = new CopyTaps((memory) => memory !== undefined && shared.add(memory));
  for (let peek = 0; peek < 20; peek++) {
    taps.set(ORDER);
    taps.set(undefined);
  }
  t.equal(shared.size, 1);
});

t.test('memory that an earlier peek left full: the next one begins once it is read', async (t) => {
  const one = tapped();
  one.taps.set(ORDER);
  one.attach();
  for (let number = 0; number < 4000; number++) one.mirror.consume(frameOf(frame(6, number, 1400)));
  // The rest of the memory, to its last byte.
  for (let number = 0; number < 100; number++) one.mirror.consume(frameOf(frame(6, number, 0)));
  one.taps.set(undefined);
  one.taps.set(ORDER);
  one.attach();
  one.mirror.consume(frameOf(frame(17, 1)));
  t.ok(one.seen().copies.length > 2000);
  one.taps.turn();
  one.mirror.consume(frameOf(frame(17, 2)));
  const seen = one.seen();
  t.equal(seen.begins, 2);
  t.match(seen.copies.at(-1), { from: { sessionId: 'tms-rest' } });
  t.equal(seen.copies.at(-1)?.bytes.readUInt32BE(54), 2);
});

t.test('above the rate copies are left out, and counted by origin', async (t) => {
  const one = tapped();
  one.taps.set({ ...ORDER, copiesPerSecond: 400 });
  one.attach();
  for (let number = 0; number < 250; number++) one.mirror.consume(frameOf(frame(6)));
  for (let number = 0; number < 30; number++) one.mirror.consume(frameOf(frame(17)));
  t.equal(one.seen().copies.length, 100, 'what a quarter of a second allows');
  t.equal(one.seen().leftOutInAll, 0, 'told at the next turn');
  one.taps.turn();
  const seen = one.seen();
  const byId = [...seen.leftOut].map(([number, count]) => [seen.origins.get(number)?.sessionId, count]);
  t.strictSame(
    new Map(byId as [string, number][]),
    new Map([
      ['tms-tcp', 150],
      ['tms-rest', 30],
    ]),
  );
  one.nowMs += 50;
  one.taps.turn();
  for (let number = 0; number < 30; number++) one.mirror.consume(frameOf(frame(6)));
  t.equal(one.seen().copies.length, 120, 'what 50 ms allow');
  t.equal(sentBy(one).length, 310, 'every copy is sent');
});

t.test('so they are above the rate of bytes', async (t) => {
  const one = tapped();
  one.taps.set({ ...ORDER, bytesPerSecond: 40_000 });
  one.attach();
  for (let number = 0; number < 100; number++) one.mirror.consume(frameOf(frame(6, number, 1000)));
  one.taps.turn();
  const seen = one.seen();
  t.ok(seen.copies.length > 5 && seen.copies.length < 12, `${seen.copies.length}`);
  t.equal(seen.copies.length + seen.leftOutInAll, 100);
});

t.test(
  'a daemon that reads nothing: memory is full, all else is counted, and comes once it reads',
  async (t) => {
    const one = tapped();
    one.taps.set(ORDER);
    one.attach();
    const frames = 6000;
    for (let number = 0; number < frames; number++) {
      one.mirror.consume(frameOf(frame(number % 2 === 0 ? 6 : 17, number, 1400)));
      if (number % 100 === 0) one.taps.turn();
    }
    one.taps.turn();
    const kept = one.seen().copies.length;
    t.ok(kept > 2000 && kept < 3000, `${kept} copies of 1454 bytes in 4 MiB`);
    one.taps.turn();
    const seen = one.seen();
    t.equal(seen.copies.length + seen.leftOutInAll, frames);
    t.equal(sentBy(one).length, frames);
    one.mirror.consume(frameOf(frame(6, 424242)));
    t.equal(one.seen().copies.at(-1)?.bytes.readUInt32BE(54), 424242);
  },
);

t.test('the mirror counts the same, whoever peeks', async (t) => {
  const random = new Random(3);
  const frames = Array.from({ length: 500 }, (_, number) =>
    frame(random.pick([6, 17, 99]), number, random.below(200)),
  );
  const plain = tapped();
  const peeked = tapped();
  peeked.taps.set({ ...ORDER, copiesPerSecond: 100 });
  peeked.attach();
  for (const one of [plain, peeked]) for (const bytes of frames) one.mirror.consume(frameOf(bytes));
  t.strictSame(peeked.counts(), plain.counts());
  t.strictSame(sentBy(peeked), sentBy(plain));
});
