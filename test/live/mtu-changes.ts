/**
 * The MTU of the way to the target falls and rises while the daemon runs, of the device and of the route: copies are
 * cut to what fits from then on, none is lost that fits, and nothing is started again.
 */
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
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
const FIRST_MTU = 1500;
const LENGTHS = [60, 500, 1000, 1400];
const ROUNDS = 5;

interface Step {
  readonly name: string;
  /** Makes the change. */
  readonly act: (stand: Stand) => void;
  /** Bytes of a packet that fit from then on. */
  readonly mtu: number;
  /** The way out does not know of it. */
  readonly notFor?: readonly IoPath[];
  /** No send is refused there: what is too long leaves until the routes are looked at. */
  readonly lateFor?: readonly IoPath[];
}

const deviceMtu = (mtu: number) => (stand: Stand) =>
  void stand.host.ip('link', 'set', 'mir0', 'mtu', String(mtu));
const routeMtu = (mtu: number, prefix: string) => (stand: Stand) =>
  void stand.host.ip('route', 'replace', prefix, 'dev', 'mir0', ...kernelRoute(prefix), 'mtu', String(mtu));

/** What makes it replace the kernel's own route. */
function kernelRoute(prefix: string): string[] {
  return prefix.includes(':')
    ? ['proto', 'kernel', 'metric', '256']
    : ['proto', 'kernel', 'scope', 'link', 'src', '10.9.0.1'];
}

function stepsTo(prefix: string): readonly Step[] {
  return [
    { name: 'at first', act: () => {}, mtu: FIRST_MTU },
    { name: 'the device falls', act: deviceMtu(1300), mtu: 1300, lateFor: ['xdp'] },
    { name: 'the device rises', act: deviceMtu(FIRST_MTU), mtu: FIRST_MTU },
    // npm raw-socket goes by the device.
    {
      name: 'the route falls',
      act: routeMtu(1350, prefix),
      mtu: 1350,
      notFor: ['libpcap'],
      lateFor: ['direct', 'xdp'],
    },
    { name: 'the route rises', act: routeMtu(FIRST_MTU, prefix), mtu: FIRST_MTU, notFor: ['libpcap'] },
  ];
}

async function followTheMtu(t: Test, io: IoPath, target: string, prefix: string): Promise<void> {
  const stand = buildStand(t, { targetMtu: FIRST_MTU, ipv6Target: true });
  const inClient = new Sender(stand.client);
  const file = `${stand.directory}/arrived.pcap`;
  const recording = await Recording.start(stand.ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const configuration = { ...mirrorEverything('veth0', VNI, target), engine: ENGINES[io] };
  const daemon = await stand.start(stand.configure(configuration));
  const before = processesOf(await daemon.status());

  const overhead = target.includes(':') ? 56 : 36;
  let due = 0;
  let fitted = FIRST_MTU - overhead;
  for (const [index, step] of stepsTo(prefix).entries()) {
    if (step.notFor?.includes(io) === true) continue;
    const arrivedBefore = recording.frames().length;
    step.act(stand);
    // At once: the first ones find the change out, unless it was told before.
    const frames = Array.from({ length: ROUNDS }, (_, round) =>
      LENGTHS.map((length) => numbered(length, index, round)),
    ).flat();
    await inClient.send('veth1', frames);
    due += frames.length;
    await settled(daemon, due);
    const fits = step.mtu - overhead;
    const arrivedOf = () =>
      recording
        .frames()
        .slice(arrivedBefore)
        .map(({ bytes }) => readCopy(bytes).inner);
    await recording.until(`${frames.length} copies`, () => arrivedOf().length >= frames.length);
    const arrived = arrivedOf();
    t.equal(arrived.length, frames.length, `${step.name}: none is lost`);
    const whole = new Set(arrived.map((inner) => inner.toString('hex')));
    const missing = frames.filter(
      (bytes) => bytes.length <= Math.min(fits, fitted) && !whole.has(Buffer.from(bytes).toString('hex')),
    );
    t.same(
      missing.map(({ length }) => length),
      [],
      `${step.name}: what fits and fitted arrives whole`,
    );
    const longest = step.lateFor?.includes(io) === true ? fitted : fits;
    t.ok(
      arrived.every(({ length }) => length <= longest),
      `${step.name}: nothing is longer than fits`,
    );
    fitted = fits;
    await risen(daemon, target, fits);
    await inClient.send(
      'veth1',
      LENGTHS.map((length) => numbered(length, index, ROUNDS)),
    );
    due += LENGTHS.length;
    const all = frames.length + LENGTHS.length;
    await recording.until(`${all} copies`, () => arrivedOf().length >= all);
    t.same(
      arrivedOf()
        .slice(frames.length)
        .map(({ length }) => length),
      LENGTHS.map((length) => Math.min(length, fits)),
      `${step.name}: as long as fits, a second later`,
    );
  }
  const status = await settled(daemon, due);
  await recording.stop();
  checkSums(t, status, 'in the end');
  t.equal(skippedSum(status), 0, 'nothing is skipped');
  t.same(processesOf(status), before, 'no process was started again');
  t.equal(await daemon.stop(), 0, 'exit code');
}

function processesOf({ pid, engines }: Status): unknown {
  return [pid, engines.map((engine) => [engine.pid, engine.restarts])];
}

/** Waits until the counts hold every copy due. */
function settled(daemon: Daemon, due: number) {
  return daemon.until(`${due} matched`, (status) => sessionSum(status, 'matched') >= due);
}

/** Ring I/O looks at routes on its own, four times a second; the reported room is that of the device. */
async function risen(daemon: Daemon, target: string, fits: number): Promise<void> {
  await daemon.until('the room to be known', ({ targets }) =>
    targets.some(({ address, maximumInnerLength }) => address === target && maximumInnerLength >= fits),
  );
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** A frame of a length, different from all others. */
function numbered(length: number, step: number, round: number): Uint8Array {
  const number = Uint8Array.of(step, round, length >> 8, length & 0xff);
  return frame(ethernet(), ipv4(), udp(), payload(number), payload(length - 46));
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS_AND_DIRECT) {
  const skip = skipUnless('tcpdump') || skipIo(io);
  t.test(`${io}, IPv4`, { skip }, (t) => followTheMtu(t, io, '10.9.0.2', '10.9.0.0/24'));
  if (io === 'direct' || io === 'xdp') continue;
  t.test(`${io}, IPv6`, { skip }, (t) => followTheMtu(t, io, 'fd00:9::2', 'fd00:9::/64'));
}
