/**
 * The pipeline picks the same frames of the corpus as libpcap with the same rules as tcpdump expressions: each capture
 * by itself, and all of them together through `replay`. Where the two differ on purpose, the expression says so.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import type { Frame } from '../../src/io/frame.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { Replay } from '../../src/mirror/replay.js';
import { buildPlan } from '../../src/resources/build-plan.js';
import { captures, skipWithoutCaptures } from '../fixtures/captures.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { CUT } from '../fixtures/plans/builders.js';

/**
 * tcpdump reads headers wherever an EtherType says they are; a rule matches only what is a header: version and
 * header length right, total length (0: as long as the frame) at least the header, and all of it captured. A
 * load beyond the captured bytes rejects the frame; a byte is never 256.
 */
const IPV4 =
  'ip and ip[0] & 0xf0 = 0x40 and ip[0] & 0x0f >= 5 and (ip[2:2] = 0 or ip[2:2] >= ((ip[0] & 0x0f) << 2))' +
  ' and ip[((ip[0] & 0x0f) << 2) - 1] != 256';
/** Ports count when they lie in the datagram as well as in the frame: padding is no data. */
const PORTS =
  'ip[6:2] & 0x1fff = 0 and (ip[2:2] = 0 or ip[2:2] >= ((ip[0] & 0x0f) << 2) + 4)' +
  ' and ip[((ip[0] & 0x0f) << 2) + 3] != 256';
const SOURCE_PORT = 'ip[(ip[0] & 0x0f) << 2:2]';
const DESTINATION_PORT = 'ip[((ip[0] & 0x0f) << 2) + 2:2]';

/** Up to three tags before the IP header; `vlan` moves the offsets of what follows it. */
const TAGS = ['', 'vlan and ', 'vlan and vlan and ', 'vlan and vlan and vlan and '];

/** Ethernet, IPv4, UDP and VXLAN. */
const OUTER_BYTES = 14 + 20 + 8 + 8;
const OUTER_IP_BYTES = 20 + 8 + 8;
const BATCH_FRAMES = 1000;
/** No IPv4 datagram carries more behind the other outer headers. */
const LARGEST_INNER_BYTES = 65535 - 36;

const EVERYWHERE = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };

const cases = [
  { name: 'all IPv4', rule: { ...EVERYWHERE }, expression: IPV4 },
  { name: 'TCP', rule: { ...EVERYWHERE, protocol: 6 }, expression: `${IPV4} and ip[9] = 6` },
  {
    name: 'HTTP requests',
    rule: { ...EVERYWHERE, protocol: 6, destinationPortRange: { fromPort: 80, toPort: 80 } },
    expression: `${IPV4} and ip[9] = 6 and ${PORTS} and ${DESTINATION_PORT} = 80`,
  },
  {
    name: 'UDP from a range of ports',
    rule: { ...EVERYWHERE, protocol: 17, sourcePortRange: { fromPort: 1000, toPort: 40000 } },
    expression: `${IPV4} and ip[9] = 17 and ${PORTS} and ${SOURCE_PORT} >= 1000 and ${SOURCE_PORT} <= 40000`,
  },
  {
    name: 'from a network',
    rule: { ...EVERYWHERE, sourceCidrBlock: '10.0.0.0/8' },
    expression: `${IPV4} and ip[12] = 10`,
  },
  {
    name: 'between networks, ICMP',
    rule: { sourceCidrBlock: '192.168.0.0/16', destinationCidrBlock: '128.0.0.0/1', protocol: 1 },
    expression: `${IPV4} and ip[9] = 1 and ip[12:2] = 0xc0a8 and ip[16] & 0x80 = 0x80`,
  },
];

const hasTools = ['tcpdump', 'mergecap', 'editcap'].every(
  (tool) => spawnSync(tool, ['--version']).status === 0,
);
const skip = skipWithoutCaptures || skipWithoutBuild || (!hasTools && 'no tcpdump, mergecap or editcap');

t.test('every capture by itself', { skip }, async (t) => {
  const [{ rule, expression }] = cases;
  const parsed = parseConfiguration(JSON.stringify(configuration(rule)), 'c.json');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join());
  const [source] = buildPlan(parsed.configuration).sources;
  const directory = t.testdir({});
  for (const capture of captures) {
    const found: string[] = [];
    const pipeline = new Replay(source, CUT, undefined, (bytes, offset, length) => {
      found.push(digest(bytes, offset + OUTER_IP_BYTES, length - OUTER_IP_BYTES));
    });
    const input = new PcapFileSource(capture);
    while (input.pull(pipeline, BATCH_FRAMES) > 0);
    input.close();
    const classic = join(directory, 'classic.pcap');
    run('editcap', '-F', 'nsecpcap', capture, classic);
    t.same(found.sort(), picked(directory, classic, expression), basename(capture));
  }
});

for (const { name, rule, expression } of cases) {
  t.test(name, { skip }, async (t) => {
    const directory = t.testdir({ 'c.json': JSON.stringify(configuration(rule)) });
    const corpus = mergeCorpus(directory);
    const { exitCode, stderr } = replay(directory, corpus);
    t.equal(exitCode, 0, stderr);
    const found = mirrored(directory);
    t.ok(found.length > 0);
    t.same(found, picked(directory, corpus, expression));
  });
}

function replay(directory: string, capture: string) {
  const files = [
    '--config',
    join(directory, 'c.json'),
    '--in',
    capture,
    '--out',
    join(directory, 'out.pcap'),
  ];
  return trafficMirror('replay', '--source', 'eni-source', ...files);
}

/** All captures in one that tcpdump reads: in pcapng it wants the same snapshot length everywhere. */
function mergeCorpus(directory: string): string {
  const file = join(directory, 'corpus.pcap');
  run('mergecap', '-a', '-F', 'nsecpcap', '-w', file, ...captures);
  return file;
}

/** One rule; everything that is never mirrored is mirrored here, but for what libpcap does not see as IPv4. */
function configuration(rule: object): object {
  return {
    networkInterfaces: [
      { networkInterfaceId: 'eni-source', device: 'veth0' },
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf',
        networkServices: ['amazon-dns'],
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', ...rule }],
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms',
        networkInterfaceId: 'eni-source',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 1,
        virtualNetworkId: 1,
      },
    ],
    engine: { unmirroredTraffic: [] },
  };
}

/** Digests of the inner frames of the replay, sorted. */
function mirrored(directory: string): string[] {
  return digests(join(directory, 'out.pcap'), (packet) => packet.subarray(OUTER_BYTES));
}

/** Digests of the frames that tcpdump picks, with any VLAN tags, sorted. */
function picked(directory: string, corpus: string, expression: string): string[] {
  const file = join(directory, 'picked.pcap');
  return TAGS.flatMap((tags) => {
    run('tcpdump', '-r', corpus, '-w', file, '-Z', 'root', tags + expression);
    return digests(file, (frame) => frame.subarray(0, LARGEST_INNER_BYTES));
  }).sort();
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

function digests(file: string, part: (bytes: Buffer) => Buffer): string[] {
  const source = new PcapFileSource(file);
  const found: string[] = [];
  const consume = ({ bytes, offset, capturedLength }: Frame): void => {
    const kept = part(Buffer.from(bytes.buffer, bytes.byteOffset + offset, capturedLength));
    found.push(digest(kept, 0, kept.length));
  };
  while (source.pull({ consume, endBatch: () => {} }, BATCH_FRAMES) > 0);
  source.close();
  return found.sort();
}

function digest(bytes: Uint8Array, offset: number, length: number): string {
  return createHash('sha1')
    .update(bytes.subarray(offset, offset + length))
    .digest('hex');
}
