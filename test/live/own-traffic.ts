/**
 * Never mirror the mirror: a source by which copies leave. Every frame of others has one copy, no copy has a
 * copy, and what only looks like a copy is mirrored like anything else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums, readSum, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { EVERYTHING, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { disableOffloads } from '../fixtures/live/network/offloads.js';
import { addVxlanDevice } from '../fixtures/live/network/vxlan-device.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import type { CapturedFrame } from '../fixtures/live/oracle/pcap.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import {
  ENGINES,
  IO_PATHS,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { converse, startEchoServer } from '../fixtures/live/traffic/echo.js';
import { MARKER } from '../fixtures/live/traffic/marker.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

/** VNI of the session on the device by which copies leave. */
const UPLINK_VNI = 77;
/** VNI of the session on veth0. */
const WORKLOAD_VNI = 5;
/** VNI of no session here: frames under it come from others. */
const FOREIGN_VNI = 9;
const FRAMES_PER_WAY = 30;
/** Counters cross from engine to daemon once a second. */
const QUIET_MS = 2000;
const MOST_REFUSALS = 100;

const configuration = (perspective: 'host' | 'peer'): object => ({
  networkInterfaces: [
    { networkInterfaceId: 'eni-workload', device: 'veth0', perspective },
    { networkInterfaceId: 'eni-uplink', device: 'mir0', perspective },
    { networkInterfaceId: 'eni-a', address: '10.9.0.2' },
    { networkInterfaceId: 'eni-b', address: '10.9.0.3' },
  ],
  trafficMirrorTargets: [
    { trafficMirrorTargetId: 'tmt-a', networkInterfaceId: 'eni-a' },
    { trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-b' },
  ],
  trafficMirrorFilters: [
    { trafficMirrorFilterId: 'tmf', ingressFilterRules: EVERYTHING, egressFilterRules: EVERYTHING },
  ],
  trafficMirrorSessions: [
    session('tms-workload', 'eni-workload', 'tmt-a', WORKLOAD_VNI),
    session('tms-uplink', 'eni-uplink', 'tmt-b', UPLINK_VNI),
  ],
});

function session(trafficMirrorSessionId: string, source: string, target: string, virtualNetworkId: number) {
  return {
    trafficMirrorSessionId,
    networkInterfaceId: source,
    trafficMirrorTargetId: target,
    trafficMirrorFilterId: 'tmf',
    sessionNumber: 1,
    virtualNetworkId,
  };
}

async function mirrorTheUplink(t: Test, io: IoPath, perspective: 'host' | 'peer' = 'host'): Promise<void> {
  const stand = buildStand(t, { targets: 2 });
  const { client, host, ids, directory } = stand;
  disableOffloads(host, 'mir0');
  disableOffloads(ids, 'ids0');
  addVxlanDevice(ids, FOREIGN_VNI, '0.0.0.0');
  const [inClient, inHost] = [client, host].map((namespace) => new Sender(namespace));
  const recording = await Recording.start(ids, 'ids0', `${directory}/seen.pcap`, 'not arp');
  const daemon = await stand.start(stand.configure({ ...configuration(perspective), engine: ENGINES[io] }));

  await inClient!.send('veth1', workloadFrames('ingress'));
  await inHost!.send('veth0', workloadFrames('egress'));
  await inHost!.send('mir0', foreignFrames(io));
  await startEchoServer(ids);
  await converse(host, [{ from: '10.9.0.1', to: '10.9.0.2' }]);

  await recording.until('a copy of everything', (frames) => {
    const { workload, uplink, others } = sort(frames);
    return workload.length >= 2 * FRAMES_PER_WAY && uplink.length >= others.length;
  });
  const { workload, uplink, others } = sort(
    await recording.end(MARKER, () => inHost!.send('mir0', [MARKER])),
  );
  t.equal(await daemon.stop(), 0, 'exit code');

  t.comment(
    `${others.length} frames of others, ${uplink.length} copies of them, ${workload.length} other copies`,
  );
  t.ok(others.length > 2 * foreignFrames(io).length, 'others speak over the device, to the target host too');
  const ofOthers = new Ledger();
  for (const bytes of others) ofOthers.expect(bytes.toString('hex'), bytes.toString('hex'));
  for (const { inner } of uplink) ofOthers.arrive(inner.toString('hex'), inner.toString('hex'));
  ofOthers.check(t, 'copies of what others send over the device');
  const ofWorkload = new Ledger();
  for (const bytes of [...workloadFrames('ingress'), ...workloadFrames('egress')]) {
    ofWorkload.expect(Buffer.from(bytes).toString('hex'), 'workload');
  }
  for (const { inner } of workload) ofWorkload.arrive(inner.toString('hex'), inner.toString('hex'));
  ofWorkload.check(t, 'copies of the other source, which leave by the device');
}

/**
 * The target host answers a copy with "port unreachable", which is traffic of others, and mirrored, and so on.
 * The kernel's limit on such answers ends it.
 */
async function mirrorRefusals(t: Test): Promise<void> {
  const stand = buildStand(t);
  const daemon = await stand.start(stand.configure(mirrorEverything('mir0', UPLINK_VNI)));
  stand.host.run('ping', '-c', '2', '-i', '0.2', '10.9.0.2');
  let status = await daemon.until('mirroring', (now) => sessionSum(now, 'mirrored') > 0);
  for (let before = -1; before !== readSum(status); ) {
    before = readSum(status);
    await sleep(QUIET_MS);
    status = await daemon.status();
    if (before > MOST_REFUSALS) break;
  }
  t.comment(`${readSum(status)} frames, ${sessionSum(status, 'mirrored')} copies`);
  t.ok(readSum(status) <= MOST_REFUSALS, 'it ends by itself');
  checkSums(t, status, 'refused');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** What passed the device: the copies of each session, and everything else. */
function sort(frames: readonly CapturedFrame[]) {
  const isCopy = (bytes: Buffer): boolean =>
    isVxlan(bytes) && [UPLINK_VNI, WORKLOAD_VNI].includes(bytes.readUIntBE(46, 3));
  const isIp = (bytes: Buffer): boolean => bytes.readUInt16BE(12) === 0x0800;
  const all = frames.map(({ bytes }) => bytes).filter(isIp);
  const copies = all.filter(isCopy).map((bytes) => readCopy(bytes));
  return {
    workload: copies.filter(({ vni }) => vni === WORKLOAD_VNI),
    uplink: copies.filter(({ vni }) => vni === UPLINK_VNI),
    others: all.filter((bytes) => !isCopy(bytes)),
  };
}

function workloadFrames(name: string): Uint8Array[] {
  return Array.from({ length: FRAMES_PER_WAY }, (_, index) =>
    frame(ethernet(), ipv4(), udp(), payload(Buffer.from(`${name}, ${index}`))),
  );
}

/** Others' datagrams to port 4789 of the target: VXLAN, and not. */
function foreignFrames(io: IoPath): Uint8Array[] {
  const vxlan = [8, 0, 0, 0, 0, 0, FOREIGN_VNI, 0];
  const toTarget = (timeToLive: number, sourcePort: number, body: readonly number[]): Uint8Array =>
    frame(
      ethernet(),
      ipv4({ source: '10.9.0.1', destination: '10.9.0.2', timeToLive, dontFragment: true }),
      udp({ sourcePort, destinationPort: 4789 }),
      payload(Uint8Array.from(body)),
    );
  const inner = [...frame(ethernet(), ipv4(), udp())];
  return [
    toTarget(64, 50000, [...vxlan, ...inner]),
    toTarget(255, 4789, [...vxlan, ...inner]),
    toTarget(64, 50001, [1, 2, 3]),
    // libpcap sees no marks, and takes what is just like a copy for one.
    ...(io === 'libpcap' ? [] : [toTarget(255, 50002, [...vxlan, ...inner])]),
  ];
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS_AND_DIRECT) {
  t.test(io, { skip: skipUnless('tcpdump', 'ethtool', 'ping') || skipIo(io) }, (t) => mirrorTheUplink(t, io));
}
for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump', 'ethtool', 'ping') || skipIo(io);
  t.test(`${io}, seen by the peer`, { skip }, (t) => mirrorTheUplink(t, io, 'peer'));
}
t.test('a target that refuses', { skip: skipUnless('ping') }, mirrorRefusals);
