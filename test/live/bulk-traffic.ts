/**
 * Bulk traffic as a host makes it, with segmentation and checksums left to the card, mirrored whole: at the target
 * there are only packets that a wire could have carried, and from them the streams that were sent.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { Namespace } from '../../lab/namespaces.js';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import type { Status } from '../../src/status/status.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import {
  checkSums,
  laneOf,
  ringDroppedSum,
  sessionSum,
  skippedSum,
} from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { tagLink, type VlanTag } from '../fixtures/live/network/vlan-tags.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { skipWithoutSuricata, suricataCounters } from '../fixtures/live/oracle/suricata.js';
import { isVxlan } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, type IoPath, skipUnless } from '../fixtures/live/requirements.js';
import {
  contentOf,
  DATAGRAMS,
  exchangeStreams,
  hashOf,
  type Side,
  STREAM_PORT,
  sendDatagrams,
  startStreamServer,
} from '../fixtures/live/traffic/streams.js';

/** The source's: the default of a veth device. */
const MTU = 1500;
const HOST_ADDRESSES = ['10.1.0.1', 'fd00:1::1'];
const CLIENT_ADDRESSES = ['10.1.0.2', 'fd00:1::2'];
const WARNING = 0x600000;
const VERIFY = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'];
/** What is sent is random: tshark must not take it for a protocol that it knows by its port or looks. */
const IPERF_PORT = 5201;
const CONTENT_IS_DATA = [
  'tcp.port==1-65535,data',
  ...[STREAM_PORT, IPERF_PORT].map((port) => `udp.port==${port},data`),
];
const MAXIMUM_OUTPUT_BYTES = 1 << 28;

/** What tshark says of the two ends, and not of the packets between them; what is sent again is counted apart. */
const OF_THE_ENDS = [
  /^Connection reset/,
  /^TCP window specified by the receiver is now completely full/,
  /^TCP Zero Window/,
  /^D-SACK Sequence/,
  /^Duplicate ACK/,
  /^This frame is a \(suspected\) (spurious |fast )?retransmission/,
];

async function mirrorBulk(t: Test, io: IoPath, tags: readonly VlanTag[]): Promise<void> {
  const stand = buildStand(t, { ipv6: true });
  const { client, host, ids, directory } = stand;
  const ends = [
    { namespace: host, device: 'veth0' },
    { namespace: client, device: 'veth1' },
  ];
  if (tags.length > 0) tagLink(t, ends, tags, directory);
  await Promise.all([startStreamServer(host), startStreamServer(client), startIperf(host)]);
  const file = `${directory}/arrived.pcap`;
  const arrived = await Recording.start(ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const engine = { ...ENGINES[io], ringMegabytes: 64 };
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 42), engine }));
  const before = retransmissions([host, client]);
  await makeTraffic(host, client);
  const resent = retransmissions([host, client]) - before;
  // Silence, so that the counts can come to an end.
  client.ip('link', 'set', 'veth1', 'down');
  const status = await daemon.until('all counted', settled());
  const mirrored = sessionSum(status, 'mirrored');
  await arrived.until(`${mirrored} copies`, (frames) => frames.filter(isCopy).length >= mirrored);
  await arrived.stop();
  t.equal(await daemon.stop(), 0, 'exit code');

  checkAccounts(t, status);
  t.equal(arrived.frames().filter(isCopy).length, mirrored, 'what was mirrored arrived, once');
  checkStreams(t, file, checkPackets(t, file, tags, resent));
  checkWithSuricata(t, file, `${directory}/suricata`, mirrored);
}

const isCopy = ({ bytes }: { readonly bytes: Buffer }): boolean => isVxlan(bytes);

/** TCP and UDP of both families in both directions, slow enough that nothing is lost. */
async function makeTraffic(host: Namespace, client: Namespace): Promise<void> {
  await exchangeStreams(client, HOST_ADDRESSES);
  for (const address of HOST_ADDRESSES) {
    const iperf = (...args: string[]): string =>
      client.run('iperf3', '-c', address, '--bidir', '-b', '60M', ...args);
    iperf('-n', '1M');
    iperf('-u', '-l', '1400', '-n', '500K');
  }
  for (const address of HOST_ADDRESSES) sendDatagrams(client, address);
  for (const address of CLIENT_ADDRESSES) sendDatagrams(host, address);
}

async function startIperf(namespace: Namespace): Promise<void> {
  const server = namespace.spawn('iperf3', ['-s', '--forceflush'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server.stdout!, 'data');
  // What nobody reads would block it.
  server.stdout!.resume();
}

/** Satisfied by a status that says the same as one a while ago. */
function settled(): (status: Status) => boolean {
  const since = { count: -1, at: 0 };
  return (status) => {
    const count = sessionSum(status, 'mirrored');
    const now = performance.now();
    if (count !== since.count) Object.assign(since, { count, at: now });
    return count > 0 && now - since.at > 2500;
  };
}

/** Segments that the stacks sent again. */
function retransmissions(namespaces: readonly Namespace[]): number {
  return namespaces.reduce((sum, namespace) => {
    const [names, values] = namespace
      .run('cat', '/proc/net/snmp')
      .split('\n')
      .filter((line) => line.startsWith('Tcp:'))
      .map((line) => line.split(' '));
    return sum + Number(values![names!.indexOf('RetransSegs')]);
  }, 0);
}

function checkAccounts(t: Test, status: Status): void {
  t.equal(ringDroppedSum(status), 0, 'the ring took everything');
  t.equal(skippedSum(status), 0, 'nothing was skipped');
  checkSums(t, status, 'accounting');
  for (const direction of DIRECTIONS) {
    const [session] = laneOf(status, direction).sessions;
    t.ok(session!.segmented > 100, `${direction}: ${session!.segmented} GSO frames`);
    t.ok(session!.segments > 10 * session!.segmented, `${direction}: ${session!.segments} segments`);
    t.equal(session!.unsegmented, 0, `${direction}: none passed as it was`);
    t.equal(session!.truncated + session!.cut, 0, `${direction}: all whole`);
  }
}

const NAMES = [
  'ip.len',
  'ipv6.plen',
  'ieee8021ad.id',
  'vlan.id',
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'udp.dstport',
  '_ws.expert.severity',
  '_ws.expert.message',
  'tcp.analysis.retransmission',
  'tcp.analysis.duplicate_ack',
  'tcp.dstport',
  'tcp.stream',
] as const;
const BAD = '0';
const GOOD = '1';

/** tshark, which knows nothing of the mirror, finds nothing wrong with any packet. @returns the streams of known bytes. */
function checkPackets(t: Test, file: string, tags: readonly VlanTag[], resent: number): string[] {
  const packets = tsharkFields(file, NAMES, VERIFY, CONTENT_IS_DATA);
  const lengths = packets.map((fields) =>
    fields['ipv6.plen'].length > 0 ? 40 + Number(fields['ipv6.plen'][0]) : Number(fields['ip.len'][1]),
  );
  t.equal(Math.max(...lengths), MTU, 'the longest packet is as long as the MTU');
  const ids = tags.map(({ id }) => `${id}`);
  const tagsOf = (fields: (typeof packets)[number]): string =>
    [...fields['ieee8021ad.id'], ...fields['vlan.id']].join();
  t.same([...new Set(packets.map(tagsOf))], [ids.join()], 'tags');
  for (const name of ['ip', 'tcp', 'udp'] as const) {
    const states = packets.flatMap((fields) => fields[`${name}.checksum.status`]);
    t.equal(states.filter((state) => state === BAD).length, 0, `${name}: no bad checksum`);
    t.ok(states.filter((state) => state === GOOD).length > 1000, `${name}: good ones`);
  }
  const datagrams = packets.filter((fields) => fields['udp.dstport'].at(-1) === `${STREAM_PORT}`);
  t.equal(datagrams.length, 4 * DATAGRAMS, 'each datagram of the GSO frames');
  const severe = packets.flatMap((fields) =>
    fields['_ws.expert.severity'].some((severity) => Number(severity) >= WARNING)
      ? [
          fields['_ws.expert.message']
            .filter((message) => !OF_THE_ENDS.some((known) => known.test(message)))
            .join(),
        ]
      : [],
  );
  t.same([...new Set(severe.filter((message) => message !== ''))], [], 'no warning and no error');
  const repeated = packets.filter((fields) => fields['tcp.analysis.retransmission'].length > 0).length;
  t.ok(repeated <= resent, `${repeated} packets again, ${resent} were sent again`);
  const askedAgain = packets.filter((fields) => fields['tcp.analysis.duplicate_ack'].length > 0).length;
  t.ok(askedAgain === 0 || resent > 0, `${askedAgain} duplicate acknowledgements`);
  const known = packets.filter((fields) => fields['tcp.dstport'][0] === `${STREAM_PORT}`);
  return [...new Set(known.flatMap((fields) => fields['tcp.stream']))];
}

/** From what arrived tshark puts the streams together again. */
function checkStreams(t: Test, file: string, streams: readonly string[]): void {
  t.equal(streams.length, HOST_ADDRESSES.length, 'a stream over IPv4 and one over IPv6');
  const follow = streams.flatMap((stream) => ['-z', `follow,tcp,raw,${stream}`]);
  const output = execFileSync('tshark', ['-n', '-q', '-r', file, ...follow], {
    encoding: 'utf8',
    maxBuffer: MAXIMUM_OUTPUT_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const followed = output.split('Filter: ').slice(1);
  t.equal(followed.length, streams.length, 'tshark followed them');
  for (const lines of followed) {
    const [name = '', ...rest] = lines.split('\n');
    const content: Record<Side, string[]> = { client: [], server: [] };
    for (const line of rest) {
      // What the server sends is indented.
      const [, indent, bytes] = /^(\t?)([0-9a-f]+)$/.exec(line) ?? [];
      if (bytes !== undefined) content[indent === '' ? 'client' : 'server'].push(bytes);
    }
    for (const side of ['client', 'server'] as const) {
      const got = Buffer.from(content[side].join(''), 'hex');
      const want = contentOf(side);
      t.equal(got.length, want.length, `${name}: as many bytes from the ${side}`);
      t.equal(hashOf(got), hashOf(want), `${name}: those that the ${side} sent`);
    }
  }
}

const COMPLAINTS = /^decoder\.event\.|invalid_checksum$|reassembly_gap$|memcap_drop$/;
/** Linux pads the options of its multicast reports so. */
const OF_THE_KERNEL = 'decoder.event.ipv6.zero_len_padn';

/** Where it is installed. */
function checkWithSuricata(t: Test, file: string, directory: string, packets: number): void {
  if (skipWithoutSuricata !== false) {
    t.comment(skipWithoutSuricata);
    return;
  }
  const counters = suricataCounters(file, directory);
  t.equal(counters.get('decoder.vxlan'), packets, 'Suricata decodes every copy');
  t.equal(counters.get('decoder.invalid'), 0, 'Suricata: none invalid');
  const complaints = [...counters].filter(
    ([name, count]) => count > 0 && COMPLAINTS.test(name) && name !== OF_THE_KERNEL,
  );
  t.same(complaints, [], 'Suricata has nothing to complain of');
}

const skip = skipUnless('tcpdump', 'tshark', 'iperf3', 'tc', 'mount');
const customer: VlanTag = { type: 0x8100, id: 100 };
const service: VlanTag = { type: 0x88a8, id: 200 };
t.test('ring', { skip }, (t) => mirrorBulk(t, 'ring', []));
t.test('ring, in a VLAN of a provider', { skip }, (t) => mirrorBulk(t, 'ring', [service, customer]));
t.test('direct, in a VLAN', { skip }, (t) => mirrorBulk(t, 'direct', [customer]));
t.test('AF_XDP, in a VLAN', { skip }, (t) => mirrorBulk(t, 'xdp', [customer]));
