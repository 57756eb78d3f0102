/**
 * Copies by AF_XDP while the egress device goes down, has another name, is replaced, and while sources come and go: every
 * frame is accounted for, and AF_XDP is used again. Where memory may not be locked, packet sockets send.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Daemon, startDaemon } from '../../lab/daemon.js';
import { joinByVeth } from '../../lab/namespaces.js';
import type { Status } from '../../src/status/status.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const VNI = 5;
const BATCH = 50;
/** The way that copies take is told a few times a second. */
const TOLD_MS = 1000;
/** Smaller than a ring of 32 MiB. */
const LITTLE_MEMORY = 1 << 20;

let made = 0;
function nextFrames(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    made += 1;
    return frame(
      ethernet(),
      ipv4(),
      udp(),
      payload(Buffer.from(`frame ${made} `.padEnd(20 + (made % 1200), '.'))),
    );
  });
}

const emitting =
  (way: string) =>
  ({ targets }: Status): boolean =>
    targets.length > 0 && targets.every(({ emission }) => emission === way);

/** Sends frames, and waits until all of them are counted. */
async function pass(
  daemon: Daemon,
  sender: Sender,
  device: string,
  frames: readonly Uint8Array[],
): Promise<Status> {
  const before = sessionSum(await daemon.status(), 'matched');
  await sender.send(device, frames);
  return daemon.until('all matched', (status) => sessionSum(status, 'matched') >= before + frames.length);
}

/** Everything that was sent arrived once, in order, as it was sent. */
function checkArrived(
  t: Test,
  name: string,
  recording: Recording,
  from: number,
  sent: readonly Uint8Array[],
): void {
  const arrived = recording
    .frames()
    .slice(from)
    .filter(({ bytes }) => isVxlan(bytes))
    .map(({ bytes }) => readCopy(bytes).inner.toString('hex'));
  t.same(
    arrived,
    sent.map((bytes) => Buffer.from(bytes).toString('hex')),
    name,
  );
}

async function sendAndCheck(t: Test, name: string, running: Running): Promise<void> {
  const { daemon, sender, recording } = running;
  const from = recording.frames().length;
  const frames = nextFrames(BATCH);
  await pass(daemon, sender, 'veth1', frames);
  await recording.until(`${BATCH} copies`, (arrived) => arrived.length >= from + BATCH);
  checkArrived(t, name, recording, from, frames);
}

interface Running {
  readonly daemon: Daemon;
  readonly sender: Sender;
  readonly recording: Recording;
}

async function record(stand: Stand, name: string): Promise<Recording> {
  return Recording.start(stand.ids, 'ids0', `${stand.directory}/${name}.pcap`, '-Q', 'in', 'udp port 4789');
}

t.test('the egress device changes', { skip: skipUnless('tcpdump') }, async (t) => {
  const stand = buildStand(t);
  const { host, ids } = stand;
  const sender = new Sender(stand.client);
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', VNI), engine: ENGINES.xdp }),
  );
  const recording = await record(stand, 'first');
  await sendAndCheck(t, 'at first', { daemon, sender, recording });

  host.ip('link', 'set', 'mir0', 'down');
  await pass(daemon, sender, 'veth1', nextFrames(BATCH));
  host.ip('link', 'set', 'mir0', 'up');
  nameNeighbours(stand);
  await daemon.until('AF_XDP after down and up', emitting('xdp'));
  await sleep(1000);
  await sendAndCheck(t, 'down and up', { daemon, sender, recording });

  host.ip('link', 'set', 'mir0', 'name', 'mir1');
  await sendAndCheck(t, 'another name', { daemon, sender, recording });
  host.ip('link', 'set', 'mir1', 'name', 'mir0');
  await recording.stop();

  host.ip('link', 'del', 'mir0');
  await pass(daemon, sender, 'veth1', nextFrames(BATCH));
  joinByVeth(
    { namespace: host, device: 'mir0', addresses: ['10.9.0.1/24'] },
    { namespace: ids, device: 'ids0', addresses: ['10.9.0.2/24'] },
  );
  nameNeighbours(stand);
  // The status may still be that of the old device, whose MTU is larger.
  await daemon.until(
    'AF_XDP by the new device',
    (now) => emitting('xdp')(now) && now.targets.every(({ mtu }) => mtu === 1500),
  );
  const again = await record(stand, 'again');
  await sendAndCheck(t, 'deleted and created again', { daemon, sender, recording: again });
  await again.stop();
  const status = await daemon.status();
  checkSums(t, status, 'in the end');
  t.equal(
    status.engines.reduce((sum, { restarts }) => sum + restarts, 0),
    0,
    'no engine ended',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test('a source comes and goes', { skip: skipUnless('tcpdump') }, async (t) => {
  const stand = buildStand(t);
  const { host, client } = stand;
  // Those that receive: of protocol 3, ETH_P_ALL.
  const rings = (): number =>
    host
      .run('cat', '/proc/net/packet')
      .split('\n')
      .filter((line) => / 0003 /.test(line)).length;
  joinByVeth(
    { namespace: host, device: 'vetha', addresses: [] },
    { namespace: client, device: 'vethb', addresses: [] },
  );
  const sender = new Sender(client);
  const one = { ...mirrorEverything('veth0', VNI), engine: ENGINES.xdp };
  const daemon = await stand.start(stand.configure(one));
  const alone = rings();
  const recording = await record(stand, 'sources');
  const two = withSecondSource(one);
  for (let turn = 0; turn < 3; turn++) {
    stand.configure(two);
    daemon.process.kill('SIGHUP');
    await daemon.until(
      'two sources',
      ({ lanes }) => lanes.length === 4 && lanes.every(({ state }) => state === 'capturing'),
    );
    const from = recording.frames().length;
    const frames = nextFrames(2 * BATCH);
    await pass(daemon, sender, 'veth1', frames.slice(0, BATCH));
    await pass(daemon, sender, 'vethb', frames.slice(BATCH));
    await recording.until('both', (arrived) => arrived.length >= from + frames.length);
    checkArrived(t, `turn ${turn}: both sources`, recording, from, frames);
    stand.configure(one);
    daemon.process.kill('SIGHUP');
    await daemon.until('one source', ({ lanes }) => lanes.length === 2);
    await sendAndCheck(t, `turn ${turn}: one source`, { daemon, sender, recording });
  }
  t.equal(rings(), alone, 'no ring of a source that is gone stays open');
  await daemon.until('AF_XDP in the end', emitting('xdp'));
  checkSums(t, await daemon.status(), 'in the end');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test('memory for one ring of two', { skip: skipUnless('tcpdump') }, async (t) => {
  const stand = buildStand(t);
  const { host, client } = stand;
  joinByVeth(
    { namespace: host, device: 'vetha', addresses: [] },
    { namespace: client, device: 'vethb', addresses: [] },
  );
  const sender = new Sender(client);
  const engine = { ...ENGINES.xdp, ringMegabytes: 4, xdpMegabytes: 5 };
  const daemon = await stand.start(
    stand.configure({ ...withSecondSource(mirrorEverything('veth0', VNI)), engine }),
  );
  const recording = await record(stand, 'one-of-two');
  const ways = new Map<string, unknown>();
  for (const device of ['veth1', 'vethb']) {
    const from = recording.frames().length;
    const frames = nextFrames(BATCH);
    await daemon.until('nothing told of what is over', ({ targets }) => targets[0]?.emissionReason === '');
    await pass(daemon, sender, device, frames);
    await recording.until('all', (arrived) => arrived.length >= from + BATCH);
    checkArrived(t, `by ${device}`, recording, from, frames);
    // Nothing tells that there is no news.
    await sleep(TOLD_MS);
    const { targets } = await daemon.status();
    ways.set(device, targets[0]?.emission);
    if (targets[0]?.emission !== 'xdp')
      t.match(targets[0]?.emissionReason, /^some rings .* engine.xdpMegabytes/);
  }
  t.same([...ways.values()].sort(), ['packet-socket', 'xdp'], 'the way that is taken is told');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test('memory may not be locked', { skip: skipUnless('tcpdump', 'prlimit', 'setpriv') }, async (t) => {
  const stand = buildStand(t);
  const sender = new Sender(stand.client);
  const configFile = stand.configure({ ...mirrorEverything('veth0', VNI), engine: ENGINES.xdp });
  const daemon = await startDaemon(stand.host, configFile, stand.directory, [
    'prlimit',
    `--memlock=${LITTLE_MEMORY}`,
    'setpriv',
    '--inh-caps=-ipc_lock',
    '--bounding-set=-ipc_lock',
  ]);
  const status = await daemon.until('a reason', ({ targets }) =>
    /XDP_UMEM_REG/.test(targets[0]?.emissionReason ?? ''),
  );
  t.match(status.targets[0], { emission: 'packet-socket', emissionReason: /ENOBUFS/ });
  const recording = await record(stand, 'packet-sockets');
  await sendAndCheck(t, 'all the same', { daemon, sender, recording });
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
});

/** The kernel forgets neighbours with their device. */
function nameNeighbours({ host, ids }: Stand): void {
  const mac = (JSON.parse(ids.ip('-j', 'link', 'show', 'ids0')) as [{ address: string }])[0].address;
  host.ip('neigh', 'replace', '10.9.0.2', 'lladdr', mac, 'dev', 'mir0', 'nud', 'permanent');
}

/** The same with a session more on device vetha, to the same target. */
function withSecondSource(configuration: object): object {
  const { networkInterfaces, trafficMirrorSessions, ...rest } = configuration as {
    readonly networkInterfaces: readonly Record<string, unknown>[];
    readonly trafficMirrorSessions: readonly Record<string, unknown>[];
  };
  const source = networkInterfaces.find(({ device }) => device === 'veth0')!;
  const [session] = trafficMirrorSessions;
  return {
    ...rest,
    networkInterfaces: [
      ...networkInterfaces,
      { ...source, networkInterfaceId: 'eni-second', device: 'vetha' },
    ],
    trafficMirrorSessions: [
      session,
      {
        ...session,
        trafficMirrorSessionId: 'tms-second',
        networkInterfaceId: 'eni-second',
        virtualNetworkId: VNI + 1,
      },
    ],
  };
}
