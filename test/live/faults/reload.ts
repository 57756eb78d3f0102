/** The configuration is read anew while frames flow: none is lost, none judged by two plans, and a bad file changes nothing. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Daemon, startDaemon } from '../../../lab/daemon.js';
import { checkSums, ringDroppedSum, sessionSum, skippedSum } from '../../fixtures/live/daemon/accounts.js';
import { EVERYTHING, EVERYWHERE, mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { isAlive, survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { reload, untilReloaded } from '../../fixtures/live/daemon/reloading.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { Recording } from '../../fixtures/live/oracle/recording.js';
import { readCopy } from '../../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, type IoPath, skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const LOAD_SECONDS = 5;
/** No more than tcpdump can take on a busy machine. */
const LOAD_RATE = 4000;
const RELOADS = 12;
/** Length of the load's frames. */
const FRAME_BYTES = 64;
const SHORT_BYTES = 50;
const STOP_LIMIT_MS = 2000;
/** Place in a line of /proc/PID/net/dev. */
const SENT_PACKETS = 9;
/** More than what the host itself may send meanwhile. */
const FIRST_COPIES = 10;
const CREATE_LIMIT_MS = 100;

/** Two plans that mirror every frame of the load, under rules, lengths and VNIs of their own. */
function plans(io: IoPath): readonly [object, object] {
  const whole = mirrorEverything('veth0', 5) as {
    trafficMirrorSessions: [object];
    trafficMirrorFilters: [object];
  };
  const rejecting = [
    { ruleNumber: 1, ruleAction: 'reject', protocol: 6, ...EVERYWHERE },
    ...EVERYTHING.slice(0, 1),
  ];
  const short = {
    ...whole,
    trafficMirrorFilters: [
      { ...whole.trafficMirrorFilters[0], ingressFilterRules: rejecting, egressFilterRules: [] },
    ],
    trafficMirrorSessions: [
      { ...whole.trafficMirrorSessions[0], virtualNetworkId: 6, packetLength: SHORT_BYTES },
    ],
  };
  return [
    { ...whole, engine: ENGINES[io] },
    { ...short, engine: ENGINES[io] },
  ];
}

async function reloadUnderLoad(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first, second] = plans(io);
  const daemon = await stand.start(stand.configure(first));
  const pid = (await daemon.status()).engines[0]!.pid;
  const recording = await Recording.start(
    stand.ids,
    'ids0',
    `${stand.directory}/arrived.pcap`,
    '-Q',
    'in',
    'udp',
  );
  const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  const tookMs: number[] = [];
  for (let count = 1; count <= RELOADS; count++) {
    stand.configure(count % 2 === 1 ? second : first);
    const asked = performance.now();
    const { reload: outcome } = await reload(daemon);
    tookMs.push(performance.now() - asked);
    t.equal(outcome.lastResult, 'applied', `reload ${count}: ${outcome.problems.join()}`);
    await sleep(200);
  }
  t.comment(`${io}: from SIGHUP to a new plan, ms: ${tookMs.map(Math.round).join(' ')}`);
  const { sent } = await load.end();
  const status = await daemon.until('all counted', (now) => sessionSum(now, 'matched') >= sent);
  const copies = deviceCounter(stand.ids, 'ids0', 'rx_packets') - before;
  await recording.stop();

  t.equal(status.generation, 1 + RELOADS, 'generation');
  t.equal(status.engines.map((engine) => engine.pid).includes(pid), true, 'the engine went on');
  t.equal(ringDroppedSum(status) + skippedSum(status), 0, 'no frame lost, no copy skipped');
  t.equal(sessionSum(status, 'matched'), sent, 'every frame judged once');
  t.equal(copies, sent, 'as many copies as frames at the target');
  checkSums(t, status, 'after the reloads');
  checkWholeGenerations(t, recording, sent);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** A copy of one plan's VNI with the other's length was judged by half of each. */
function checkWholeGenerations(t: Test, recording: Recording, sent: number): void {
  const counts = new Map<string, number>();
  for (const { bytes } of recording.frames()) {
    const { vni, inner } = readCopy(bytes);
    const kind = `VNI ${vni}, ${inner.length} bytes`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  t.same(
    [...counts.keys()].sort(),
    [`VNI 5, ${FRAME_BYTES} bytes`, `VNI 6, ${SHORT_BYTES} bytes`],
    'each copy is of one plan',
  );
  t.equal(
    [...counts.values()].reduce((a, b) => a + b, 0),
    sent,
    'as many copies as frames',
  );
}

/** From when the daemon says that a session runs, its copies come at once. */
async function createSession(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const whole = mirrorEverything('veth0', 5);
  const daemon = await startDaemon(stand.host, stand.configure({ engine: { io: 'ring' } }), stand.directory);
  await daemon.until('an engine', ({ engines }) => engines[0] !== undefined && engines[0].pid !== null);
  const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const copies = (): number => deviceCounter(stand.ids, 'ids0', 'rx_packets') - before;
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await waitFor(
    'load',
    () => deviceCounter(stand.host, 'veth0', 'rx_packets'),
    (frames) => frames >= 1000,
  );
  t.equal(copies(), 0, 'nothing is mirrored without a session');
  stand.configure({ ...whole, engine: { io: 'ring' } });
  const { pid } = await daemon.status();
  const sentBefore = sentPackets(pid, 'mir0');
  const asked = performance.now();
  const { reload: outcome } = await reload(daemon);
  const applied = performance.now();
  t.equal(outcome.lastResult, 'applied', outcome.problems.join());
  while (sentPackets(pid, 'mir0') < sentBefore + FIRST_COPIES && performance.now() - applied < 1000)
    await sleep(1);
  const tookMs = performance.now() - applied;
  t.comment(
    `applied after ${Math.round(applied - asked)} ms, the first copies ${Math.round(tookMs)} ms after that`,
  );
  t.ok(tookMs < CREATE_LIMIT_MS, 'copies come within 100 ms');
  t.ok(copies() > 0, 'and arrive');
  stand.configure({ engine: { io: 'ring' } });
  await reload(daemon);
  const after = copies();
  await sleep(300);
  t.ok(copies() - after < 10, 'and none any more when the session is gone');
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

/**
 * What a device of a process's namespace has sent. Read without starting a process, as `deviceCounter` does: on a busy
 * machine that takes longer than the first copy.
 */
function sentPackets(pid: number, device: string): number {
  const line = new RegExp(`^ *${device}: *(.*)$`, 'm').exec(
    readFileSync(`/proc/${pid}/net/dev`, 'utf8'),
  )?.[1];
  if (line === undefined) throw new Error(`process ${pid} has no device ${device}`);
  return Number(line.split(/ +/)[SENT_PACKETS]);
}

/** Puts something in place of the configuration file. */
interface BadFile {
  readonly name: string;
  readonly put: (file: string) => void;
  readonly problem: RegExp;
}

const BAD_FILES: readonly BadFile[] = [
  { name: 'empty', put: (file) => writeFileSync(file, ''), problem: /:1: holds no configuration$/ },
  { name: 'half', put: (file) => writeFileSync(file, '{"networkInterfaces": [{"netw'), problem: /:1: / },
  {
    name: 'invalid UTF-8',
    put: (file) => writeFileSync(file, Buffer.from([0x7b, 0x0a, 0xff, 0x0a, 0x7d])),
    problem: /:2: is not valid UTF-8$/,
  },
  {
    name: '100 MB',
    put: (file) => {
      writeFileSync(file, '{}');
      truncateSync(file, 100 << 20);
    },
    problem: /:1: is larger than 16 MiB$/,
  },
  { name: 'a directory', put: (file) => mkdirSync(file), problem: /:1: is a directory$/ },
  { name: 'a FIFO', put: (file) => execFileSync('mkfifo', [file]), problem: /:1: is not a regular file$/ },
  {
    name: 'a dangling symbolic link',
    put: (file) => symlinkSync(`${file}.nowhere`, file),
    problem: /:1: cannot be read: no such file or directory$/,
  },
  {
    name: 'of mode 000',
    put: (file) => writeFileSync(file, '{}', { mode: 0o000 }),
    problem: /:1: cannot be read: permission denied$/,
  },
  { name: 'deleted', put: () => {}, problem: /:1: cannot be read: no such file or directory$/ },
  {
    name: 'asks for what takes a new start',
    put: (file) => writeFileSync(file, '\n{"engine": {"io": "libpcap"}}'),
    problem: /:2: engine\.io: a change takes a new start/,
  },
];

/** Root reads everything, unless it may not. */
const WITHOUT_OVERRIDE = [
  'setpriv',
  '--bounding-set',
  '-dac_override,-dac_read_search',
  '--inh-caps',
  '-all',
];

async function badFiles(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first, second] = plans('ring');
  const file = stand.configure(first);
  const daemon = await stand.start(file, WITHOUT_OVERRIDE);
  const { pid } = await daemon.status();
  for (const { name, put, problem } of BAD_FILES) {
    rmSync(file, { recursive: true, force: true });
    put(file);
    const { reload: outcome, generation, lanes } = await reload(daemon);
    t.equal(outcome.lastResult, 'failed', name);
    t.match(outcome.problems[0], problem, name);
    t.ok(outcome.problems[0]?.startsWith(`${file}:`), `${name}: the file is named`);
    t.equal(generation, 1, `${name}: the plan goes on`);
    t.ok(
      lanes.every(({ state }) => state === 'capturing'),
      `${name}: capturing`,
    );
  }
  const failed = BAD_FILES.length;
  const logged = linesWith(daemon, 'configuration not reloaded');
  t.ok(logged >= failed - 1 && logged <= 2 * failed, `each is logged, ${logged} lines`);
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, 'broken: [');
  for (let count = 0; count < 5; count++) await reload(daemon);
  t.ok(linesWith(daemon, 'configuration not reloaded') <= logged + 2, 'the same again is not logged again');
  stand.configure(second);
  const { reload: outcome, generation } = await reload(daemon);
  t.match(outcome, { lastResult: 'applied', succeeded: 1, failed: failed + 5, problems: [] });
  t.equal(generation, 2, 'a good file is taken');
  t.equal((await daemon.status()).pid, pid, 'by the same daemon');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** As Kubernetes changes mounted files: the directory behind a symbolic link is another. */
async function swapDirectories(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first, second] = plans('ring');
  const volume = `${stand.directory}/volume`;
  mkdirSync(`${volume}/..1`, { recursive: true });
  mkdirSync(`${volume}/..2`);
  renameSync(stand.configure(first), `${volume}/..1/mirror.json`);
  renameSync(stand.configure(second), `${volume}/..2/mirror.json`);
  symlinkSync('..1', `${volume}/..data`);
  symlinkSync('..data/mirror.json', `${volume}/mirror.json`);
  const daemon = await stand.start(`${volume}/mirror.json`);
  symlinkSync('..2', `${volume}/..next`);
  renameSync(`${volume}/..next`, `${volume}/..data`);
  const { sessions, reload: outcome } = await reload(daemon);
  t.equal(outcome.lastResult, 'applied');
  t.equal(sessions[0]?.virtualNetworkId, 6, 'what the link shows now');
  unlinkSync(`${volume}/..data`);
  t.equal((await reload(daemon)).reload.lastResult, 'failed', 'the link is gone');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** The engine runs out of descriptors half-way through the new plan. */
async function rollBack(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first] = plans('ring') as [ReturnType<typeof mirrorEverything> & Record<string, object[]>, object];
  const file = stand.configure(first);
  // Only a device that is there needs a ring.
  for (let index = 0; index < 60; index++) {
    stand.host.ip('link', 'add', `none${index}`, 'type', 'veth', 'peer', 'name', `peer${index}`);
  }
  const daemon = await stand.start(file);
  const before = await daemon.status();
  execFileSync('prlimit', ['--pid', `${before.engines[0]!.pid}`, '--nofile=64:64']);
  const many = Array.from({ length: 60 }, (_, index) => ({
    ...first.trafficMirrorSessions![0],
    trafficMirrorSessionId: `tms-${index}`,
    networkInterfaceId: `none${index}`,
    virtualNetworkId: 100 + index,
  }));
  stand.configure({
    ...first,
    trafficMirrorSessions: [...first.trafficMirrorSessions!, ...many],
  });
  const { reload: outcome, generation, engines, lanes } = await reload(daemon);
  t.equal(outcome.lastResult, 'failed');
  t.match(outcome.problems[0], /EMFILE/, 'says why');
  t.equal(generation, 1, 'the plan before goes on');
  t.equal(engines[0]?.pid, before.engines[0]?.pid, 'in the same engine');
  t.equal(lanes.length, before.lanes.length);
  const copies = (): number => deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const arrived = copies();
  const { sent } = await new Load(stand, 1, 1000).end();
  await daemon.until('all mirrored', (status) => sessionSum(status, 'mirrored') >= sent);
  t.equal(copies() - arrived, sent, 'and mirrors');
  stand.configure(first);
  t.equal((await reload(daemon)).reload.lastResult, 'applied', 'and takes the next');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** An engine hangs for other reasons than the change: the next one takes it. */
async function lostEngine(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first, second] = plans('ring');
  const daemon = await stand.start(stand.configure(first));
  const before = await daemon.status();
  process.kill(before.engines[0]!.pid!, 'SIGSTOP');
  stand.configure(second);
  const { reload: outcome, generation, engines } = await reload(daemon);
  t.equal(outcome.lastResult, 'applied', outcome.problems.join());
  t.equal(generation, 2);
  t.match(engines, [{ restarts: 1, lastExit: { reason: 'it did not answer' } }]);
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function signalStorm(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const [first, second] = plans('ring');
  const file = stand.configure(first);
  const started = stand.start(file);
  // Node needs a moment before any program of it can listen for a signal.
  await waitFor('a socket', () => existsSync(`${stand.directory}/status.sock`), Boolean, 2);
  stand.host.run(
    'sh',
    '-c',
    `for i in 1 2 3; do kill -HUP $(ip netns pids ${stand.host.name} | head -1); done`,
  );
  const daemon = await started;
  const { pid, reload: atStart } = await daemon.status();
  t.equal(atStart.failed, 0, 'signals during the start do no harm');
  stand.configure(second);
  const before = await daemon.status();
  for (let count = 0; count < 100; count++) process.kill(pid, 'SIGHUP');
  const { reload: outcome, sessions } = await untilReloaded(
    daemon,
    before.reload.succeeded + before.reload.failed + 1,
  );
  t.ok(outcome.succeeded - before.reload.succeeded < 20, `100 signals, ${outcome.succeeded} reloads`);
  t.equal(sessions[0]?.virtualNetworkId, 6, 'the newest file runs');
  const { engines } = await daemon.status();
  process.kill(pid, 'SIGHUP');
  const stopping = performance.now();
  const ended = daemon.stop();
  for (let count = 0; count < 10 && isAlive(pid); count++) {
    process.kill(pid, 'SIGHUP');
    await sleep(5);
  }
  t.equal(await ended, 0, 'signals during the stop do no harm');
  t.ok(performance.now() - stopping < STOP_LIMIT_MS, 'nor delay it');
  t.same(await survivorsOf([pid, ...engines.map((engine) => engine.pid!)]), [], 'no process is left');
}

function linesWith(daemon: Daemon, text: string): number {
  return daemon
    .log()
    .split('\n')
    .filter((line) => line.includes(text)).length;
}

const skip = skipUnless('nft', 'tcpdump');
t.test('C3: under load, ring', { skip: skip || skipIo('ring') }, (t) => reloadUnderLoad(t, 'ring'));
t.test('a session that is created and deleted', { skip }, createSession);
t.test('C1: bad files', { skip: skip || skipUnless('setpriv') }, badFiles);
t.test('C2: directories are swapped', { skip }, swapDirectories);
t.test('C4: a plan that cannot run', { skip: skip || skipUnless('prlimit') }, rollBack);
t.test('a change beside an engine that hangs', { skip }, lostEngine);
t.test('C5: many signals, at the start and at the end', { skip }, signalStorm);
