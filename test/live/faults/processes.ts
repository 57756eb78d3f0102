/** Processes that end, hang or come twice: seen, repaired, and nothing is left behind. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../../lab/daemon.js';
import { checkSums, readSum, ringDroppedSum, sessionSum } from '../../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { reload } from '../../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const LOAD_SECONDS = 60;
const LOAD_RATE = 4000;
/** From the start of a hang to the first copy of the next engine. */
const HANG_LIMIT_MS = 5000;
const SLOW_START_MS = 2000;
const GIVE_UP_MS = 15_000;
const POLL_MS = 20;

interface Running {
  readonly stand: Stand;
  readonly daemon: Daemon;
  /** How long it took from its start to capturing. */
  readonly startMs: number;
  readonly load: Load;
  readonly arrived: () => number;
}

async function startUnderLoad(t: Test, io: IoPath): Promise<Running> {
  const stand = buildStand(t, { silentTarget: true });
  const started = performance.now();
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] }));
  const startMs = Math.round(performance.now() - started);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  return { stand, daemon, startMs, load, arrived: () => deviceCounter(stand.ids, 'ids0', 'rx_packets') };
}

/** A stopped engine is alive to the kernel, but moves no frames. */
async function hang(t: Test, io: IoPath): Promise<void> {
  const { daemon, startMs, load, arrived } = await startUnderLoad(t, io);
  const before = await daemon.status();
  const pids = before.engines.map(({ pid }) => pid!);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const stopped = performance.now();
  t.same(await survivorsAfter(pids, GIVE_UP_MS), [], 'what hangs is ended');
  t.comment(`${io}: ended after ${Math.round(performance.now() - stopped)} ms`);
  const atDeath = arrived();
  while (arrived() === atDeath && performance.now() - stopped < GIVE_UP_MS) await sleep(POLL_MS);
  const repairedMs = Math.round(performance.now() - stopped);
  t.comment(`${io}: mirrors again after ${repairedMs} ms, started in ${startMs} ms`);
  // A machine too busy to start a daemon in two seconds is too busy to start an engine in one.
  t.ok(repairedMs < Math.max(HANG_LIMIT_MS, HANG_LIMIT_MS + startMs - SLOW_START_MS), 'within five seconds');
  const after = await daemon.until('counted again', (status) => readSum(status) > readSum(before));
  t.ok(sessionSum(after, 'mirrored') >= sessionSum(before, 'mirrored'), 'totals do not go back');
  t.match(
    after.engines,
    pids.map(() => ({ restarts: 1, lastExit: { signal: 'SIGKILL', reason: 'it did not answer' } })),
    'status tells why',
  );
  t.match(daemon.log(), '"engine hangs"', 'and the log');
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** An engine that ends as often as it starts is started less and less often, in sight. */
async function crashLoop(t: Test): Promise<void> {
  const { daemon, load, arrived } = await startUnderLoad(t, 'ring');
  const nextTries: number[] = [];
  for (let crash = 1; crash <= 4; crash++) {
    const running = await daemon.until('an engine', ({ engines }) => engines[0]!.pid !== null);
    process.kill(running.engines[0]!.pid!, 'SIGKILL');
    const { engines } = await daemon.until('its end', (status) => status.engines[0]!.restarts === crash);
    t.equal(engines[0]!.lastExit?.signal, 'SIGKILL', `end ${crash}: how`);
    const nextTry = engines[0]!.nextTryAt;
    if (nextTry !== null) nextTries.push(Date.parse(nextTry) - Date.parse(engines[0]!.lastExit!.at));
  }
  // On a busy machine the next engine may run before the status is asked for.
  t.ok(nextTries.length > 0, 'status tells the next try');
  t.strictSame(
    nextTries.filter((wait, index) => index > 0 && wait < 1.5 * nextTries[index - 1]!),
    [],
    `each wait is longer: ${nextTries}`,
  );
  t.equal(retriesIn(daemon)[0], 100, 'the log tells the first');
  const before = arrived();
  await waitFor('a copy', arrived, (now) => now > before);
  t.pass('and in the end it mirrors');
  load.stop();
  checkSums(t, await daemon.status(), 'after the crashes');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** With its daemon gone, nobody would ever stop an engine. */
async function killDaemon(t: Test, io: IoPath): Promise<void> {
  const { stand, daemon, load } = await startUnderLoad(t, io);
  const { pid, engines } = await daemon.status();
  process.kill(pid, 'SIGKILL');
  t.same(await survivorsOf([pid, ...engines.map((engine) => engine.pid!)]), [], 'its engines end too');
  const next = await stand.start(`${stand.directory}/configuration.json`);
  t.not((await next.status()).pid, pid, 'what it left behind does not keep the next one from starting');
  load.stop();
  t.equal(await next.stop(), 0, 'exit code');
}

/** A stopped daemon still has its state directory; its engines go on, and it goes on when it may. */
async function stopDaemon(t: Test): Promise<void> {
  const { stand, daemon, load, arrived } = await startUnderLoad(t, 'ring');
  const { pid, engines } = await daemon.status();
  process.kill(pid, 'SIGSTOP');
  const second = spawnSync(
    'ip',
    [
      'netns',
      'exec',
      stand.host.name,
      process.execPath,
      COMMAND,
      'run',
      '--config',
      `${stand.directory}/configuration.json`,
    ],
    { encoding: 'utf8' },
  );
  t.equal(second.status, 1, 'a second one does not start');
  t.equal(
    second.stderr,
    `a daemon with pid ${pid} already uses ${stand.directory}\n`,
    'and says so in one line',
  );
  const before = arrived();
  await sleep(3000);
  t.ok(arrived() - before > LOAD_RATE, 'the engine mirrors on');
  process.kill(pid, 'SIGCONT');
  const after = await daemon.until('answering', ({ engines }) => engines[0]!.pid !== null);
  await sleep(1000);
  t.same(
    (await daemon.status()).engines.map((engine) => engine.pid),
    engines.map((engine) => engine.pid),
    'and is not taken for hanging when the daemon wakes up',
  );
  checkSums(t, after, 'after the pause');
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** The reader stands still while frames come: what the ring cannot hold is counted, the rest is mirrored. */
async function overflow(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    engine: { io: 'ring', ringMegabytes: 1 },
  });
  const daemon = await stand.start(configFile);
  const { engines } = await daemon.status();
  const load = new Load(stand, 6, 20_000);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  process.kill(engines[0]!.pid!, 'SIGSTOP');
  await sleep(1500);
  process.kill(engines[0]!.pid!, 'SIGCONT');
  const { sent } = await load.end();
  const status = await daemon.until(
    'every frame read or dropped',
    (now) => readSum(now) + ringDroppedSum(now) >= sent,
  );
  t.equal(readSum(status) + ringDroppedSum(status), sent, 'each frame is read or counted as dropped');
  t.ok(ringDroppedSum(status) > 0, `${ringDroppedSum(status)} of ${sent} dropped`);
  t.equal(status.engines[0]!.restarts, 0, 'a second and a half is no hang');
  checkSums(t, status, 'after the overflow');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** Standard output goes to a full disk: nothing of the log can be written, and frames go on. */
async function fullDisk(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), log: { level: 'trace' } });
  const daemon = await stand.start(configFile, ['sh', '-c', 'exec "$@" > /dev/full', 'sh']);
  const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  for (let count = 0; count < 5; count++) await reload(daemon);
  const { sent } = await new Load(stand, 1, 2000).end();
  const status = await daemon.until('all mirrored', (now) => sessionSum(now, 'mirrored') >= sent);
  t.equal(deviceCounter(stand.ids, 'ids0', 'rx_packets') - before, sent, 'every copy arrives');
  t.equal(status.engines[0]!.restarts, 0);
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function survivorsAfter(pids: readonly number[], limitMs: number): Promise<number[]> {
  const deadline = performance.now() + limitMs;
  let left = await survivorsOf(pids);
  while (left.length > 0 && performance.now() < deadline) left = await survivorsOf(pids);
  return left;
}

function retriesIn(daemon: Daemon): number[] {
  return daemon
    .log()
    .split('\n')
    .filter((line) => line.includes('"engine ended"'))
    .map((line) => (JSON.parse(line) as { retryMs: number }).retryMs);
}

const skip = skipUnless('nft');
for (const io of IO_PATHS) {
  t.test(`P2: an engine that hangs, ${io}`, { skip: skip || skipIo(io) }, (t) => hang(t, io));
  t.test(`P2: the daemon is killed, ${io}`, { skip: skip || skipIo(io) }, (t) => killDaemon(t, io));
}
t.test('P2: an engine that ends again and again', { skip }, crashLoop);
t.test('P4: a second daemon beside one that stands still', { skip }, stopDaemon);
t.test('R1: a full disk', { skip }, fullDisk);
t.test('R2: a full ring', { skip }, overflow);
