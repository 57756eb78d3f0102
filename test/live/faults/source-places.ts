/**
 * Sources in other places: a device that moves to another namespace and back, devices that are no veth, and devices
 * in namespaces that come and go. Row S7 of the fault matrix.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Namespace } from '../../../lab/namespaces.js';
import { openLibc } from '../../../src/linux/libc.js';
import { EngineUnderTest } from '../../fixtures/engine/engine-under-test.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame, payload } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { laneOf, sessionSum } from '../../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { TapDevice } from '../../fixtures/live/network/tap-device.js';
import { IO_PATHS, type IoPath, skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { createVeth, type Entrance, FaultySource, veth } from '../../fixtures/live/traffic/faulty-source.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';

const skip = skipUnless('tcpdump');
const GONE_LIMIT_MS = 2000;
const POLL_MS = 20;

async function moveAway(t: Test): Promise<void> {
  const stand = buildStand(t);
  const { host, ids } = stand;
  const source = await FaultySource.start(t, stand, {
    io: 'ring',
    source: { device: 'veth0' },
    entrances: veth(stand),
  });
  for (const time of ['first', 'second']) {
    host.ip('link', 'set', 'veth0', 'netns', ids.name);
    ids.ip('link', 'set', 'veth0', 'up');
    await source.waiting('device veth0 does not exist');
    await source.sendUnseen({ namespace: ids, device: 'veth0' });
    ids.ip('link', 'set', 'veth0', 'netns', host.name);
    host.ip('link', 'set', 'veth0', 'up');
    await source.recover(`back for the ${time} time, with the index that it had`);
  }
  await source.end();
}

interface Kind {
  readonly name: string;
  readonly device: string;
  /** Makes the device, and says how frames get past it. */
  readonly create: (stand: Stand) => Promise<readonly Entrance[]>;
  readonly remove: (stand: Stand) => Promise<void>;
}

function kinds(): Kind[] {
  let tap: TapDevice | undefined;
  const add =
    (device: string, ...lines: readonly string[]) =>
    async ({ host, client }: Stand): Promise<readonly Entrance[]> => {
      for (const line of lines) host.ip(...line.split(' '));
      host.ip('link', 'set', device, 'up');
      return [
        { namespace: client, device: 'veth1' },
        { namespace: host, device },
      ];
    };
  const remove =
    (device: string) =>
    async ({ host }: Stand): Promise<void> =>
      void host.ip('link', 'del', device);
  return [
    {
      name: 'a bridge',
      device: 'br0',
      create: add('br0', 'link add br0 type bridge', 'link set veth0 master br0'),
      remove: remove('br0'),
    },
    {
      name: 'a macvlan device',
      device: 'macv0',
      create: add('macv0', 'link add macv0 link veth0 type macvlan mode bridge'),
      remove: remove('macv0'),
    },
    {
      name: 'a tap device',
      device: 'tap0',
      create: async ({ host }) => {
        const made = await TapDevice.create(host, 'tap0');
        tap = made;
        return [{ write: (frames) => (tap ?? made).write(frames) }, { namespace: host, device: 'tap0' }];
      },
      remove: async () => tap?.remove(),
    },
  ];
}

async function otherKinds(t: Test, { device, create, remove }: Kind): Promise<void> {
  const stand = buildStand(t);
  const entrances = await create(stand);
  const source = await FaultySource.start(t, stand, { io: 'ring', source: { device }, entrances });
  await remove(stand);
  await source.waiting(`device ${device} does not exist`);
  await create(stand);
  await source.recover('deleted and made anew');
  await source.end();
  await remove(stand);
}

/** The source is the client's end of the pair. */
async function inNamespace(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const { client, host } = stand;
  const netns = `/run/netns/${client.name}`;
  const source = await FaultySource.start(t, stand, {
    io,
    source: { device: 'veth1', netns },
    entrances: veth(stand),
  });
  const status = await source.daemon.status();
  const [toClient, fromClient] = [laneOf(status, 'ingress'), laneOf(status, 'egress')];
  t.match([toClient, fromClient], [{ device: 'veth1', netns }, { netns }], 'status names the namespace');

  host.ip('link', 'del', 'veth0');
  await source.waiting(`device veth1 does not exist in ${netns}`);
  createVeth(stand);
  await source.recover('the device made anew');

  await source.leave(client);
  netnsCommand('del', client);
  const started = performance.now();
  while (exists(host, 'veth0') && performance.now() - started < GONE_LIMIT_MS) await sleep(POLL_MS);
  t.notOk(exists(host, 'veth0'), 'the namespace ends, and with it the pair: nobody holds it');
  await source.waiting(`network namespace ${netns} does not exist`);
  await source.checkIdle('waiting for a namespace');
  netnsCommand('add', client);
  await source.waiting(`device veth1 does not exist in ${netns}`);
  client.ip('link', 'set', 'lo', 'up');
  await source.warmUp();
  createVeth(stand);
  await source.recover('the namespace made anew');

  await source.leave(client);
  netnsCommand('del', client);
  netnsCommand('add', client);
  client.ip('link', 'set', 'lo', 'up');
  await source.warmUp();
  await waitFor(
    'the device gone',
    () => exists(host, 'veth0'),
    (isThere) => !isThere,
  );
  createVeth(stand);
  await source.recover('another namespace under the same path at once');
  await source.end();
}

async function withoutCapability(t: Test): Promise<void> {
  const stand = buildStand(t);
  const netns = `/run/netns/${stand.client.name}`;
  const wrapper = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];
  const engine = new EngineUnderTest(wrapper, await openLibc());
  t.teardown(() => engine.signal('SIGKILL'));
  const source = sourcePlan([{ rules: [{}] }], { device: 'veth1', netns });
  engine.plan({ lanes: [{ source: { ...source, sessions: [] }, direction: 'ingress' }] });
  t.match(await engine.report('lane'), {
    state: 'waiting',
    reason: `not permitted to enter network namespace ${netns}: needs the capability CAP_SYS_ADMIN`,
  });
  engine.order({ type: 'stop' });
  t.same(await engine.ended(), [0, null]);
}

interface Sections {
  readonly networkInterfaces: readonly object[];
  readonly trafficMirrorSessions: readonly object[];
}

/** Both ends of a pair have the same name: what one sends the other receives, and each has counts of its own. */
async function sameName(t: Test): Promise<void> {
  const stand = buildStand(t);
  createVeth(stand, 'same0', 'same0');
  const netns = `/run/netns/${stand.client.name}`;
  const { networkInterfaces, trafficMirrorSessions, ...rest } = mirrorEverything('same0', 5) as Sections;
  const [session] = trafficMirrorSessions;
  const inClient = {
    trafficMirrorSessionId: 'tms-client',
    networkInterfaceId: 'eni-client',
    virtualNetworkId: 6,
  };
  const configFile = stand.configure({
    ...rest,
    networkInterfaces: [...networkInterfaces, { networkInterfaceId: 'eni-client', device: 'same0', netns }],
    trafficMirrorSessions: [session, { ...session, ...inClient }],
  });
  const daemon = await stand.start(configFile);
  const frames = Array.from({ length: 30 }, (_, index) =>
    frame(ethernet(), ipv4(), udp(), payload(Buffer.from(`${index}`))),
  );
  await new Sender(stand.client).send('same0', frames);
  const status = await daemon.until('every copy', (now) => sessionSum(now, 'mirrored') >= 2 * frames.length);
  const read = (direction: 'ingress' | 'egress', id: string): number =>
    laneOf(status, direction, id).read.packets;
  t.equal(read('egress', 'eni-client'), frames.length, 'sent by the one');
  t.equal(read('ingress', 'eni-source'), frames.length, 'received by the other');
  t.equal(read('ingress', 'eni-client') + read('egress', 'eni-source'), 0, 'and nothing else');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** What the client sends is what its end of the pair sends, and what veth0 receives. */
async function peerPerspective(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const [fromClient, fromHost] = veth(stand);
  const source = await FaultySource.start(t, stand, {
    io,
    source: { device: 'veth0', perspective: 'peer' },
    entrances: [fromClient!],
  });
  const only = await source.end();
  t.ok(laneOf(only, 'egress').sessions[0]!.mirrored.packets > 0, 'what veth0 receives is egress');
  t.equal(laneOf(only, 'ingress').read.packets, 0, 'and nothing else');

  const again = await FaultySource.start(t, stand, {
    io,
    source: { device: 'veth0', perspective: 'peer' },
    entrances: [fromHost!],
  });
  const other = await again.end();
  t.ok(laneOf(other, 'ingress').sessions[0]!.mirrored.packets > 0, 'what veth0 sends is ingress');
  t.equal(laneOf(other, 'egress').read.packets, 0, 'and nothing else');
}

function netnsCommand(command: 'add' | 'del', { name }: Namespace): void {
  execFileSync('ip', ['netns', command, name]);
}

function exists(namespace: Namespace, device: string): boolean {
  return namespace.ip('-o', 'link').includes(` ${device}@`);
}

// They wait most of the time.
t.jobs = 2;
t.test('S7: moved to another namespace and back', { skip }, moveAway);
for (const kind of kinds()) t.test(`S7: ${kind.name}`, { skip }, (t) => otherKinds(t, kind));
for (const io of IO_PATHS) {
  const skipped = skip || skipIo(io);
  t.test(`S7: in a namespace that comes and goes, ${io}`, { skip: skipped }, (t) => inNamespace(t, io));
  t.test(`perspective peer, ${io}`, { skip: skipped }, (t) => peerPerspective(t, io));
}
t.test('the same name in two namespaces', { skip }, sameName);
t.test('without CAP_SYS_ADMIN', { skip: skipUnless('setpriv') }, withoutCapability);
