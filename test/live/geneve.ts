/**
 * Copies in GENEVE: frame by frame what passed the source, with options that tell the truth, as a reader of our own, tshark
 * and, where it has one, the kernel's geneve device take them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { DIRECTIONS, ENCAPSULATION_OPTIONS, type EncapsulationOption } from '../../src/plan/mirror-plan.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import { checkSums, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { EVERYTHING, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf, type StandOptions } from '../fixtures/live/daemon/stand.js';
import { disableOffloads } from '../fixtures/live/network/offloads.js';
import { type GeneveCopy, isGeneve, readGeneveCopy } from '../fixtures/live/oracle/geneve-copy.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import type { SentFrame } from '../fixtures/live/oracle/mirrored-frames.js';
import { dueOf } from '../fixtures/live/oracle/oracle.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { MARKER } from '../fixtures/live/traffic/marker.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const VNI = 42;
const SESSION_NUMBER = 7;
const SOURCE_MTU = 9000;
const TARGET_MTU = 1500;
/** Of all options, with the id `eni-source`. */
const OVERHEAD = 8 + 8 + 12 + 8 + 8 + 8 + 16;
/** Frames on two processors may pass each other by as much. */
const JITTER_NS = 60_000n;

function configurationFor(target: string, options: readonly EncapsulationOption[]) {
  const base = mirrorEverything('veth0', VNI, target) as { trafficMirrorSessions: [object] };
  const [session] = base.trafficMirrorSessions;
  return {
    ...base,
    trafficMirrorTargets: [
      {
        trafficMirrorTargetId: 'tmt',
        networkInterfaceId: 'eni-target',
        encapsulation: 'geneve',
        ...(options.length > 0 && { encapsulationOptions: options }),
      },
    ],
    trafficMirrorSessions: [{ ...session, sessionNumber: SESSION_NUMBER }],
  };
}

function mixBothWays(count: number): SentFrame[] {
  return DIRECTIONS.flatMap((direction, seed) =>
    frameMix({ seed: 70 + seed, count }).map((bytes, index) => ({
      direction,
      bytes,
      name: `frame ${index}`,
    })),
  );
}

/** Around the longest that fits, and the longest that the source has. */
function longBothWays(room: number): SentFrame[] {
  const lengths = [60, room - 1, room, room + 1, room + 16, 2 * room, SOURCE_MTU + 14];
  return DIRECTIONS.flatMap((direction, way) =>
    lengths.map((length, index) => {
      const rest = Uint8Array.from({ length: length - 44 }, (_, at) => at * 13 + (at >> 8));
      const bytes = frame(ethernet(), ipv4(), udp(), payload(Uint8Array.of(way, index)), payload(rest));
      return { direction, bytes, name: `${length} bytes` };
    }),
  );
}

interface Case {
  readonly io: IoPath;
  readonly target: string;
  readonly options: readonly EncapsulationOption[];
  readonly stand: StandOptions;
  readonly sent: readonly SentFrame[];
  /** Bytes of a frame that fit; absent: all. */
  readonly room?: number;
}

async function mirror(t: Test, { io, target, options, stand: standOptions, sent, room = Infinity }: Case) {
  const stand = buildStand(t, { ...standOptions, ipv6Target: true });
  const configFile = stand.configure({ ...configurationFor(target, options), engine: ENGINES[io] });
  const [source] = (await planOf(configFile)).sources;
  const before = BigInt(Date.now() - 1) * 1_000_000n;
  const { arrived, file, status, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  const after = BigInt(Date.now() + 1) * 1_000_000n;
  t.equal(exitCode, 0, 'exit code');
  checkSums(t, status, io);
  const copies = arrived.filter(({ bytes }) => isGeneve(bytes)).map(({ bytes }) => readGeneveCopy(bytes));
  t.equal(copies.length, arrived.length, 'nothing but copies');
  const due = sent.filter(({ direction, bytes }) => typeof dueOf(source!, direction, bytes) !== 'string');
  checkFrames(t, due, copies, options, room);
  checkTimes(t, copies, options, before, after);
  const tooLong = due.filter(({ bytes }) => bytes.length > room).length;
  const cut = status.lanes.flatMap(({ sessions }) => sessions).reduce((sum, session) => sum + session.cut, 0);
  t.equal(cut, tooLong, 'cut');
  checkTshark(t, file, copies);
  const [way] = status.targets;
  const overhead = (target.includes(':') ? 40 : 20) + (options.length > 0 ? OVERHEAD : 16);
  t.match(way, { address: target, maximumInnerLength: way!.mtu! - overhead, reason: '' });
}

function checkFrames(
  t: Test,
  due: readonly SentFrame[],
  copies: readonly GeneveCopy[],
  options: readonly EncapsulationOption[],
  room: number,
): void {
  const has = (option: EncapsulationOption): boolean => options.includes(option);
  const ledger = new Ledger();
  for (const { direction, bytes, name } of due) {
    const told = [
      VNI,
      has('direction') ? direction : undefined,
      has('originalLength') ? bytes.length : undefined,
      has('sessionNumber') ? SESSION_NUMBER : undefined,
      has('networkInterface') ? 'eni-source' : undefined,
    ];
    const inner = Buffer.from(bytes.subarray(0, room)).toString('hex');
    ledger.expect(`${told.join(' ')} ${inner}`, `${direction} ${name}`);
  }
  for (const { vni, options: read, inner } of copies) {
    const told = [vni, read.direction, read.originalLength, read.sessionNumber, read.networkInterface];
    ledger.arrive(`${told.join(' ')} ${inner.toString('hex')}`, `${told.join(' ')}, ${inner.length} bytes`);
  }
  ledger.check(t, 'frames, with what is told of them');
}

function checkTimes(
  t: Test,
  copies: readonly GeneveCopy[],
  options: readonly EncapsulationOption[],
  before: bigint,
  after: bigint,
): void {
  const times = copies.map(({ options: { captureTime } }) => captureTime);
  if (!options.includes('captureTime')) {
    t.ok(
      times.every((time) => time === undefined),
      'no times',
    );
    return;
  }
  t.ok(
    times.every((time) => time !== undefined && time >= before && time <= after),
    'captured while the frames passed',
  );
  for (const direction of DIRECTIONS) {
    const own = copies.filter(({ options: told }) => told.direction === direction);
    const sorted = own.every(
      ({ options: told }, index) =>
        index === 0 || told.captureTime! + JITTER_NS >= own[index - 1]!.options.captureTime!,
    );
    t.ok(sorted, `${direction}: in order`);
  }
}

/** tshark reads every copy as GENEVE with the same VNI and options, finds nothing wrong, and the frame inside. */
function checkTshark(t: Test, file: string, copies: readonly GeneveCopy[]): void {
  const names = [
    'frame.protocols',
    'geneve.vni',
    'geneve.flags.oam',
    'geneve.flags.critical',
    'geneve.option.class',
    'geneve.option.type',
    'geneve.option.length',
    'eth.dst',
    'udp.length',
  ] as const;
  const rows = tsharkFields(file, names).filter((row) => row['geneve.vni'].length > 0);
  t.equal(rows.length, copies.length, 'tshark: every copy is GENEVE');
  const differing = rows.findIndex((row, index) => {
    const { vni, options, inner } = copies[index]!;
    const told = Object.keys(options).length;
    const innerDestination = inner
      .subarray(0, 6)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:');
    return (
      Number(row['geneve.vni'][0]) !== vni ||
      !row['frame.protocols'].join().includes('udp:geneve:eth') ||
      row['geneve.option.class'].length !== told ||
      row['geneve.option.class'].some((one) => Number(one) !== 0xff01) ||
      row['geneve.option.type'].some((type) => !['0x01', '0x02', '0x03', '0x04', '0x05'].includes(type)) ||
      row['eth.dst'][1] !== innerDestination ||
      Number(row['udp.length'][0]) !== 16 + 4 * told + dataBytes(options) + inner.length
    );
  });
  t.equal(differing, -1, 'tshark: VNI, options, and where the frame begins');
  if (differing !== -1) t.comment(JSON.stringify(rows[differing]));
  t.equal(badPackets(file), '', 'tshark: outer checksums are right');
}

function dataBytes({ captureTime, networkInterface, ...numbers }: GeneveCopy['options']): number {
  const text = networkInterface === undefined ? 0 : (Buffer.byteLength(networkInterface) + 3) & ~3;
  return (captureTime === undefined ? 0 : 8) + text + 4 * Object.keys(numbers).length;
}

/** Over IPv4 the outer UDP checksum is 0: none. */
function badPackets(file: string): string {
  const preferences = [
    '-o',
    'udp.check_checksum:TRUE',
    '-o',
    'ip.check_checksum:TRUE',
    '--disable-protocol',
    'geneve',
  ];
  const bad = 'ip.checksum.status == 0 || udp.checksum.status == 0 || _ws.malformed';
  return execFileSync('tshark', ['-n', '-r', file, ...preferences, '-Y', bad], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Two sources, one of them the device by which copies leave: no copy is copied again. */
async function mirrorTheUplink(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { targets: 2 });
  const { client, host, ids, directory } = stand;
  disableOffloads(host, 'mir0');
  disableOffloads(ids, 'ids0');
  const session = (id: string, source: string, target: string, virtualNetworkId: number): object => ({
    trafficMirrorSessionId: id,
    networkInterfaceId: source,
    trafficMirrorTargetId: target,
    trafficMirrorFilterId: 'tmf',
    sessionNumber: 1,
    virtualNetworkId,
  });
  const geneve = { encapsulation: 'geneve', encapsulationOptions: ENCAPSULATION_OPTIONS };
  const configFile = stand.configure({
    networkInterfaces: [
      { networkInterfaceId: 'eni-workload', device: 'veth0' },
      { networkInterfaceId: 'eni-uplink', device: 'mir0' },
    ],
    trafficMirrorTargets: [
      { trafficMirrorTargetId: 'tmt-a', networkInterfaceId: '10.9.0.2', ...geneve },
      { trafficMirrorTargetId: 'tmt-b', networkInterfaceId: '10.9.0.3', ...geneve },
    ],
    trafficMirrorFilters: [
      { trafficMirrorFilterId: 'tmf', ingressFilterRules: EVERYTHING, egressFilterRules: EVERYTHING },
    ],
    trafficMirrorSessions: [
      session('tms-workload', 'eni-workload', 'tmt-a', 5),
      session('tms-uplink', 'eni-uplink', 'tmt-b', 77),
    ],
    engine: ENGINES[io],
  });
  const [inClient, inHost] = [client, host].map((namespace) => new Sender(namespace));
  const recording = await Recording.start(
    ids,
    'ids0',
    `${directory}/seen.pcap`,
    '-Q',
    'in',
    'not arp and not icmp',
  );
  const daemon = await stand.start(configFile);
  const frames = frameMix({ seed: 3, count: 40 }).filter((bytes) => bytes.length > 60);
  const foreign = frame(
    ethernet(),
    ipv4({ source: '10.9.0.1', destination: '10.9.0.2' }),
    udp({ sourcePort: 5000, destinationPort: 6081 }),
    payload(Uint8Array.of(0, 0, 0x65, 0x58, 0, 0, 9, 0)),
    payload(frame(ethernet(), ipv4(), udp())),
  );
  await inClient!.send('veth1', frames);
  await inHost!.send('mir0', [foreign]);
  const copiesOf = (all: readonly { readonly bytes: Buffer }[], vni: number): GeneveCopy[] =>
    all
      .filter(({ bytes }) => isGeneve(bytes))
      .filter(({ bytes }) => bytes.readUIntBE(46, 3) === vni)
      .map(({ bytes }) => readGeneveCopy(bytes));
  await daemon.until('mirrored', (now) => sessionSum(now, 'mirrored') > 20);
  await recording.until('the copy of what others sent', (seen) => copiesOf(seen, 77).length >= 1);
  const seen = await recording.end(MARKER, () => inHost!.send('mir0', [MARKER]));
  t.ok(copiesOf(seen, 5).length > 20, `${copiesOf(seen, 5).length} copies of the workload`);
  t.same(
    copiesOf(seen, 77).map(({ inner }) => inner.toString('hex')),
    [Buffer.from(foreign).toString('hex')],
    'of the uplink what others sent, though it looks like a copy, and no copy',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** Why the kernel's device cannot take copies here, or false. */
function skipWithoutGeneve(): string | false {
  const { stderr } = spawnSync('ip', ['link', 'add', 'type', 'geneve', 'help'], { encoding: 'utf8' });
  if (process.getuid?.() !== 0 || stderr === undefined) return 'needs root';
  const name = `geneve-probe-${process.pid}`;
  spawnSync('ip', ['netns', 'add', name]);
  try {
    const made = ['-n', name, 'link', 'add', 'probe0', 'type', 'geneve', 'external'];
    return spawnSync('ip', made).status !== 0 && 'the kernel has no geneve device';
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

async function deliverThroughTheKernel(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const { ids } = stand;
  ids.ip('link', 'add', 'gen0', 'type', 'geneve', 'id', String(VNI), 'remote', '10.9.0.1');
  ids.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/gen0/disable_ipv6');
  ids.ip('link', 'set', 'gen0', 'up');
  const configuration = configurationFor('10.9.0.2', ENCAPSULATION_OPTIONS);
  const configFile = stand.configure({ ...configuration, engine: ENGINES[io] });
  const [source] = (await planOf(configFile)).sources;
  const sent = mixBothWays(50);
  const due = sent.filter(({ direction, bytes }) => typeof dueOf(source!, direction, bytes) !== 'string');
  const recording = await Recording.start(ids, 'gen0', `${stand.directory}/delivered.pcap`);
  await passFrames(stand, io, configFile, source!, sent);
  await recording.until(`${due.length} frames`, (frames) => frames.length >= due.length);
  await recording.stop();
  const ledger = new Ledger();
  for (const { direction, bytes, name } of due) {
    ledger.expect(Buffer.from(bytes).toString('hex'), `${direction} ${name}`);
  }
  for (const { bytes } of recording.frames()) ledger.arrive(bytes.toString('hex'), bytes.toString('hex'));
  ledger.check(t, 'frames out of gen0');
}

// They wait most of the time.
t.jobs = 2;
const all = ENCAPSULATION_OPTIONS;

for (const io of IO_PATHS_AND_DIRECT) {
  const skip = skipUnless('tcpdump', 'tshark') || skipIo(io);
  const [v4, v6] = ['10.9.0.2', 'fd00:9::2'];
  const targets = io === 'direct' || io === 'xdp' ? [v4] : [v4, v6];
  for (const target of targets) {
    t.test(`${io}, every option, ${target}`, { skip }, (t) =>
      mirror(t, { io, target, options: all, stand: {}, sent: mixBothWays(60) }),
    );
    const room = TARGET_MTU - (target === v6 ? 40 : 20) - OVERHEAD;
    t.test(`${io}, cut, ${target}`, { skip }, (t) =>
      mirror(t, {
        io,
        target,
        options: all,
        stand: { sourceMtu: SOURCE_MTU, targetMtu: TARGET_MTU },
        sent: longBothWays(room),
        room,
      }),
    );
  }
  t.test(`${io}, no option`, { skip }, (t) =>
    mirror(t, { io, target: v4, options: [], stand: {}, sent: mixBothWays(20) }),
  );
  t.test(`${io}, own copies`, { skip: skip || skipUnless('ethtool') }, (t) => mirrorTheUplink(t, io));
  t.test(`${io}, into a geneve device`, { skip: skip || skipWithoutGeneve() }, (t) =>
    deliverThroughTheKernel(t, io),
  );
}
