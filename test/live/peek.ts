/**
 * `peek` on a real daemon: every copy that arrives at the target is seen, byte for byte; what cannot be seen is counted;
 * and whoever peeks, however badly, changes nothing of what is mirrored.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { peekSocketPath } from '../../src/peek/peek-protocol.js';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import { checkSums, ringDroppedSum, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND, environment } from '../fixtures/live/daemon/command.js';
import { EVERYTHING, EVERYWHERE, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { readPcap } from '../fixtures/live/oracle/pcap.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { flowMix } from '../fixtures/live/traffic/flow-mix.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { LOAD_FRAMES, Load } from '../fixtures/live/traffic/load.js';
import { MARKER } from '../fixtures/live/traffic/marker.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const TCP = { ruleNumber: 10, ruleAction: 'accept', protocol: 6, ...EVERYWHERE };
const LOAD_RATE = 4000;
const PEEKERS = 8;

/** A session of TCP that is cut to 64 bytes, and one of all else. */
const twoSessions = (io: IoPath): object => {
  const one = mirrorEverything('veth0', 7) as Record<string, object[]>;
  return {
    ...one,
    trafficMirrorFilters: [
      ...one.trafficMirrorFilters!,
      { trafficMirrorFilterId: 'tmf-tcp', ingressFilterRules: [TCP], egressFilterRules: [TCP] },
    ],
    trafficMirrorSessions: [
      { ...one.trafficMirrorSessions![0], sessionNumber: 2 },
      {
        ...one.trafficMirrorSessions![0],
        trafficMirrorSessionId: 'tms-tcp',
        trafficMirrorFilterId: 'tmf-tcp',
        virtualNetworkId: 8,
        packetLength: 64,
      },
    ],
    engine: ENGINES[io],
  };
};

interface Peek {
  readonly child: ChildProcess;
  /** Standard output, in lines. */
  readonly lines: () => string[];
  readonly errors: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts `peek`, and waits until the daemon serves it. */
async function startPeek(t: Test, stand: Stand, daemon: Daemon, ...args: string[]): Promise<Peek> {
  const before = startsIn(daemon);
  const config = `${stand.directory}/configuration.json`;
  const child = spawn(process.execPath, [COMMAND, 'peek', '-c', config, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const said = (): string => `${errors} ${daemon.log()}`;
  await waitFor(
    `a peek ${said()}`,
    () => startsIn(daemon),
    (starts) => starts > before,
  );
  return { child, lines: () => output.split('\n').slice(0, -1), errors: () => errors, ended };
}

/** SIGINT, and the numbers of the summary. */
async function endPeek(t: Test, peek: Peek): Promise<{ copies: number; leftOut: number }> {
  peek.child.kill('SIGINT');
  t.equal(await peek.ended, 0, 'exit code of peek');
  const [, copies, leftOut] = /^(\d+) copies, (\d+) copies left out$/m.exec(peek.errors()) ?? [];
  t.ok(copies !== undefined, peek.errors());
  return { copies: Number(copies), leftOut: Number(leftOut) };
}

function auditLines(daemon: Daemon): Record<string, unknown>[] {
  return daemon
    .log()
    .split('\n')
    .filter((line) => line.includes('"action":"Peek"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function startsIn(daemon: Daemon): number {
  return auditLines(daemon).filter(({ outcome }) => outcome === 'started').length;
}

/** Sends frames past the source, in both directions at once. */
async function send(
  stand: Stand,
  ingress: readonly Uint8Array[],
  egress: readonly Uint8Array[],
): Promise<void> {
  const senders = [new Sender(stand.client), new Sender(stand.host)];
  await Promise.all([senders[0]!.send('veth1', ingress), senders[1]!.send('veth0', egress)]);
  for (const sender of senders) sender.close();
}

/** Everything counted that is due, and nothing more on its way. */
function untilMirrored(daemon: Daemon, count: number): ReturnType<Daemon['until']> {
  return daemon.until(
    `${count} mirrored`,
    (status) => sessionSum(status, 'mirrored') + skippedSum(status) >= count,
  );
}

async function exactFrames(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const daemon = await stand.start(stand.configure(twoSessions(io)));
  const recording = await Recording.start(
    stand.ids,
    'ids0',
    `${stand.directory}/arrived.pcap`,
    '-Q',
    'in',
    'not arp and not icmp',
  );
  const file = `${stand.directory}/peeked.pcapng`;
  const toFile = await startPeek(t, stand, daemon, '-w', file);
  const all = await startPeek(t, stand, daemon);
  const tcpOnly = await startPeek(t, stand, daemon, '--session', 'tms-tcp', '--direction', 'ingress');
  const [ingress, egress] = DIRECTIONS.map((_, seed) => frameMix({ seed, count: 300 }));
  await send(stand, ingress!, egress!);
  const marker = new Sender(stand.host);
  const arrived = (await recording.end(MARKER, () => marker.send('mir0', [MARKER])))
    .filter(({ bytes }) => isVxlan(bytes))
    .map(({ bytes }) => readCopy(bytes));
  marker.close();
  t.ok(arrived.length > 300, `${arrived.length} copies`);
  const status = await untilMirrored(daemon, arrived.length);
  await waitFor(
    'all lines',
    () => all.lines().length,
    (count) => count >= arrived.length,
  );
  t.strictSame(await endPeek(t, toFile), { copies: arrived.length, leftOut: 0 });
  t.strictSame(await endPeek(t, all), { copies: arrived.length, leftOut: 0 });

  const names = [
    'frame.interface_name',
    'frame.cap_len',
    'frame.len',
    'frame.comment',
    'frame.time_epoch',
  ] as const;
  const packets = tsharkFields(file, names);
  const classic = `${stand.directory}/peeked.pcap`;
  t.equal(spawnSync('tcpdump', ['-r', file, '-w', classic]).status, 0, 'tcpdump reads it');
  const peeked = readPcap(classic);
  const inner = (some: readonly { bytes: Buffer }[]): string[] =>
    some.map(({ bytes }) => bytes.toString('hex')).sort();
  t.strictSame(
    inner(peeked),
    inner(arrived.map(({ inner: bytes }) => ({ bytes }))),
    'the same frames, byte for byte',
  );

  for (const direction of DIRECTIONS) {
    const lane = status.lanes.find((candidate) => candidate.direction === direction);
    const counted = lane?.sessions.reduce((sum, { matched }) => sum + matched.packets, 0);
    const seen = packets.filter(
      (packet) => packet['frame.interface_name'].join() === `eni-source ${direction}`,
    );
    t.equal(seen.length, counted, `${direction}: as many as are counted`);
  }
  const cut = packets.filter((packet) => packet['frame.comment'].join().startsWith('session tms-tcp, rule '));
  t.ok(
    cut.length > 20 && cut.every((packet) => Number(packet['frame.cap_len']) <= 64),
    'cut as they are sent',
  );
  t.ok(
    cut.some((packet) => Number(packet['frame.len']) > 64),
    'with the length that they had',
  );
  const times = packets.map((packet) => Number(packet['frame.time_epoch']));
  t.ok(
    times.every((time, index) => index === 0 || time >= times[index - 1]!),
    'in the order of their times',
  );
  t.ok(Math.abs(times[0]! - Date.now() / 1000) < 300, 'of now');

  const ofTcp = status.lanes
    .find(({ direction }) => direction === 'ingress')
    ?.sessions.find(({ sessionId }) => sessionId === 'tms-tcp');
  t.strictSame(await endPeek(t, tcpOnly), { copies: ofTcp?.matched.packets, leftOut: 0 });
  t.equal(tcpOnly.lines().length, ofTcp?.matched.packets);
  for (const line of tcpOnly.lines()) t.match(line, /^\d\d:\d\d:\d\d\.\d{6} ingress tms-tcp \S+ IP/);
  checkSums(t, status, 'accounting');
  const audit = auditLines(daemon);
  t.match(
    audit.slice(0, 3),
    Array(3).fill({ outcome: 'started', source: 'unix', uid: 0, gid: 0, msg: 'api audit' }),
  );
  t.match(audit[2], { resources: ['tms-tcp'], direction: 'ingress', pid: tcpOnly.child.pid });
  t.match(audit.at(-1), { outcome: 'done', requestId: audit[2]?.requestId, copies: ofTcp?.matched.packets });
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** What standard error told of copies that were left out. */
function toldIn(peek: Peek): number {
  const counts = [...peek.errors().matchAll(/^(\d+) copies left out$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One who asks for everything and reads nothing. @returns whether it was served. */
async function neverRead(t: Test, stand: Stand): Promise<{ socket: Socket; isServed: boolean }> {
  const socket = connect(peekSocketPath(stand.directory));
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(`${JSON.stringify({ version: 1, filter: {}, snapshotLength: 65535 })}\n`);
  // One who is refused is cut off while it writes, which is an error of its socket; `once` would throw it.
  const first = await new Promise<string>((resolve) => {
    socket.once('data', (data) => resolve(String(data))).once('close', () => resolve(''));
  });
  socket.pause();
  return { socket, isServed: first.includes('"daemonVersion"') };
}

async function bounds(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 7), engine: ENGINES[io] }));
  const reader = await startPeek(t, stand, daemon);
  const others = await Promise.all(Array.from({ length: 100 }, () => neverRead(t, stand)));
  t.equal(
    others.filter(({ isServed }) => isServed).length,
    PEEKERS - 1,
    'a hundred ask, as many are served as may be',
  );
  const load = new Load(stand, 5, LOAD_RATE, 'received', 1);
  const { sent } = await load.end();
  const status = await untilMirrored(daemon, sent);
  t.equal(sessionSum(status, 'mirrored'), sent, `each of ${sent} frames is mirrored`);
  t.equal(ringDroppedSum(status) + skippedSum(status), 0, 'nothing is lost');
  t.match(status.engines, [{ restarts: 0 }]);
  checkSums(t, status, 'accounting');
  await waitFor(
    'every copy seen, or told',
    () => reader.lines().length + toldIn(reader),
    (told) => told >= sent,
  );
  const { copies, leftOut } = await endPeek(t, reader);
  t.equal(copies + leftOut, sent, `${copies} copies and ${leftOut} left out are all that was sent`);
  t.ok(leftOut > 0, 'the rate of one of eight is exceeded');
  t.ok(copies >= 2000, 'and used');
  for (const { socket } of others) socket.destroy();
  await waitFor(
    'their ends',
    () => auditLines(daemon).filter(({ outcome }) => outcome === 'done').length,
    (n) => n === PEEKERS,
  );
  for (const line of auditLines(daemon).filter(({ outcome }) => outcome === 'done')) {
    t.equal((line.copies as number) + (line.leftOut as number) <= sent, true);
  }
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function engineKilled(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 7), engine: ENGINES[io] }));
  const peek = await startPeek(t, stand, daemon, '--direction', 'ingress');
  const load = new Load(stand, 60, 500, 'received', 1);
  await waitFor(
    'copies',
    () => peek.lines().length,
    (count) => count > 100,
  );
  const before = await daemon.status();
  for (const { pid } of before.engines) process.kill(pid!, 'SIGKILL');
  await daemon.until('engines again', ({ engines }) =>
    engines.every(({ restarts, pid }) => restarts > 0 && pid !== null),
  );
  await waitFor(
    'the news',
    () => peek.errors(),
    (text) => text.includes('an engine ended'),
  );
  const then = peek.lines().length;
  await waitFor(
    'copies of the next engine',
    () => peek.lines().length,
    (count) => count > then + 500,
  );
  load.stop();
  const { copies } = await endPeek(t, peek);
  t.equal(copies, peek.lines().length);
  t.match(peek.errors(), /^an engine ended: copies that were on their way are lost$/m);
  const status = await daemon.status();
  checkSums(t, status, 'accounting');
  t.ok(
    copies <= sessionSum(status, 'matched') + 500,
    'no copy that was not mirrored, but those that died uncounted',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function planChanges(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const configuration = (ruleNumber: number): object => {
    const one = mirrorEverything('veth0', 7) as Record<string, object[]>;
    const rules = EVERYTHING.map((rule) => ({ ...rule, ruleNumber: rule.ruleNumber + ruleNumber }));
    const filter = { ...one.trafficMirrorFilters![0], ingressFilterRules: rules };
    return { ...one, trafficMirrorFilters: [filter], engine: ENGINES[io] };
  };
  const daemon = await stand.start(stand.configure(configuration(0)));
  const peek = await startPeek(t, stand, daemon);
  const file = await startPeek(t, stand, daemon, '-w', `${stand.directory}/peeked.pcapng`);
  const frames = LOAD_FRAMES.slice(0, 20);
  for (const [round, first] of [0, 100, 200].entries()) {
    if (round > 0) {
      stand.configure(configuration(first));
      t.match(await reload(daemon), { reload: { lastResult: 'applied', succeeded: round } });
    }
    await send(stand, frames, []);
    await waitFor(
      'their lines',
      () => peek.lines().length,
      (count) => count >= (round + 1) * frames.length,
    );
  }
  const rules = peek.lines().map((line) => line.split(' ')[3]);
  t.equal(new Set(rules).size, 3, `the rules of each plan: ${[...new Set(rules)].join(' ')}`);
  t.strictSame(await endPeek(t, peek), { copies: 60, leftOut: 0 });
  t.strictSame(await endPeek(t, file), { copies: 60, leftOut: 0 });
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function severalWorkers(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', 7), engine: { io: 'ring', workers: 2 } }),
  );
  const file = `${stand.directory}/peeked.pcapng`;
  const peek = await startPeek(t, stand, daemon, '-w', file);
  const mix = flowMix(100);
  const [ingress, egress] = [mix.ingress, mix.egress].map((frames) => frames.map(({ bytes }) => bytes));
  await send(stand, ingress!, egress!);
  const sent = ingress!.length + egress!.length;
  const status = await untilMirrored(daemon, sent);
  t.ok(
    status.engines.length === 2 && status.engines.every(({ readPackets }) => readPackets > 0),
    'both work',
  );
  await waitFor(
    'all of them',
    () => (existsSync(file) ? tsharkFields(file, ['frame.len']).length : 0),
    (n) => n === sent,
    500,
  );
  t.strictSame(await endPeek(t, peek), { copies: sent, leftOut: 0 });
  const packets = tsharkFields(file, ['frame.time_epoch', 'frame.interface_name'] as const);
  const times = packets.map((packet) => packet['frame.time_epoch'].join());
  t.strictSame(times, times.toSorted(), 'in the order of their times');
  t.equal(
    new Set(packets.map((packet) => packet['frame.interface_name'].join())).size,
    2,
    'an interface per direction',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** As a user who is not root, in a group. */
function peekAs(stand: Stand, group: number): { status: number | null; stderr: string } {
  const config = `${stand.directory}/configuration.json`;
  const user = ['--reuid=65534', `--regid=${group}`, '--clear-groups'];
  const { status, stderr } = spawnSync(
    'setpriv',
    [...user, process.execPath, COMMAND, 'peek', '-c', config, '--count', '1'],
    { encoding: 'utf8', env: environment, timeout: 20_000, killSignal: 'SIGINT' },
  );
  return { status, stderr };
}

async function groups(t: Test): Promise<void> {
  const stand = buildStand(t);
  // daemon(1) and bin(2) are there on every system.
  const sections = { ...mirrorEverything('veth0', 7), engine: ENGINES.ring, state: { peekGroup: 'daemon' } };
  const daemon = await stand.start(stand.configure(sections));
  chmodSync(stand.directory, 0o755);
  chmodSync(`${stand.directory}/configuration.json`, 0o644);
  const load = new Load(stand, 60, 20, 'received', 10);
  t.match(peekAs(stand, 1), { status: 0, stderr: /^1 copies/m }, 'the group may');
  const other = peekAs(stand, 2);
  t.equal(other.status, 3, 'another may not');
  t.match(other.stderr, /^not permitted: .*state\.peekGroup/);
  load.stop();
  await waitFor(
    'its end in the log',
    () => auditLines(daemon),
    (lines) => lines.some(({ outcome }) => outcome === 'done'),
  );
  t.match(auditLines(daemon), [
    { outcome: 'started', uid: 65534, gid: 1 },
    { outcome: 'done', uid: 65534 },
  ]);
  t.equal(readFileSync(`${stand.directory}/configuration.json`, 'utf8').includes('peekGroup'), true);
  t.equal(await daemon.stop(), 0, 'exit code');
}

for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump', 'tshark', 'nft') || skipIo(io);
  t.test(`${io}: exact frames`, { skip }, (t) => exactFrames(t, io));
  t.test(`${io}: bounds`, { skip }, (t) => bounds(t, io));
  t.test(`${io}: engines that are killed`, { skip }, (t) => engineKilled(t, io));
  t.test(`${io}: plan changes`, { skip }, (t) => planChanges(t, io));
}
t.test('several workers', { skip: skipUnless('tshark', 'nft') }, severalWorkers);
t.test('a group that may peek', { skip: skipUnless('setpriv') }, groups);
