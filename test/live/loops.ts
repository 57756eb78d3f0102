/**
 * What mirroring causes is not mirrored without end: a loopback that is source and way to the target, with a target
 * that listens and with one that refuses; two sources that carry each other's copies, to targets that refuse; and
 * another mirror that sends every copy back past the source.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { Status } from '../../src/status/status.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums, readSum, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { addVxlanDevice } from '../fixtures/live/network/vxlan-device.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const VNI = 42;
/** VNI of the mirror that sends copies back. */
const OTHER_VNI = 77;
const DATAGRAMS = 20;
/** Counters cross from engine to daemon once a second. */
const QUIET_MS = 2500;

/** UDP datagrams over the loopback, mirrored to an address of the loopback. */
async function mirrorLoopback(t: Test, io: IoPath, listens: boolean): Promise<void> {
  const stand = buildStand(t);
  const { host, directory } = stand;
  if (listens) addVxlanDevice(host, VNI, '127.0.0.1');
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('lo', VNI, '127.0.0.1'), engine: ENGINES[io] }),
  );
  const recording = await Recording.start(host, 'lo', `${directory}/lo.pcap`, '-Q', 'in');
  host.run('ping', '-c', String(DATAGRAMS), '-i', '0.002', '127.0.0.1');
  const status = await quiet(daemon);
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
  checkSums(t, status, 'in the end');

  const isCopy = (bytes: Buffer): boolean => bytes[23] === 17 && bytes.readUInt16BE(36) === 4789;
  const isError = (bytes: Buffer): boolean => bytes[23] === 1 && bytes[34] === 3;
  const seen = recording
    .frames()
    .map(({ bytes }) => bytes)
    .filter((bytes) => bytes.readUInt16BE(12) === 0x0800);
  const pings = seen.filter((bytes) => !isCopy(bytes) && !isError(bytes));
  t.ok(pings.length >= 2 * DATAGRAMS, `${pings.length} frames of others`);
  const ledger = new Ledger();
  // On a loopback each is sent and received; libpcap shows it once, as received.
  for (const bytes of io === 'libpcap' ? pings : [...pings, ...pings])
    ledger.expect(bytes.toString('hex'), 'a frame of others');
  for (const bytes of seen.filter(isCopy)) {
    const inner = readCopy(bytes).inner.toString('hex');
    ledger.arrive(inner, inner);
  }
  ledger.check(t, 'copies');
  const errors = seen.filter(isError).length;
  t.equal(errors > 0, !listens, `${errors} complaints about copies`);
  t.equal(skippedFor(status, 'loop') > 0, !listens, 'which are skipped as loops');
}

/** The target's host sends all that it receives back, encapsulated once more. */
async function loopThroughAnotherMirror(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const { host, ids, directory } = stand;
  addVxlanDevice(host, OTHER_VNI, '10.9.0.1');
  const recording = await Recording.start(ids, 'ids0', `${directory}/seen.pcap`, '-Q', 'in', 'udp port 4789');
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('mir0', VNI), engine: ENGINES[io] }),
  );
  sendBack(stand);
  const sender = new Sender(ids);
  await sender.send('ids0', datagrams());
  const status = await quiet(daemon);
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
  checkSums(t, status, 'in the end');

  const depths = recording.frames().map(({ bytes }) => depthOf(bytes));
  const count = (depth: number): number => depths.filter((each) => each === depth).length;
  t.comment(`copies by depth: ${[1, 2, 3, 4, 5].map(count).join(' ')}`);
  t.equal(count(1), DATAGRAMS, 'each datagram has its copy');
  t.equal(count(3), DATAGRAMS, 'and what came back of it one more');
  t.equal(depths.filter((depth) => depth > 3).length, 0, 'and that is the end');
  t.equal(skippedFor(status, 'loop'), DATAGRAMS, 'what came back again is skipped');
  t.equal(sessionSum(status, 'matched'), 3 * DATAGRAMS, 'each came three times');
}

/** The kernel as another mirror: what comes in by ids0 goes into a vxlan device, and so back to the host. */
function sendBack({ ids }: Stand): void {
  const vxlan = ['type', 'vxlan', 'id', `${OTHER_VNI}`, 'dstport', '4789'];
  ids.ip('link', 'add', 'back0', ...vxlan, 'local', '10.9.0.2', 'remote', '10.9.0.1', 'nolearning');
  ids.ip('link', 'set', 'back0', 'up');
  ids.run('tc', 'qdisc', 'add', 'dev', 'ids0', 'ingress');
  const everything = ['protocol', 'all', 'u32', 'match', 'u32', '0', '0'];
  const mirror = ['action', 'mirred', 'egress', 'mirror', 'dev', 'back0'];
  ids.run('tc', 'filter', 'add', 'dev', 'ids0', 'parent', 'ffff:', ...everything, ...mirror);
}

/** Complaints about the copies of one source come in by the other. */
async function mirrorCrosswise(t: Test): Promise<void> {
  const stand = buildStand(t);
  const [there, back] = [mirrorEverything('veth0', VNI), mirrorEverything('mir0', OTHER_VNI, '10.1.0.2')];
  const daemon = await stand.start(stand.configure({ ...joined(there, back), engine: ENGINES.ring }));
  stand.client.run('ping', '-c', String(DATAGRAMS), '-i', '0.01', '10.1.0.1');
  const status = await quiet(daemon);
  t.equal(await daemon.stop(), 0, 'exit code');
  checkSums(t, status, 'in the end');
  t.equal(sessionSum(status, 'mirrored'), 2 * DATAGRAMS, 'each question and answer, and nothing else');
  t.ok(skippedFor(status, 'loop') > 0, 'complaints are skipped as loops');
}

/** Configurations in one, under ids of their own. */
function joined(...configurations: readonly object[]): object {
  const parts = configurations.map((configuration, index): Record<string, unknown[]> => {
    const text = JSON.stringify(configuration).replaceAll(
      /"(eni|tmt|tmf|tms)(-?[a-z]*)"/g,
      `"$1$2-${index}"`,
    );
    return JSON.parse(text);
  });
  const keys = Object.keys(parts[0]!);
  return Object.fromEntries(keys.map((key) => [key, parts.flatMap((part) => part[key]!)]));
}

/** Waits until nothing more is read. */
async function quiet(daemon: Daemon): Promise<Status> {
  let status = await daemon.until('mirroring', (now) => sessionSum(now, 'mirrored') > 0);
  for (let before = -1; before !== readSum(status); ) {
    before = readSum(status);
    await sleep(QUIET_MS);
    status = await daemon.status();
  }
  return status;
}

function skippedFor({ lanes }: Status, reason: 'loop'): number {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  return sessions.reduce((sum, { skipped }) => sum + (skipped[reason]?.packets ?? 0), 0);
}

function depthOf(bytes: Buffer): number {
  const isCopy = bytes.length >= 50 && bytes[23] === 17 && bytes.readUInt16BE(36) === 4789;
  return isCopy ? 1 + depthOf(bytes.subarray(50)) : 0;
}

function datagrams(): Uint8Array[] {
  const addresses = { source: '10.9.0.2', destination: '10.9.0.1' };
  return Array.from({ length: DATAGRAMS }, (_, index) =>
    frame(
      ethernet(),
      ipv4(addresses),
      udp({ destinationPort: 9 }),
      payload(Buffer.from(`datagram ${index}`)),
    ),
  );
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump', 'ping', 'tc') || skipIo(io);
  t.test(`${io}, a loopback`, { skip }, (t) => mirrorLoopback(t, io, true));
  t.test(`${io}, a loopback whose target refuses`, { skip }, (t) => mirrorLoopback(t, io, false));
  t.test(`${io}, another mirror sends copies back`, { skip }, (t) => loopThroughAnotherMirror(t, io));
}
t.test("two sources that carry each other's copies", { skip: skipUnless('ping') }, mirrorCrosswise);
