/** A reload changes a rate while frames flow: nothing is lost, and what is skipped is skipped for the rate alone. */
import t, { type Test } from 'tap';
import type { Status } from '../../src/status/status.js';
import { checkSums, ringDroppedSum, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../fixtures/live/traffic/load.js';

const LOAD_SECONDS = 8;
const LOAD_RATE = 4000;
/** Of an outer IP packet: a frame of 64 bytes behind IPv4, UDP and VXLAN headers. */
const COPY_BITS = (64 + 36) * 8;
/** A quarter of the load, and more than twice of it. */
const NARROW = (LOAD_RATE / 4) * COPY_BITS;
const WIDE = LOAD_RATE * 2.5 * COPY_BITS;
/** As many as the load sends in a quarter of a second: enough to see what a rate does. */
const SOME = LOAD_RATE / 4;

function skippedByRate({ lanes }: Status): number {
  return lanes
    .flatMap(({ sessions }) => sessions)
    .reduce((sum, { skipped }) => sum + (skipped.rate?.packets ?? 0), 0);
}

async function changeRate(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const limited = (maximumBitsPerSecond?: number): string =>
    stand.configure({
      ...mirrorEverything('veth0', 5),
      engine: { ...ENGINES[io], ...(maximumBitsPerSecond !== undefined && { maximumBitsPerSecond }) },
    });
  const daemon = await stand.start(limited(NARROW));
  const pid = (await daemon.status()).engines[0]?.pid;
  const before = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  const changeTo = async (rate?: number): Promise<Status> => {
    limited(rate);
    const status = await reload(daemon);
    t.equal(status.reload.lastResult, 'applied', status.reload.problems.join());
    return status;
  };
  await daemon.until('skipping for the rate', (status) => skippedByRate(status) > SOME);
  await changeTo();
  // A status may be a second old: the first that is later than the change may still count what was before it.
  const start = sums(await daemon.status()).matched + LOAD_RATE;
  const unlimited = await daemon.until('going on', (now) => sums(now).matched > start + SOME);
  const further = await daemon.until('going on', (now) => sums(now).matched > sums(unlimited).matched + SOME);
  t.equal(skippedByRate(further), skippedByRate(unlimited), 'without a limit nothing is skipped');
  const narrow = sums(await changeTo(NARROW));
  await daemon.until('skipping again', (status) => skippedByRate(status) > narrow.skipped + SOME);
  await changeTo(WIDE);
  const { sent } = await load.end();
  const status = await daemon.until('all counted', (now) => sums(now).matched >= sent);
  t.equal(sums(status).matched, sent, 'every frame is judged once');
  t.equal(ringDroppedSum(status), 0, 'no frame is lost');
  t.equal(skippedSum(status), skippedByRate(status), 'no copy is skipped for another reason');
  const copies = deviceCounter(stand.ids, 'ids0', 'rx_packets') - before;
  t.equal(copies, sums(status).mirrored, 'all others arrive');
  t.equal(status.engines[0]?.pid, pid, 'the engine went on');
  checkSums(t, status, 'after the reloads');
  t.equal(await daemon.stop(), 0, 'exit code');
}

function sums(status: Status): { matched: number; mirrored: number; skipped: number } {
  return {
    matched: sessionSum(status, 'matched'),
    mirrored: sessionSum(status, 'mirrored'),
    skipped: skippedByRate(status),
  };
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS) {
  t.test(io, { skip: skipUnless('nft') || skipIo(io) }, (t) => changeRate(t, io));
}
