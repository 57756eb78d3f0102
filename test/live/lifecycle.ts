/** The daemon's life: how it ends under load, how it goes on without its engine, and when it does not start. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { LaneCounts } from '../../src/counters/snapshot.js';
import type { Status } from '../../src/status/status.js';
import { checkSums, readSum, ringDroppedSum, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { survivorsOf } from '../fixtures/live/daemon/processes.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../fixtures/live/traffic/load.js';

const LOAD_SECONDS = 8;
const LOAD_RATE = 5000;
/** From SIGTERM to the end. */
const STOP_LIMIT_MS = 2000;
/** From the end of an engine to the first copy of the next; on a busy machine, as long as a whole start takes. */
const RECOVERY_LIMIT_MS = 1500;
const GIVE_UP_MS = 10_000;
const POLL_MS = 20;

interface Loaded {
  readonly daemon: Daemon;
  /** How long it took from its start to capturing. */
  readonly startMs: number;
  /** Copies at the target's device so far. */
  readonly arrived: () => number;
}

async function startUnderLoad(t: Test, io: IoPath): Promise<Loaded> {
  const stand = buildStand(t, { silentTarget: true });
  const counter = (): number => deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const before = counter();
  const started = performance.now();
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] }));
  const startMs = performance.now() - started;
  void new Load(stand, LOAD_SECONDS, LOAD_RATE).end().catch(() => {});
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  return { daemon, startMs, arrived: () => counter() - before };
}

async function stopUnderLoad(t: Test, io: IoPath): Promise<void> {
  const { daemon, arrived } = await startUnderLoad(t, io);
  const { pid, engines } = await daemon.status();
  const started = performance.now();
  const exitCode = await daemon.stop();
  const elapsed = performance.now() - started;
  t.comment(`${io}: ended after ${Math.round(elapsed)} ms`);
  t.equal(exitCode, 0, 'exit code');
  t.ok(elapsed < STOP_LIMIT_MS, 'ends within 2 s');
  t.strictSame(await survivorsOf([pid, ...engines.map((engine) => engine.pid!)]), [], 'no process is left');

  const lanes = finalCounts(daemon);
  t.equal(lanes.length, 2, 'final counts of both directions are logged');
  checkSums(t, { lanes }, 'final counts');
  t.equal(arrived(), sessionSum({ lanes }, 'mirrored'), 'what arrived is what the final counts say');
}

/** What was captured before the end is mirrored, however much of it waits. */
async function stopWithFullRing(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), engine: { io: 'ring' } });
  const daemon = await stand.start(configFile);
  const pid = (await daemon.status()).engines[0]!.pid!;
  const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  process.kill(pid, 'SIGSTOP');
  const { sent } = await new Load(stand, 0.15, 100_000).end();
  const ended = daemon.stop();
  process.kill(pid, 'SIGCONT');
  t.equal(await ended, 0, 'exit code');
  const lanes = finalCounts(daemon);
  t.equal(readSum({ lanes }) + ringDroppedSum({ lanes }), sent, 'each frame is read or counted as dropped');
  const arrived = deviceCounter(stand.ids, 'ids0', 'rx_packets') - before;
  t.equal(arrived, sessionSum({ lanes }, 'mirrored'), 'and mirrored');
  checkSums(t, { lanes }, 'final counts');
}

async function killEngine(t: Test, io: IoPath): Promise<void> {
  const { daemon, startMs, arrived } = await startUnderLoad(t, io);
  const before = await daemon.status();
  for (const { pid } of before.engines) process.kill(pid!, 'SIGKILL');
  const killed = performance.now();
  t.strictSame(await survivorsOf(before.engines.map(({ pid }) => pid!)), []);
  const atDeath = arrived();
  while (arrived() === atDeath && performance.now() - killed < GIVE_UP_MS) await sleep(POLL_MS);
  const elapsed = performance.now() - killed;
  t.comment(`${io}: mirrors again after ${Math.round(elapsed)} ms, started in ${Math.round(startMs)} ms`);
  t.ok(elapsed < Math.max(RECOVERY_LIMIT_MS, 2 * startMs), 'a new engine mirrors within 1.5 s');

  let last = before;
  const back: Status[] = [];
  await daemon.until('more than before', (now) => {
    if (readSum(now) < readSum(last) || sessionSum(now, 'mirrored') < sessionSum(last, 'mirrored'))
      back.push(now);
    last = now;
    return readSum(now) > readSum(before);
  });
  t.strictSame(back, [], 'totals never go back');
  t.strictSame(
    last.engines.map(({ restarts }) => restarts),
    before.engines.map(() => 1),
    'each engine was started again once',
  );
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function startTwice(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configFile = stand.configure(mirrorEverything('veth0', 5));
  const daemon = await stand.start(configFile);
  const second = runInHost(stand, [process.execPath, COMMAND, 'run', '--config', configFile]);
  const { pid } = await daemon.status();
  t.equal(second.status, 1, 'exit code');
  t.equal(second.stderr, `a daemon with pid ${pid} already uses ${stand.directory}\n`, 'one clear line');
  t.equal((await daemon.status()).pid, pid, 'the first still runs and answers');
  t.equal(await daemon.stop(), 0, 'exit code of the first');
}

function withoutCapability(t: Test): void {
  const stand = buildStand(t);
  const configFile = stand.configure(mirrorEverything('veth0', 5));
  const withoutRaw = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];
  const { status, stdout, stderr } = runInHost(stand, [
    ...withoutRaw,
    process.execPath,
    COMMAND,
    'run',
    '--config',
    configFile,
  ]);
  t.equal(status, 3, 'exit code');
  t.match(stderr, /^not permitted: .*CAP_NET_RAW.*\n$/, 'one line, which names the capability');
  t.notMatch(stdout + stderr, /^\s+at /m, 'no stack trace');
}

function runInHost({ host }: Stand, command: readonly string[]) {
  return spawnSync('ip', ['netns', 'exec', host.name, ...command], { encoding: 'utf8' });
}

/** The lanes as the daemon logged them when it ended. */
function finalCounts(daemon: Daemon): LaneCounts[] {
  return daemon
    .log()
    .split('\n')
    .filter((line) => line.includes('"final counts"'))
    .map((line) => (JSON.parse(line) as { lane: LaneCounts }).lane);
}

for (const io of IO_PATHS) {
  const skip = skipUnless('nft') || skipIo(io);
  t.test(`SIGTERM under load, ${io}`, { skip }, (t) => stopUnderLoad(t, io));
  t.test(`SIGKILL of the engine, ${io}`, { skip }, (t) => killEngine(t, io));
}
t.test('SIGTERM with frames in the ring', { skip: skipUnless('nft') }, stopWithFullRing);
t.test('a second daemon on the same state directory', { skip: skipUnless('nft') }, startTwice);
t.test('without CAP_NET_RAW', { skip: skipUnless('setpriv') }, async (t) => withoutCapability(t));
