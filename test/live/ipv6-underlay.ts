/**
 * Copies over IPv6: to a global address, to a link-local one, and to load balancers of both families. They arrive
 * byte for byte, with a UDP checksum that tshark and the kernel's own VXLAN take.
 */
import { execFileSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { addVxlanDevice } from '../fixtures/live/network/vxlan-device.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { checkArrivals, checkCounts, type SentFrame } from '../fixtures/live/oracle/mirrored-frames.js';
import { dueOf } from '../fixtures/live/oracle/oracle.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

const VNI = 42;
const TARGETS = ['fd00:9::2', 'fe80::2%mir0'];

function framesBothWays(count: number): SentFrame[] {
  return DIRECTIONS.flatMap((direction, seed) =>
    frameMix({ seed: 20 + seed, count }).map((bytes, index) => ({
      direction,
      bytes,
      name: `frame ${index}`,
    })),
  );
}

/** The frames of both directions, to one address. */
async function mirrorTo(t: Test, io: IoPath, target: string): Promise<void> {
  const stand = buildStand(t, { ipv6Target: true });
  const configuration = { ...mirrorEverything('veth0', VNI, target), engine: ENGINES[io] };
  const configFile = stand.configure(configuration);
  const [source] = (await planOf(configFile)).sources;
  const sent = framesBothWays(50);
  const { arrived, file, status, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  t.equal(exitCode, 0, 'exit code');
  checkArrivals(t, source!, sent, arrived);
  checkCounts(t, io, source!, sent, status);
  const [way] = status.targets;
  t.match(way, { address: target, device: 'mir0', maximumInnerLength: 9000 - 56, reason: '' });
  const from = new Set(arrived.map(({ bytes }) => readCopy(bytes).from));
  const want = target.startsWith('fe80') ? 'fe80::1' : 'fd00:9::1';
  t.same([...from], [want], 'the source address of the route');
  t.equal(badChecksums(file), '', 'tshark finds every outer UDP checksum right');
}

/** A session to addresses of both families, with a source address of one. */
async function balance(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { ipv6Target: true });
  stand.host.ip('addr', 'add', 'fd00:9::77/64', 'dev', 'mir0', 'nodad');
  const base = mirrorEverything('veth0', VNI) as { trafficMirrorTargets: object[] };
  const configFile = stand.configure({
    ...base,
    networkInterfaces: [{ networkInterfaceId: 'eni-source', device: 'veth0', address: 'fd00:9::77' }],
    networkLoadBalancers: [{ networkLoadBalancerArn: 'nlb', targets: ['10.9.0.2', ...TARGETS] }],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkLoadBalancerArn: 'nlb' }],
    engine: ENGINES[io],
  });
  const [source] = (await planOf(configFile)).sources;
  const sent = framesBothWays(200);
  const { arrived, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  t.equal(exitCode, 0, 'exit code');
  const copies = arrived.map(({ bytes }) => readCopy(bytes));
  for (const address of ['10.9.0.2', 'fd00:9::2', 'fe80::2']) {
    const own = copies.filter(({ to }) => to === address);
    t.ok(own.length > 10, `${address} has ${own.length} of ${copies.length}`);
    const from = address === '10.9.0.2' ? '10.9.0.1' : 'fd00:9::77';
    t.same([...new Set(own.map((copy) => copy.from))], [from], 'from the address of its family');
  }
  const ledger = new Ledger();
  for (const { direction, bytes, name } of sent) {
    if (typeof dueOf(source!, direction, bytes) !== 'string')
      ledger.expect(Buffer.from(bytes).toString('hex'), `${direction} ${name}`);
  }
  for (const { inner } of copies) ledger.arrive(inner.toString('hex'), inner.toString('hex'));
  ledger.check(t, 'copies');
}

/** The kernel's VXLAN over IPv6 delivers what was sent. */
async function deliverThroughTheKernel(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { ipv6Target: true });
  const device = addVxlanDevice(stand.ids, VNI, 'fd00:9::2');
  const configFile = stand.configure({ ...mirrorEverything('veth0', VNI, 'fd00:9::2'), engine: ENGINES[io] });
  const [source] = (await planOf(configFile)).sources;
  const sent = framesBothWays(20);
  const due = sent.filter(({ direction, bytes }) => typeof dueOf(source!, direction, bytes) !== 'string');
  const recording = await Recording.start(stand.ids, device, `${stand.directory}/delivered.pcap`);
  await passFrames(stand, io, configFile, source!, sent);
  await recording.until(`${due.length} frames`, (frames) => frames.length >= due.length);
  await recording.stop();
  const ledger = new Ledger();
  for (const { direction, bytes, name } of due) {
    ledger.expect(Buffer.from(bytes).toString('hex'), `${direction} ${name}`);
  }
  for (const { bytes } of recording.frames()) ledger.arrive(bytes.toString('hex'), bytes.toString('hex'));
  ledger.check(t, `frames out of ${device}`);
}

/** Frames of which tshark says that the outer UDP checksum is not good. */
function badChecksums(file: string): string {
  const options = ['-o', 'udp.check_checksum:TRUE', '--disable-protocol', 'vxlan'];
  return execFileSync('tshark', ['-n', '-r', file, ...options, '-Y', 'udp && udp.checksum.status != 1'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS_AND_DIRECT) {
  const skip = skipUnless('tcpdump', 'tshark') || skipIo(io);
  t.test(`${io}, a load balancer of both families`, { skip }, (t) => balance(t, io));
  // Over IPv6 there is nothing direct.
  if (io === 'direct' || io === 'xdp') continue;
  for (const target of TARGETS) t.test(`${io}, ${target}`, { skip }, (t) => mirrorTo(t, io, target));
  t.test(`${io}, into a vxlan device`, { skip }, (t) => deliverThroughTheKernel(t, io));
}
