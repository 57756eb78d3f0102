/** P3: an event loop that stands still, in a process that is alive otherwise: seen by systemd, repaired, counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../../lab/daemon.js';
import { checkSums, readSum, ringDroppedSum, sessionSum } from '../../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { NotifyListener } from '../../fixtures/live/daemon/notify-listener.js';
import { isAlive } from '../../fixtures/live/daemon/processes.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { hasWaited, questionsIn, unansweredOption } from '../../fixtures/live/daemon/unanswered-questions.js';
import { skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const LOAD_RATE = 4000;
const WATCHDOG_MICROSECONDS = 1_000_000;
/** Once more than the watchdog is fed, with what was on its way. */
const LAST_FEED_MS = 1300;
const GIVE_UP_MS = 15_000;
const UNANSWERED_MS = 4000;
const POLL_MS = 20;

interface Blockable {
  readonly stand: Stand;
  readonly daemon: Daemon;
  readonly enginePid: number;
  readonly notify: NotifyListener;
  readonly feeds: () => number;
  readonly arrived: () => number;
}

/** SIGUSR2 blocks the loop of daemon or engine. */
function startBlockable(t: Test, blockedMs: number): Promise<Blockable> {
  const block = `process.on("SIGUSR2",()=>{const end=performance.now()+${blockedMs};while(performance.now()<end);})`;
  return startWith(t, `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(block)}`);
}

/** @param option a variable of the environment. */
async function startWith(t: Test, option: string, engine: object = {}): Promise<Blockable> {
  const stand = buildStand(t, { silentTarget: true });
  const path = `${stand.directory}/notify`;
  const notify = await NotifyListener.open(t, path);
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    engine: { io: 'ring', ringMegabytes: 1, ...engine },
    log: { level: 'debug' },
  });
  const daemon = await stand.start(configFile, [
    'env',
    option,
    `NOTIFY_SOCKET=${path}`,
    `WATCHDOG_USEC=${WATCHDOG_MICROSECONDS}`,
  ]);
  await notify.until('WATCHDOG=1');
  const enginePid = (await daemon.status()).engines[0]!.pid!;
  const feeds = (): number => notify.read().filter(([first]) => first === 'WATCHDOG=1').length;
  const arrived = (): number => deviceCounter(stand.ids, 'ids0', 'rx_packets');
  return { stand, daemon, enginePid, notify, feeds, arrived };
}

async function engineForLong(t: Test): Promise<void> {
  const { stand, daemon, enginePid, feeds, arrived } = await startBlockable(t, 10_000);
  const load = new Load(stand, 30, LOAD_RATE);
  const before = await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  process.kill(enginePid, 'SIGUSR2');
  const blocked = performance.now();
  await sleep(LAST_FEED_MS);
  t.ok(isAlive(enginePid), 'it is given time');
  const fed = feeds();
  while (isAlive(enginePid) && performance.now() - blocked < GIVE_UP_MS) await sleep(POLL_MS);
  t.equal(feeds(), fed, 'meanwhile the watchdog is not fed');
  const atDeath = arrived();
  while (arrived() === atDeath && performance.now() - blocked < GIVE_UP_MS) await sleep(POLL_MS);
  const repairedMs = Math.round(performance.now() - blocked);
  t.comment(`mirrors again after ${repairedMs} ms`);
  t.ok(repairedMs < 10_000, 'long before it would have gone on by itself');
  const after = await daemon.until('counted again', (status) => readSum(status) > readSum(before));
  t.match(after.engines, [{ restarts: 1, lastExit: { signal: 'SIGKILL', reason: 'it did not answer' } }]);
  await daemon.until('fed again', () => feeds() > fed);
  checkSums(t, after, 'after the hang');
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function engineForAMoment(t: Test): Promise<void> {
  const { stand, daemon, enginePid } = await startBlockable(t, 1500);
  const load = new Load(stand, 4, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  process.kill(enginePid, 'SIGUSR2');
  const { sent } = await load.end();
  const status = await daemon.until(
    'every frame read or dropped',
    (now) => readSum(now) + ringDroppedSum(now) >= sent,
  );
  t.equal(readSum(status) + ringDroppedSum(status), sent, 'each frame is read or counted as dropped');
  t.ok(ringDroppedSum(status) > 0, `${ringDroppedSum(status)} of ${sent} dropped`);
  t.match(status.engines, [{ pid: enginePid, restarts: 0 }], 'the engine goes on');
  checkSums(t, status, 'after it');
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function daemonForAMoment(t: Test): Promise<void> {
  const blockedMs = 4000;
  const { stand, daemon, enginePid, feeds, arrived } = await startBlockable(t, blockedMs);
  const load = new Load(stand, 30, LOAD_RATE);
  const { pid } = await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  process.kill(pid, 'SIGUSR2');
  await sleep(200);
  const [fed, arrivedBefore] = [feeds(), arrived()];
  await sleep(blockedMs / 2);
  t.equal(feeds(), fed, 'the watchdog is not fed');
  t.ok(arrived() - arrivedBefore > LOAD_RATE / 2, 'the engine mirrors on');
  await daemon.until('fed again', () => feeds() > fed);
  await sleep(500);
  const after = await daemon.status();
  t.match(after.engines, [{ pid: enginePid, restarts: 0 }], 'which is not taken for hanging');
  checkSums(t, after, 'after it');
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

/**
 * For longer than the silence for which an engine is replaced. Direct copies take most questions, and events make it ask
 * them again.
 */
async function kernelForAMoment(t: Test): Promise<void> {
  const option = unansweredOption(UNANSWERED_MS);
  const { stand, daemon, enginePid, arrived } = await startWith(t, option, { emit: 'direct' });
  const load = new Load(stand, 8, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  process.kill(enginePid, 'SIGUSR2');
  await daemon.until('a question waits', () => hasWaited(daemon.log()));
  stand.host.ip('neigh', 'replace', '10.9.0.77', 'lladdr', '02:00:00:00:00:77', 'dev', 'mir0');
  stand.host.ip('route', 'add', '198.51.100.0/24', 'via', '10.9.0.77');
  const end = performance.now() + UNANSWERED_MS;
  const [arrivedBefore, ages] = [arrived(), [] as number[]];
  while (performance.now() < end) {
    const [engine] = (await daemon.status()).engines;
    ages.push(engine!.beatAgeMs, engine!.countersAgeMs!);
    await sleep(POLL_MS);
  }
  t.ok(Math.max(...ages) < 1500, `it beats and counts: at most ${Math.round(Math.max(...ages))} ms ago`);
  t.ok(arrived() - arrivedBefore > (LOAD_RATE * UNANSWERED_MS) / 2000, 'and mirrors');
  const { sent } = await load.end();
  const after = await daemon.until('every frame read', (now) => readSum(now) + ringDroppedSum(now) >= sent);
  t.match(after.engines, [{ pid: enginePid, restarts: 0 }], 'it is not taken for hanging');
  const threads = questionsIn(daemon.log()).map((question) => question.split(' ')[0]);
  t.same([...new Set(threads)], ['target-thread.js'], 'one thread asks the kernel, and no other');
  checkSums(t, after, 'after it');
  t.equal(await daemon.stop(), 0, 'exit code');
}

// They wait most of the time.
t.jobs = 2;
const skip = skipUnless('nft') || skipIo('ring');
t.test('P3: the loop of the engine stands still for long', { skip }, engineForLong);
t.test('P3: the loop of the engine stands still for a moment', { skip }, engineForAMoment);
t.test('P3: the kernel does not answer a question of the engine', { skip }, kernelForAMoment);
t.test('P3: the loop of the daemon stands still', { skip }, daemonForAMoment);
