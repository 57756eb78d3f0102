/** A lane keeps to the name of its device and to its namespace, without a kernel. */
import t from 'tap';
import { LANE_RING_DROPPED, LANE_RING_FILL } from '../../../src/counters/layout.js';
import { ringFilter } from '../../../src/io/ring/ring-filter.js';
import { FakeLane, FakeNamespace, linkOf } from '../../fixtures/io/fake-lane.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';

const EPERM = 1;
const ENODEV = 19;

t.test('binds first, and lets frames in after that', async (t) => {
  const fake = new FakeLane(new FakeNamespace());
  t.same(fake.calls(), [], 'a ring is open before its device is looked for');
  t.same(fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 7', 'filter']);
  t.match(fake.conditions, [{ carrier: true, mtu: 1500 }]);
  t.same(fake.check(), [], 'nothing is new');
  t.same(fake.calls(), []);
});

t.test('follows its device by name', async (t) => {
  const namespace = new FakeNamespace();
  const fake = new FakeLane(namespace);
  fake.check();
  fake.calls();

  namespace.link = linkOf({ up: false });
  t.same(fake.check(), ['device veth0 is down']);
  t.same(fake.calls(), ['bind 7'], 'one that is down stays bound');
  namespace.link = linkOf();
  t.same(fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 7'], 'it may have been lost for a moment');

  namespace.link = linkOf({ name: 'other' });
  t.same(fake.check(), ['device veth0 does not exist']);
  t.same(fake.calls(), ['reject'], 'frames of the device under its new name are not wanted');

  namespace.link = linkOf({ index: 8 });
  t.same(fake.check(), ['capturing']);
  t.same(fake.calls(), ['bind 8', 'filter'], 'a new device of the name, on the same ring');

  namespace.link = linkOf({ index: 9 });
  t.same(fake.check(), ['device veth0 was replaced', 'capturing'], 'both are told: there was a gap');
  t.same(fake.calls(), ['bind 9']);

  namespace.link = linkOf({ index: 9, ethernet: false });
  t.same(fake.check(), ['device veth0 is not Ethernet']);
  t.same(fake.calls(), ['reject']);
  t.equal(fake.rings.length, 1);
});

t.test('a device that goes away while it is bound', async (t) => {
  const fake = new FakeLane(new FakeNamespace());
  fake.ring.bindErrno = ENODEV;
  t.same(fake.check(), ['device veth0 does not exist']);
  fake.ring.bindErrno = 0;
  t.same(fake.check(), ['capturing']);
});

t.test('an error of the ring: bound again', async (t) => {
  const fake = new FakeLane(new FakeNamespace());
  fake.check();
  fake.calls();
  t.equal(fake.lane.clearError(), false, 'there is none');
  fake.ring.hasError = true;
  fake.ring.remaining = 1;
  t.equal(fake.lane.clearError(), false, 'frames first');
  fake.ring.remaining = 0;
  t.equal(fake.lane.clearError(), true);
  t.same(fake.check(), []);
  t.same(fake.calls(), ['bind 7']);
});

t.test('a ring that cannot be opened', async (t) => {
  t.throws(
    () =>
      new FakeLane(new FakeNamespace(), () => {
        throw new Error('socket: EPERM');
      }),
    /EPERM/,
    'in the namespace of the engine it never can',
  );
  const fake = new FakeLane(new FakeNamespace('/run/netns/web'));
  t.equal(fake.rings.length, 0, 'in another one it is opened when the device is looked for');
  fake.openErrno = EPERM;
  t.same(fake.check(), ['socket: EPERM']);
  fake.openErrno = 0;
  t.same(fake.check(), ['capturing']);
});

t.test('another namespace under the path: a new ring, after the old one is empty', async (t) => {
  const namespace = new FakeNamespace('/run/netns/web');
  const fake = new FakeLane(namespace);
  fake.check();
  const [first] = fake.rings;
  fake.calls();
  first!.remaining = 2;
  first!.dropped = 5;
  namespace.generation = 1;
  namespace.problem = 'network namespace /run/netns/web does not exist';
  t.same(fake.check(), ['leaving the former /run/netns/web']);
  t.same(first!.calls.splice(0), ['reject'], 'what it holds is still due');
  first!.remaining = 0;
  first!.filling = true;
  t.same(fake.check(), [], 'and what is on its way');
  first!.filling = false;
  t.same(fake.check(), [namespace.problem]);
  t.same(first!.calls, ['close']);
  namespace.problem = undefined;
  t.same(fake.check(), ['capturing']);
  t.equal(fake.rings.length, 2);
  fake.ring.dropped = 2;
  const { values } = fake.counters;
  fake.lane.collect(values);
  t.equal(values[fake.options.bases.base + LANE_RING_DROPPED], 7, 'drops of both rings, each once');
  fake.lane.collect(values);
  t.equal(values[fake.options.bases.base + LANE_RING_DROPPED], 7);
});

t.test('a pre-filter that the kernel does not take: a smaller one, at last none', async (t) => {
  const rows = [
    { name: 'any', most: Number.POSITIVE_INFINITY, isWhole: false },
    { name: 'the front alone', most: ringFilter('ingress').length, isWhole: true },
  ];
  for (const { name, most, isWhole } of rows) {
    const fake = new FakeLane(new FakeNamespace(), (ring) => {
      ring.mostInstructions = most;
    });
    t.same(fake.check(), ['capturing'], name);
    t.equal(JSON.stringify(fake.ring.program) === JSON.stringify(ringFilter('ingress')), isWhole, name);
  }
});

t.test('other options: everything is let in until the new rules judge', async (t) => {
  const fake = new FakeLane(new FakeNamespace());
  fake.check();
  fake.calls();
  const first = fake.ring.program;
  t.equal(fake.lane.openFor(fake.options), false, 'the same filter');
  t.same(fake.calls(), []);
  const next = fake.optionsOf(sourcePlan([{ rules: [{ protocol: 17, toPorts: '53' }] }]));
  t.equal(fake.lane.openFor(next), true);
  t.same(fake.ring.program, ringFilter('ingress'), 'both consumers get what they want');
  fake.lane.adopt(next);
  t.notSame(fake.ring.program, first);
  t.notSame(fake.ring.program, ringFilter('ingress'));
  t.equal(fake.lane.ring?.consumer, next.consumer);
});

t.test('shut: nothing comes in any more, whatever happens to the device', async (t) => {
  const namespace = new FakeNamespace();
  const fake = new FakeLane(namespace);
  fake.check();
  fake.calls();
  fake.lane.shut();
  t.same(fake.calls(), ['reject']);
  namespace.link = linkOf({ index: 8 });
  t.same(fake.check(), []);
  t.same(fake.calls(), []);
  fake.ring.fill = 0.5;
  fake.lane.collect(fake.counters.values);
  t.equal(fake.counters.values[fake.options.bases.base + LANE_RING_FILL], 0.5);
  fake.lane.close();
  fake.lane.close();
  t.same(fake.calls(), ['close'], 'once');
});
