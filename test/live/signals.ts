/** Every signal to daemon and engine: docs/operations.md has the table. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { Status } from '../../src/status/status.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { minds, survivorsOf } from '../fixtures/live/daemon/processes.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';

/** What neither process minds; SIGHUP has the daemon reload, SIGINT and SIGTERM have it end. */
const HARMLESS = [
  'SIGUSR1',
  'SIGUSR2',
  'SIGPIPE',
  'SIGCHLD',
  'SIGURG',
  'SIGWINCH',
  'SIGCONT',
  'SIGXFSZ',
] as const;
const HARMLESS_TO_ENGINE = [...HARMLESS, 'SIGHUP', 'SIGINT', 'SIGTERM'] as const;
/** What ends either process at once. A daemon waits the longer for the next engine the more have ended: each gets a few. */
const DEADLY = [
  ['SIGQUIT', 'SIGABRT', 'SIGALRM'],
  ['SIGIO', 'SIGPROF', 'SIGPWR'],
  ['SIGSTKFLT', 'SIGVTALRM', 'SIGXCPU'],
] as const;
const PINGS = 3;
/** For a machine that has much else to do. */
const START_LIMIT_MS = 40_000;
/** How long signals go on between two looks at the daemon. */
const TELL_MS = 50;
/** Node would have opened its inspector by then. */
const INSPECTOR_MS = 500;

async function start(t: Test, io: IoPath): Promise<{ stand: Stand; daemon: Daemon; status: Status }> {
  const stand = buildStand(t);
  stand.host.ip('link', 'set', 'lo', 'up');
  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] });
  // The test runner's own handlers have no place in it.
  const daemon = await stand.start(configFile, ['env', '-u', 'NODE_OPTIONS']);
  return { stand, daemon, status: await daemon.status() };
}

function listeners({ host }: Stand): string {
  return host.run('ss', '--no-header', '--listening', '--tcp', '--numeric');
}

async function checkGoesOn(t: Test, stand: Stand, daemon: Daemon, before: Status): Promise<void> {
  const copies = sessionSum(await daemon.status(), 'mirrored');
  stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  const after = await daemon.until('mirroring', (now) => sessionSum(now, 'mirrored') >= copies + 2 * PINGS);
  t.strictSame(
    [after.pid, ...after.engines.map(({ pid }) => pid)],
    [before.pid, ...before.engines.map(({ pid }) => pid)],
    'the same processes mirror on',
  );
}

async function harmless(t: Test, io: IoPath): Promise<void> {
  const { stand, daemon, status } = await start(t, io);
  for (const signal of HARMLESS) process.kill(status.pid, signal);
  for (const { pid } of status.engines) {
    for (const signal of HARMLESS_TO_ENGINE) process.kill(pid!, signal);
  }
  await sleep(INSPECTOR_MS);
  t.equal(listeners(stand), '', 'nothing listens');
  await checkGoesOn(t, stand, daemon, status);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/**
 * From when Node.js runs, in the launcher and in the engine that it becomes: what a process is told before it listens
 * must neither end it nor open the inspector later.
 */
async function whileStarting(t: Test): Promise<void> {
  const { stand, daemon, status } = await start(t, 'ring');
  const killed = status.engines[0]!.pid!;
  process.kill(killed, 'SIGKILL');
  const told: number[] = [];
  const bare: number[] = [];
  const isBack = ({ engines, lanes }: Status): boolean =>
    engines[0]!.restarts > 0 && engines[0]!.pid !== null && lanes.every(({ state }) => state === 'capturing');
  const deadline = performance.now() + START_LIMIT_MS;
  let now = await daemon.status();
  while (!isBack(now)) {
    if (performance.now() > deadline) throw new Error(`never back, told ${told}: ${JSON.stringify(now)}`);
    const { pid } = now.engines[0]!;
    if (pid !== null && pid !== killed) await tellWhileStarting(pid, told, bare);
    t.equal(listeners(stand), '', 'nothing listens');
    now = await daemon.status();
  }
  const [{ pid, restarts, lastExit } = {}] = now.engines;
  t.match({ restarts, lastExit }, { restarts: 1, lastExit: { signal: 'SIGKILL' } }, 'it is the next engine');
  t.ok(told.length > 0, `SIGUSR1 ${told.length} times while it started`);
  t.same([...new Set(told)], [pid], 'to the engine that runs');
  t.same(bare, [], 'from the first one on, none could have ended it');
  await checkGoesOn(t, stand, daemon, now);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/**
 * Before Node.js runs, in the first milliseconds, the signal ends any process: docs/operations.md.
 * @param told a pid per signal.
 * @param bare a pid for each time that the signal would have ended a process which had minded it before.
 */
async function tellWhileStarting(pid: number, told: number[], bare: number[]): Promise<void> {
  const until = performance.now() + TELL_MS;
  while (performance.now() < until) {
    if (minds(pid, 'SIGUSR1')) {
      process.kill(pid, 'SIGUSR1');
      told.push(pid);
    } else if (told.includes(pid)) bare.push(pid);
    await sleep(1);
  }
}

async function deadlyToEngine(t: Test, signals: readonly NodeJS.Signals[]): Promise<void> {
  const { stand, daemon, status } = await start(t, 'ring');
  let { engines } = status;
  for (const [index, signal] of signals.entries()) {
    process.kill(engines[0]!.pid!, signal);
    const next = await daemon.until(
      'another engine',
      (now) =>
        now.engines[0]!.restarts === index + 1 && now.lanes.every(({ state }) => state === 'capturing'),
    );
    engines = next.engines;
    t.match(engines[0]!.lastExit, { signal }, `${signal} ends an engine, and the next one starts`);
  }
  await checkGoesOn(t, stand, daemon, await daemon.status());
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function deadlyToDaemon(t: Test): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGABRT'] as const) {
    const { daemon, status } = await start(t, 'ring');
    process.kill(status.pid, signal);
    await daemon.ended;
    const pids = [status.pid, ...status.engines.map(({ pid }) => pid!)];
    t.strictSame(await survivorsOf(pids), [], `${signal} ends the daemon, and its engine with it`);
  }
}

/** A stopped engine cannot notice by itself that its daemon is gone. */
async function orphan(t: Test): Promise<void> {
  const { daemon, status } = await start(t, 'ring');
  const engine = status.engines[0]!.pid!;
  process.kill(engine, 'SIGSTOP');
  process.kill(status.pid, 'SIGKILL');
  await daemon.ended;
  t.strictSame(await survivorsOf([engine]), [], 'the kernel ends it');
}

const skip = skipUnless('ping', 'ss');
for (const io of IO_PATHS) {
  t.test(`signals that mean nothing, ${io}`, { skip: skip || skipIo(io) }, (t) => harmless(t, io));
}
t.test('SIGUSR1 to an engine that starts', { skip }, whileStarting);
for (const signals of DEADLY) {
  t.test(`signals that end an engine: ${signals}`, { skip }, (t) => deadlyToEngine(t, signals));
}
t.test('signals that end the daemon', { skip }, deadlyToDaemon);
t.test('a stopped engine whose daemon is killed', { skip }, orphan);
