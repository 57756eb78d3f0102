/**
 * The product as a whole: three sessions on one source, with filters, PacketLength, VNI and targets of their
 * own. Of a mix of frames in both directions every due copy arrives, where it should, once, and nothing else.
 */
import t, { type Test } from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import { EVERYWHERE, EVERYWHERE_6 } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { checkArrivals, checkCounts } from '../fixtures/live/oracle/mirrored-frames.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

const HTTP = { fromPort: 80, toPort: 80 };

const web = {
  trafficMirrorFilterId: 'tmf-web',
  ingressFilterRules: [
    { ruleNumber: 10, ruleAction: 'accept', protocol: 6, destinationPortRange: HTTP, ...EVERYWHERE },
    { ruleNumber: 20, ruleAction: 'accept', protocol: 6, destinationPortRange: HTTP, ...EVERYWHERE_6 },
  ],
  egressFilterRules: [
    { ruleNumber: 10, ruleAction: 'accept', protocol: 6, sourcePortRange: HTTP, ...EVERYWHERE },
  ],
};

const datagrams = {
  trafficMirrorFilterId: 'tmf-datagrams',
  networkServices: ['amazon-dns'],
  ingressFilterRules: [
    { ruleNumber: 5, ruleAction: 'reject', protocol: 17, ...EVERYWHERE, sourceCidrBlock: '172.16.0.0/12' },
    { ruleNumber: 10, ruleAction: 'accept', protocol: 17, ...EVERYWHERE },
  ],
  egressFilterRules: [{ ruleNumber: 10, ruleAction: 'accept', protocol: 17, ...EVERYWHERE_6 }],
};

const rest = {
  trafficMirrorFilterId: 'tmf-rest',
  ingressFilterRules: [
    { ruleNumber: 10, ruleAction: 'reject', ...EVERYWHERE, sourceCidrBlock: '10.0.1.0/24' },
    { ruleNumber: 20, ruleAction: 'accept', ...EVERYWHERE },
    { ruleNumber: 30, ruleAction: 'accept', ...EVERYWHERE_6 },
  ],
  egressFilterRules: [
    { ruleNumber: 10, ruleAction: 'accept', protocol: 1, ...EVERYWHERE },
    { ruleNumber: 20, ruleAction: 'accept', ...EVERYWHERE_6, sourceCidrBlock: '2001:db8::/32' },
  ],
};

const configuration = (io: IoPath) => ({
  networkInterfaces: [
    { networkInterfaceId: 'eni-source', device: 'veth0', address: '10.9.0.1' },
    { networkInterfaceId: 'eni-a', address: '10.9.0.2' },
    { networkInterfaceId: 'eni-b', address: '10.9.0.3' },
  ],
  trafficMirrorTargets: [
    { trafficMirrorTargetId: 'tmt-a', networkInterfaceId: 'eni-a' },
    { trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-b' },
  ],
  trafficMirrorFilters: [web, datagrams, rest],
  trafficMirrorSessions: [
    session(1, 'tmt-a', 'tmf-web', { packetLength: 128, virtualNetworkId: 42 }),
    session(2, 'tmt-b', 'tmf-datagrams', { packetLength: 60, virtualNetworkId: 16777215 }),
    session(9, 'tmt-a', 'tmf-rest', { virtualNetworkId: 0 }),
  ],
  engine: ENGINES[io],
});

const session = (sessionNumber: number, target: string, filter: string, more: object) => ({
  trafficMirrorSessionId: `tms-${sessionNumber}`,
  networkInterfaceId: 'eni-source',
  trafficMirrorTargetId: target,
  trafficMirrorFilterId: filter,
  sessionNumber,
  ...more,
});

async function mirrorTheMix(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { targets: 2 });
  const configFile = stand.configure(configuration(io));
  const [source] = (await planOf(configFile)).sources;
  const sent = DIRECTIONS.flatMap((direction, seed) =>
    frameMix({ seed, count: 300 }).map((bytes, index) => ({ direction, bytes, name: `frame ${index}` })),
  );
  const { arrived, file, status, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  t.equal(exitCode, 0, 'exit code');
  const emission = { ring: 'routed', direct: 'packet-socket', xdp: 'xdp', libpcap: 'routed' }[io];
  t.strictSame([...new Set(status.targets.map((target) => target.emission))], [emission], 'how copies left');
  t.equal(status.io, io === 'libpcap' ? 'libpcap' : 'ring', 'I/O as configured');
  checkArrivals(t, source!, sent, arrived);
  checkCounts(t, io, source!, sent, status);
  checkDissection(t, file, arrived.length);
}

/** An observer that knows nothing of the mirror sees sound outer headers and VXLAN in every packet. */
function checkDissection(t: Test, file: string, packets: number): void {
  const names = ['frame.protocols', 'ip.checksum.status', 'ip.ttl', 'udp.dstport', 'vxlan.flags'] as const;
  const copies = tsharkFields(file, names, ['ip.check_checksum:TRUE']).filter(
    (fields) => !fields['frame.protocols'].join().endsWith('ethertype:data'),
  );
  const sound = copies.filter(
    (fields) =>
      fields['frame.protocols'].join().startsWith('eth:ethertype:ip:udp:vxlan') &&
      fields['ip.checksum.status'][0] === '1' &&
      fields['ip.ttl'][0] === '255' &&
      fields['udp.dstport'][0] === '4789' &&
      Number(fields['vxlan.flags'][0]) === 0x0800,
  );
  t.equal(sound.length, packets, 'tshark dissects every packet as VXLAN under sound headers');
}

for (const io of IO_PATHS_AND_DIRECT) {
  t.test(`a mix of frames, ${io}`, { skip: skipUnless('tcpdump', 'tshark') || skipIo(io) }, (t) =>
    mirrorTheMix(t, io),
  );
}
