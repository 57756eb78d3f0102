/**
 * A daemon whose /sys and /proc are not those of its network namespace: after `nsenter`, in containers. It mirrors as
 * everywhere, and says what is so of its own devices.
 */
import t, { type Test } from 'tap';
import { joinByVeth } from '../../lab/namespaces.js';
import type { Status } from '../../src/status/status.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const VNI = 42;
const SOURCE_MTU = 1500;
const TARGET_MTU = 1400;
/** In the namespace that /sys shows, devices have the same names. */
const FOREIGN_MTU = 1300;
const ROUNDS = 5;

interface Place {
  readonly name: string;
  /** A command that starts the daemon there. */
  readonly wrapper: (stand: Stand) => readonly string[];
}

/** In mounts of its own. @param mounts a command of the shell that makes them. */
function mounting(mounts: (stand: Stand) => string): Place['wrapper'] {
  return (stand) => [
    ...['unshare', '--mount', 'sh', '-c'],
    `mount --make-rprivate / && ${mounts(stand)} && exec "$0" "$@"`,
  ];
}

const PLACES: readonly Place[] = [
  {
    // `ip netns exec` gives it a /sys of its namespace; here it gets that of the machine, as after `nsenter --net`.
    name: '/sys of the machine',
    wrapper: () => ['nsenter', `--mount=/proc/${process.pid}/ns/mnt`],
  },
  {
    name: '/sys of a namespace with devices of the same names',
    // The namespace of the client has them.
    wrapper: mounting(({ client }) => `nsenter --net=/run/netns/${client.name} mount -t sysfs sysfs /sys`),
  },
  { name: 'an empty /sys', wrapper: mounting(() => 'mount -t tmpfs none /sys') },
  {
    name: 'a read-only /sys, and a /proc with nothing but its own processes',
    wrapper: mounting(
      () => 'mount -o remount,bind,ro /sys && mount -t proc -o subset=pid,hidepid=2 proc /proc',
    ),
  },
  {
    name: 'neither /sys nor /proc',
    wrapper: mounting(() => 'mount -t tmpfs none /sys && mount -t tmpfs none /proc'),
  },
];

/** A frame of a length, different from all others. */
function numbered(length: number, round: number): Uint8Array {
  const number = Uint8Array.of(round, length >> 8, length & 0xff);
  return frame(ethernet(), ipv4(), udp(), payload(number), payload(length - 45));
}

async function mirrorThere(t: Test, { wrapper }: Place, io: IoPath, target: string): Promise<void> {
  const stand = buildStand(t, { targetMtu: TARGET_MTU, ipv6Target: true });
  const foreign = (device: string): void => {
    const [here, there] = [device, `${device}-peer`];
    stand.client.ip('link', 'add', here, 'mtu', `${FOREIGN_MTU}`, 'type', 'veth', 'peer', 'name', there);
    stand.client.ip('link', 'set', here, 'up');
  };
  for (const device of ['mir0', 'veth0']) foreign(device);
  const inClient = new Sender(stand.client);
  const file = `${stand.directory}/arrived.pcap`;
  const recording = await Recording.start(stand.ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const configuration = { ...mirrorEverything('veth0', VNI, target), engine: ENGINES[io] };
  const daemon = await stand.start(stand.configure(configuration), wrapper(stand));

  const fits = TARGET_MTU - (target.includes(':') ? 56 : 36);
  const lengths = [60, FOREIGN_MTU - 36, fits, fits + 1, SOURCE_MTU + 14];
  const frames = Array.from({ length: ROUNDS }, (_, round) =>
    lengths.map((length) => numbered(length, round)),
  ).flat();
  await inClient.send('veth1', frames);
  const status = await daemon.until('all mirrored', (now) => sessionSum(now, 'mirrored') >= frames.length);
  await recording.until(`${frames.length} copies`, () => recording.frames().length >= frames.length);
  const hex = (all: readonly Uint8Array[]): string[] =>
    all.map((one) => Buffer.from(one).toString('hex')).sort();
  t.strictSame(
    hex(recording.frames().map(({ bytes }) => readCopy(bytes).inner)),
    hex(frames.map((one) => one.subarray(0, fits))),
    'every copy arrives, as long as fits',
  );
  checkStatus(t, status, target, fits);
  checkSums(t, status, 'in the end');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

function checkStatus(t: Test, status: Status, target: string, fits: number): void {
  t.match(status.targets, [
    { address: target, state: 'reachable', device: 'mir0', maximumInnerLength: fits, reason: '' },
  ]);
  t.match(status.lanes, [{ mtu: SOURCE_MTU }, { mtu: SOURCE_MTU }], 'the MTU of the source');
  const cut = status.lanes.flatMap(({ sessions }) => sessions.map((session) => session.cut));
  t.strictSame(cut, [2 * ROUNDS, 0], 'those that are too long are cut, and no others');
  t.equal(skippedSum(status), 0, 'nothing is skipped');
  t.match(status.engines, [{ restarts: 0 }], 'no engine was started again');
}

/** A source in a namespace of its own, to which the way leads by /proc. */
async function sourceElsewhere(t: Test, place: Place): Promise<string> {
  const stand = buildStand(t);
  const peer = { namespace: stand.ids, device: 'more1', addresses: [] };
  joinByVeth({ namespace: stand.client, device: 'more0', addresses: [] }, peer);
  const netns = `/run/netns/${stand.client.name}`;
  const one = mirrorEverything('veth0', VNI) as {
    readonly networkInterfaces: readonly object[];
    readonly trafficMirrorSessions: readonly object[];
  };
  const configuration = {
    ...one,
    networkInterfaces: [...one.networkInterfaces, { networkInterfaceId: 'eni-more', device: 'more0', netns }],
    trafficMirrorSessions: [
      ...one.trafficMirrorSessions,
      {
        ...one.trafficMirrorSessions[0],
        trafficMirrorSessionId: 'tms-more',
        networkInterfaceId: 'eni-more',
      },
    ],
  };
  const { startDaemon } = await import('../../lab/daemon.js');
  const file = stand.configure(configuration);
  const daemon = await startDaemon(stand.host, file, stand.directory, place.wrapper(stand));
  const status = await daemon.until('the state of every source known', ({ lanes }) =>
    lanes.every(({ sourceId, state, reason }) =>
      sourceId === 'eni-more' ? state === 'capturing' || reason.includes('/') : state === 'capturing',
    ),
  );
  t.match(status.engines, [{ restarts: 0 }]);
  t.equal(await daemon.stop(), 0, 'exit code');
  const lane = status.lanes.find(({ sourceId }) => sourceId === 'eni-more');
  return lane?.reason.replace(netns, 'NETNS') ?? 'none';
}

// They wait most of the time.
t.jobs = 2;
for (const place of PLACES) {
  for (const io of IO_PATHS_AND_DIRECT) {
    const skip = skipUnless('tcpdump', 'unshare', 'nsenter', 'mount') || skipIo(io);
    t.test(`${place.name}: ${io}`, { skip }, (t) => mirrorThere(t, place, io, '10.9.0.2'));
    if (io === 'direct' || io === 'xdp') continue;
    t.test(`${place.name}: ${io}, IPv6`, { skip }, (t) => mirrorThere(t, place, io, 'fd00:9::2'));
  }
}
const skip = skipUnless('unshare', 'nsenter', 'mount');
t.test('sources in namespaces of their own', { skip }, async (t) => {
  const reasons: Record<string, string> = {};
  for (const place of PLACES) reasons[place.name] = await sourceElsewhere(t, place);
  t.strictSame(Object.values(reasons), [
    '',
    '',
    '',
    '',
    // Every other source is captured all the same.
    'whether NETNS is a network namespace is not known: /proc/self/fd cannot be read: ENOENT; mount /proc',
  ]);
});
