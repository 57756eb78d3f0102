/** What is gathered has bounds, and what is left out is told. */
import { chmodSync } from 'node:fs';
import t from 'tap';
import { compareLooks } from '../../src/doctor/gather-daemon.js';
import {
  isDaemonHere,
  lookAtClock,
  lookAtProcess,
  lookAtReader,
  lookAtSecret,
  offloadsIn,
} from '../../src/doctor/gather-host.js';
import { Place } from '../../src/doctor/gather-places.js';
import { askWays, probeTargets } from '../../src/doctor/gather-ways.js';
import { withSessionsOf } from '../../src/doctor/plan-view.js';
import { device, planWith, wayFacts, wellSource, wellStatus } from '../fixtures/doctor/facts.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { laneStatus } from '../fixtures/status/status.js';

const EPERM = 1;
const ECONNREFUSED = 111;

function planTo(count: number) {
  const targetAddresses = Array.from({ length: count }, (_, index) => `10.${index >> 8}.${index & 255}.2`);
  return planWith([wellSource({}, { targetAddresses })]);
}

t.test('ways to a thousand targets are asked for', async (t) => {
  const libc = new FakeLibc();
  const { ways, unseen } = askWays(libc, new Place(libc, undefined), [], planTo(1500));
  t.equal(ways.size, 1000);
  t.same(unseen, [{ what: 'the ways to 500 targets', why: 'there are more than 1000' }]);
  t.equal(libc.open.size, 0, 'the socket is closed');
});

t.test('a hundred targets are probed, twice each', async (t) => {
  const libc = new FakeLibc();
  const plan = planTo(150);
  const ways = new Map(
    plan.sources[0]!.sessions[0]!.targetAddresses.map((address) => [
      address,
      wayFacts({ neighbour: undefined }),
    ]),
  );
  let sent = 0;
  libc.onAsk = (bytes) => {
    if (bytes.length === 0) sent += 1;
  };
  const unseen = await probeTargets(libc, new Place(libc, undefined), plan, { ways, unseen: [] });
  t.equal(sent, 200);
  t.same(
    unseen.map(({ what }) => what),
    ['whether 50 targets answer'],
  );
  t.equal([...ways.values()].filter(({ probe }) => probe === 'sent').length, 100);
  t.equal(libc.open.size, 0, 'the sockets are closed');
});

t.test('a target that refuses', async (t) => {
  const libc = new FakeLibc();
  const ways = new Map([['10.9.0.2', wayFacts()]]);
  libc.refused.set('send', ECONNREFUSED);
  await probeTargets(libc, new Place(libc, undefined), planWith([wellSource()]), { ways, unseen: [] });
  t.equal(ways.get('10.9.0.2')?.probe, 'refused');
  t.equal(libc.open.size, 0);
});

t.test('without the right to the mark of copies nothing is sent', async (t) => {
  const libc = new FakeLibc();
  const ways = new Map([['10.9.0.2', wayFacts()]]);
  libc.refused.set('SO_MARK', EPERM);
  const unseen = await probeTargets(libc, new Place(libc, undefined), planWith([wellSource()]), {
    ways,
    unseen: [],
  });
  t.match(unseen, [{ what: 'whether targets answer', why: /CAP_NET_RAW/ }]);
  t.equal(ways.get('10.9.0.2')?.probe, undefined);
  t.equal(libc.open.size, 0);
});

t.test('sessions that only the daemon knows are judged too', async (t) => {
  const lane = laneStatus('ingress', { sourceId: 'eni-api', device: 'eth7', netns: '/run/netns/x' });
  const session = {
    sessionId: 'tms-api',
    sourceId: 'eni-api',
    sessionNumber: 1,
    virtualNetworkId: 7,
    targetId: 'tmt-api',
    targetAddresses: ['10.9.0.9'],
    packetLength: 128,
  };
  const status = wellStatus({ lanes: [lane], sessions: [...wellStatus().sessions, session] });
  const plan = withSessionsOf(planWith([wellSource()]), status);
  t.equal(plan.sources.length, 2, 'those of the file once');
  t.match(plan.sources[1], {
    id: 'eni-api',
    device: 'eth7',
    netns: '/run/netns/x',
    sessions: [{ id: 'tms-api', targetAddresses: ['10.9.0.9'], packetLength: 128 }],
  });
  const { targetAddresses, packetLength, ...older } = session;
  const fromOlder = withSessionsOf(planWith([]), wellStatus({ lanes: [lane], sessions: [older] }));
  t.same(fromOlder.sources[0]?.sessions[0]?.targetAddresses, [], 'an older daemon does not tell addresses');
});

t.test('what passed between two looks, by direction and perspective', async (t) => {
  const lanes = (read: number) => [
    laneStatus('ingress', {
      sourceId: 'eni-web',
      read: { packets: read, bytes: 0 },
      ringDropped: 0,
      sessions: [],
    }),
  ];
  const look = (read: number, received: number, sent: number, index = 2) => ({
    status: wellStatus({ lanes: lanes(read) }),
    atMs: read,
    devices: new Map([['eni-web', device('veth0', { index, receivedPackets: received, sentPackets: sent })]]),
  });
  const passed = (source: Parameters<typeof wellSource>[0], last = look(30, 100, 50)) => {
    const answer = compareLooks(planWith([wellSource(source)]), look(10, 0, 0), last, undefined);
    return answer.kind === 'runs' ? answer.facts.traffic[0]?.passed : undefined;
  };
  t.equal(passed({}), 100);
  t.equal(passed({ perspective: 'peer' }), 50, 'what the host end sends, the workload receives');
  t.equal(passed({}, look(30, 5, 0)), 20, 'never less than were read');
  t.equal(passed({}, look(30, 100, 50, 3)), undefined, 'a device that was made anew');
});

t.test('files, processes and offloads', async (t) => {
  const directory = t.testdir({ secret: 'x' });
  chmodSync(`${directory}/secret`, 0o604);
  const file = { key: 'k', path: `${directory}/secret`, isRefusedWhenOpen: true };
  t.match(lookAtSecret(file), { problem: undefined, mode: 0o604 });
  t.match(lookAtSecret({ ...file, path: `${directory}/none` }), { problem: 'ENOENT', mode: 0 });
  const reader = { userId: 54_321, groupIds: [54_322], readsAll: false };
  chmodSync(file.path, 0o640);
  t.match(lookAtSecret(file, reader), { hiddenFrom: { userId: 54_321, groupId: 54_322 } });
  t.equal(lookAtSecret(file, { ...reader, readsAll: true }).hiddenFrom, undefined);
  t.equal(lookAtSecret({ ...file, path: `${directory}/none` }, reader).hiddenFrom, undefined);
  t.match(lookAtReader(process.pid), { userId: process.geteuid?.(), groupIds: [process.getegid?.()] });
  t.equal(lookAtReader(2 ** 30), undefined);
  t.match(lookAtProcess(undefined), { daemon: undefined, capabilities: Array, lockableBytes: Number });
  t.match(lookAtProcess(2 ** 30), { daemon: 2 ** 30, capabilities: undefined, lockableBytes: undefined });
  t.equal(isDaemonHere(process.pid), false, 'another program');
  t.equal(isDaemonHere(2 ** 30), false, 'no process');
  t.match(await lookAtClock(undefined, false), { isSynchronized: undefined, configurationMs: undefined });
  const output = 'Features for veth0:\ntcp-segmentation-offload: on\n\ttx-tcp-segmentation: on\n';
  t.same(offloadsIn(`${output}generic-receive-offload: off\nlarge-receive-offload: on [fixed]\n`), ['tso']);
});
