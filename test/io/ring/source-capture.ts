/** A capture keeps to the name of its device and to its namespace, and to what its lanes want, without a kernel. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import {
  LANE_LATENCY,
  LANE_READ_PACKETS,
  LANE_RING_BYTES,
  LANE_RING_DROPPED,
  LANE_RING_FILL,
  LANE_RING_WANTED_BYTES,
} from '../../../src/counters/layout.js';
import type { LaneCondition } from '../../../src/io/lane-condition.js';
import { KEEP_ALL, ringFilter } from '../../../src/io/ring/ring-filter.js';
import { RingMemory } from '../../../src/io/ring/ring-memory.js';
import type { WantedLanes } from '../../../src/io/ring/source-lanes.js';
import { LinuxError } from '../../../src/linux/errors.js';
import { DIRECTIONS, type Direction } from '../../../src/plan/mirror-plan.js';
import { runBpf } from '../../fixtures/bpf/run-bpf.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { FakeCapture, FakeNamespace, type FakeRing, linkOf } from '../../fixtures/io/fake-capture.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';

const UDP_FRAME = frame(ethernet(), ipv4(), udp());

const EPERM = 1;
const ENODEV = 19;

t.test('binds first, and lets frames in after that', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  t.equal(fake.rings.length, 0);
  await fake.capture.prepare();
  t.same(fake.calls(), [], 'a ring is open before its device is looked for');
  t.same(await fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 7', 'filter']);
  t.match(fake.conditions, [{ carrier: true, mtu: 1500 }]);
  t.same(await fake.check(), [], 'nothing is new');
  t.same(fake.calls(), []);
});

t.test('follows its device by name', async (t) => {
  const namespace = new FakeNamespace();
  const fake = new FakeCapture(namespace);
  await fake.check();
  fake.calls();

  namespace.link = linkOf({ up: false });
  t.same(await fake.check(), ['device veth0 is down']);
  t.same(fake.calls(), ['bind 7'], 'one that is down stays bound');
  namespace.link = linkOf();
  t.same(await fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 7'], 'it may have been lost for a moment');

  namespace.link = linkOf({ name: 'other' });
  t.same(await fake.check(), ['device veth0 does not exist']);
  t.same(fake.calls(), ['reject'], 'frames of the device under its new name are not wanted');

  namespace.link = linkOf({ index: 8 });
  t.same(await fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 8', 'filter'], 'a new device of the name, on the same ring');

  namespace.link = linkOf({ index: 9 });
  t.same(await fake.check(), ['device veth0 was replaced', 'capturing'], 'both are told: there was a gap');
  t.same(fake.calls(), ['bind 9']);

  namespace.link = linkOf({ index: 9, ethernet: false });
  t.same(await fake.check(), ['device veth0 is not Ethernet']);
  t.same(fake.calls(), ['reject']);
  t.equal(fake.rings.length, 1);
});

t.test('a device that goes away while it is bound', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.capture.prepare();
  fake.ring.bindErrno = ENODEV;
  t.same(await fake.check(), ['device veth0 does not exist']);
  fake.ring.bindErrno = 0;
  t.same(await fake.check(), ['capturing']);
});

t.test('an error of the ring: bound again', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.check();
  fake.calls();
  t.equal(fake.capture.clearError(), false, 'there is none');
  fake.ring.hasError = true;
  fake.ring.remaining = 1;
  t.equal(fake.capture.clearError(), false, 'frames first');
  fake.ring.remaining = 0;
  t.equal(fake.capture.clearError(), true);
  t.same(await fake.check(), []);
  t.same(fake.calls(), ['bind 7']);
});

t.test('a ring that cannot be opened', async (t) => {
  const own = new FakeCapture(new FakeNamespace());
  own.openErrno = EPERM;
  await t.rejects(own.capture.prepare(), /EPERM/, 'in the namespace of the engine it never can');
  const fake = new FakeCapture(new FakeNamespace('/run/netns/web'));
  t.equal(fake.rings.length, 0, 'in another one it is opened when the device is looked for');
  fake.openErrno = EPERM;
  await fake.capture.prepare();
  t.same(await fake.check(), ['socket: EPERM']);
  fake.openErrno = 0;
  t.same(await fake.check(), ['capturing']);
});

t.test('another namespace under the path: a new ring, after the old one is empty', async (t) => {
  const namespace = new FakeNamespace('/run/netns/web');
  const fake = new FakeCapture(namespace);
  await fake.check();
  const [first] = fake.rings;
  fake.calls();
  first!.remaining = 2;
  first!.dropped = 5;
  namespace.generation = 1;
  namespace.problem = 'network namespace /run/netns/web does not exist';
  t.same(await fake.check(), ['leaving the former /run/netns/web']);
  t.same(first!.calls.splice(0), ['reject'], 'what it holds is still due');
  first!.remaining = 0;
  first!.filling = true;
  t.same(await fake.check(), [], 'and what is on its way');
  first!.filling = false;
  t.same(await fake.check(), [namespace.problem]);
  t.same(first!.calls, ['close']);
  namespace.problem = undefined;
  t.same(await fake.check(), ['capturing']);
  t.equal(fake.rings.length, 2);
  fake.ring.dropped = 2;
  fake.capture.collect(fake.counters.values);
  t.equal(fake.count(fake.wanted.ingress, LANE_RING_DROPPED), 7, 'drops of both rings, each once');
  fake.capture.collect(fake.counters.values);
  t.equal(fake.count(fake.wanted.ingress, LANE_RING_DROPPED), 7);
});

t.test('a pre-filter that the kernel does not take: a smaller one, at last none', async (t) => {
  const rows = [
    { name: 'any', most: Number.POSITIVE_INFINITY, isWhole: false },
    { name: 'the front alone', most: ringFilter({ ingress: KEEP_ALL }).length, isWhole: true },
  ];
  for (const { name, most, isWhole } of rows) {
    const fake = new FakeCapture(new FakeNamespace(), (ring) => {
      ring.mostInstructions = most;
    });
    t.same(await fake.check(), ['capturing'], name);
    t.equal(
      JSON.stringify(fake.ring.program) === JSON.stringify(ringFilter({ ingress: KEEP_ALL })),
      isWhole,
      name,
    );
  }
});

t.test('other rules: everything is let in until they judge', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.check();
  fake.calls();
  const first = fake.ring.program;
  t.equal(fake.capture.openFor(fake.wanted), false, 'the same filter');
  t.same(fake.calls(), []);
  const next = fake.lanesOf(sourcePlan([{ rules: [{ protocol: 17, toPorts: '53' }] }]), ['ingress']);
  t.equal(fake.capture.openFor(next), true);
  t.same(fake.ring.program, ringFilter({ ingress: KEEP_ALL }), 'both consumers get what they want');
  fake.adopt(next);
  t.notSame(fake.ring.program, first);
  t.notSame(fake.ring.program, ringFilter({ ingress: KEEP_ALL }));
  t.equal(fake.pass('in'), 1);
  t.equal(fake.count(next.ingress, LANE_READ_PACKETS), 1, 'the new lane has the frames');
});

t.test('a change of one direction leaves the other as it is', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.check();
  const programOf = (lanes: WantedLanes, direction: Direction) => lanes[direction]!.filter.bpf().instructions;
  const kept = (metadata: { packetType: number }) => runBpf(fake.ring.program, UDP_FRAME, metadata) > 0;
  const both = fake.lanesOf(
    sourcePlan([{ rules: [{ protocol: 6 }], egress: [{ protocol: 17 }] }]),
    DIRECTIONS,
  );
  const grown: WantedLanes = { ...fake.wanted, egress: both.egress! };

  t.equal(
    fake.capture.openFor(grown),
    false,
    "a direction comes: nothing in the ring is only the old rules'",
  );
  t.ok(fake.ring.outgoingIgnored);
  fake.conditions.splice(0);
  const told: string[] = [];
  const egress = { ...both.egress!, onCondition: ({ state }: LaneCondition) => told.push(state) };
  fake.adopt({ ...grown, egress });
  t.same(told, ['capturing'], 'the new lane is told how it stands');
  t.same(fake.conditions, [], 'the other knows');
  t.notOk(fake.ring.outgoingIgnored);
  const wholeProgram = ringFilter({
    ingress: programOf(grown, 'ingress'),
    egress: programOf(grown, 'egress'),
  });
  t.same(fake.ring.program, wholeProgram);

  const other = fake.lanesOf(sourcePlan([{ egress: [{ protocol: 1 }] }]), DIRECTIONS);
  t.equal(fake.capture.openFor({ ...grown, egress: other.egress! }), true, 'its rules change');
  t.same(fake.ring.program, ringFilter({ ingress: programOf(grown, 'ingress'), egress: KEEP_ALL }));
  t.ok(kept({ packetType: 4 }), 'what is sent comes in whole');
  t.notOk(kept({ packetType: 0 }), 'what is received is judged as before');
  fake.adopt({ ...grown, egress: other.egress! });

  t.equal(fake.capture.openFor(fake.wanted), true, 'it goes');
  t.same(fake.ring.program, ringFilter({ ingress: programOf(grown, 'ingress') }), 'nothing of it comes in');
  t.ok(fake.ring.outgoingIgnored);
  fake.calls();
  fake.adopt(fake.wanted);
  t.same(fake.ring.program, ringFilter({ ingress: programOf(grown, 'ingress') }));
});

t.test('frames, latency and fill by direction', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  const both = fake.lanesOf(
    sourcePlan([{ rules: [{ protocol: 6 }], egress: [{ protocol: 6 }] }]),
    DIRECTIONS,
  );
  fake.adopt(both);
  await fake.check();
  t.notOk(fake.capture.isWaiting);
  t.equal(fake.capture.pull(1), 0, 'no block');
  t.equal(fake.pass('in', 'out', 'in'), 3);
  t.equal(fake.pass('in'), 1);
  fake.ring.fill = 0.25;
  fake.capture.collect(fake.counters.values);
  const places = [LANE_READ_PACKETS, LANE_LATENCY, LANE_RING_FILL];
  t.same(
    [both.ingress, both.egress].map((lane) => places.map((place) => fake.count(lane, place))),
    [
      [3, 2, 0.25],
      [1, 1, 0.25],
    ],
    'a block counts for the lanes of which it has frames; the fill is that of the ring',
  );
});

t.test("drops: the sum is the ring's, the shares are those of the frames read", async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  const both = fake.lanesOf(
    sourcePlan([{ rules: [{ protocol: 6 }], egress: [{ protocol: 6 }] }]),
    DIRECTIONS,
  );
  fake.adopt(both);
  await fake.check();
  fake.pass('in', 'in', 'in', 'out');
  fake.ring.dropped = 100;
  fake.capture.collect(fake.counters.values);
  const shares = () => [both.ingress, both.egress].map((lane) => fake.count(lane, LANE_RING_DROPPED));
  t.same(shares(), [75, 25]);
  fake.ring.dropped = 101;
  fake.capture.collect(fake.counters.values);
  fake.capture.collect(fake.counters.values);
  t.equal(shares()[0]! + shares()[1]!, 101);
});

t.test('shut: nothing comes in any more, whatever happens to the device', async (t) => {
  const namespace = new FakeNamespace();
  const fake = new FakeCapture(namespace);
  await fake.check();
  fake.calls();
  fake.capture.shut();
  t.same(fake.calls(), ['reject']);
  namespace.link = linkOf({ index: 8 });
  t.same(await fake.check(), []);
  t.same(fake.calls(), []);
  fake.ring.fill = 0.5;
  fake.capture.collect(fake.counters.values);
  t.equal(fake.count(fake.wanted.ingress, LANE_RING_FILL), 0.5);
  fake.capture.close();
  fake.capture.close();
  t.same(fake.calls(), ['close'], 'once');
});

t.test(
  'a ring of auto grows: the new one lets in the same before it takes over, the old one is read first',
  async (t) => {
    const memory = new RingMemory(30);
    const fake = new FakeCapture(new FakeNamespace(), () => {}, { megabytes: 'auto', memory });
    await fake.check();
    const [first] = fake.rings;
    first!.calls.splice(0);
    t.equal(fake.capture.resize(), false, 'nothing speaks for it');
    first!.fill = 0.6;
    first!.dropped = 3;
    fake.capture.collect(fake.counters.values);
    t.equal(fake.capture.resize(), true);
    t.equal(fake.capture.resize(), false, 'it is on its way');
    await nextTurn();
    const second = fake.ring;
    t.equal(second.megabytes, 16);
    t.same(second.calls.splice(0), ['beside 7', 'filter', 'take over']);
    t.same(second.program, first!.program);
    t.same(first!.calls, [], 'the old one is left as it is');
    t.equal(fake.capture.descriptor, first!.descriptor, 'the old one is polled');

    second.block = ['in', 'in'];
    second.remaining = 2;
    first!.remaining = 1;
    first!.block = ['in'];
    first!.filling = true;
    t.equal(fake.capture.pull(1), 1, 'the oldest first');
    t.equal(fake.capture.pull(Number.POSITIVE_INFINITY), 0, 'and what is still on its way');
    first!.filling = false;
    first!.dropped = 5;
    t.equal(fake.capture.pull(Number.POSITIVE_INFINITY), 2);
    t.same(first!.calls, ['close']);
    t.equal(fake.capture.descriptor, second.descriptor);
    await nextTurn();
    second.dropped = 1;
    fake.capture.collect(fake.counters.values);
    t.equal(fake.count(fake.wanted.ingress, LANE_RING_DROPPED), 6, 'drops of both, each once');
    t.equal(fake.count(fake.wanted.ingress, LANE_RING_BYTES), 16 << 20);
    t.equal(memory.take(30), 7, '14 are left: what the first ring had was given back');
  },
);

t.test('no memory: waits, says why, and gets what another gives up', async (t) => {
  const memory = new RingMemory(4);
  const one = new FakeCapture(new FakeNamespace(), () => {}, { megabytes: 'auto', memory });
  const other = new FakeCapture(new FakeNamespace(), () => {}, { megabytes: 'auto', memory });
  await one.check();
  t.equal(other.rings.length, 0);
  t.match(await other.check(), [/no memory for its ring: rings have 4 of 4 MiB/]);
  t.ok(other.capture.lacksMemory);
  t.equal(one.capture.spareMegabytes, 2);
  t.ok(one.capture.shrink());
  t.notOk(one.capture.shrink(), 'not before the larger one is gone');
  await nextTurn();
  one.capture.pull(Number.POSITIVE_INFINITY);
  await nextTurn();
  t.same(await other.check(), ['capturing']);
  t.notOk(other.capture.lacksMemory);
  t.same([one.ring.megabytes, other.ring.megabytes], [2, 2]);
  other.capture.collect(other.counters.values);
  t.equal(other.count(other.wanted.ingress, LANE_RING_WANTED_BYTES), 4 << 20, 'it would have more');
});

t.test('the kernel has not so much: a smaller one', async (t) => {
  const memory = new RingMemory(100);
  const fake = new FakeCapture(
    new FakeNamespace(),
    (ring) => {
      if (ring.megabytes > 3) throw new LinuxError('PACKET_RX_RING', 12);
    },
    { megabytes: 32, memory },
  );
  t.same(await fake.check(), ['capturing']);
  t.equal(fake.ring.megabytes, 2);
  t.equal(memory.take(100), 50, '98 are left');
  memory.giveBack(50);
  await fake.capture.close();
  t.equal(memory.take(100), 100, 'and all of it in the end');
});

t.test('a larger ring that cannot be had: the one before goes on', async (t) => {
  const rows = [
    { name: 'no memory of ours', memory: 7, prepare: () => {} },
    {
      name: 'no memory of the kernel',
      memory: 100,
      prepare: (ring: FakeRing) => {
        if (ring.megabytes > 4) throw new LinuxError('PACKET_RX_RING', 12);
      },
    },
    {
      name: 'the device is gone',
      memory: 100,
      prepare: (ring: FakeRing) => {
        if (ring.megabytes > 4) ring.bindErrno = ENODEV;
      },
    },
  ];
  for (const { name, memory, prepare } of rows) {
    const fake = new FakeCapture(new FakeNamespace(), prepare, {
      megabytes: 'auto',
      memory: new RingMemory(memory),
    });
    await fake.check();
    const [first] = fake.rings;
    first!.fill = 1;
    fake.capture.collect(fake.counters.values);
    fake.capture.resize();
    await nextTurn();
    await nextTurn();
    t.equal(fake.ring === first || fake.ring.calls.includes('close'), true, name);
    first!.block = ['in'];
    first!.remaining = 1;
    t.equal(fake.capture.pull(Number.POSITIVE_INFINITY), 1, `${name}: frames go on`);
    t.notOk(first!.calls.includes('close'), name);
  }
});

t.test('a ring of auto does not go over to another device: a new one, behind the old one', async (t) => {
  const namespace = new FakeNamespace();
  const fake = new FakeCapture(namespace, () => {}, { megabytes: 'auto' });
  await fake.check();
  const [first] = fake.rings;
  first!.calls.splice(0);
  first!.remaining = 1;
  first!.block = ['in'];
  namespace.link = linkOf({ index: 8 });
  t.same(await fake.check(), ['device veth0 was replaced', 'capturing']);
  t.same(first!.calls.splice(0), ['reject']);
  t.same(fake.calls(), ['bind 8', 'filter']);
  t.equal(fake.capture.pull(Number.POSITIVE_INFINITY), 1, 'what the old one holds is still due');
  fake.pass('in');
  t.same(first!.calls, ['close']);
});

t.test('leaving that is called off', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.check();
  fake.calls();
  fake.capture.shut();
  t.same(fake.calls(), ['reject']);
  t.same(await fake.check(), [], 'it does not look at its device');
  fake.capture.reopen();
  t.same(fake.calls(), ['filter'], 'it lets in what it did');
});

t.test('what lanes want that those before did not', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  const source = sourcePlan([{ rules: [{ protocol: 17 }] }]);
  t.equal(fake.capture.adopt(fake.wanted), 'nothing');
  t.equal(fake.capture.adopt(fake.lanesOf(source, ['ingress'])), 'frames');
  const both = fake.lanesOf(source, DIRECTIONS);
  t.equal(fake.capture.adopt(both), 'direction', 'that cannot wait');
  t.equal(fake.capture.adopt({ ingress: both.ingress! }), 'frames');
});

t.test('one that is closed opens nothing', async (t) => {
  const fake = new FakeCapture(new FakeNamespace());
  await fake.check();
  await fake.capture.close();
  t.same(await fake.check(), []);
  t.equal(fake.rings.length, 1);
});
