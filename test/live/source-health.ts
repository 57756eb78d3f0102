/** A source that is mirrored in part: health says so, with its name, as long as it lasts; so does the log, once. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { askMetrics, METRICS_LISTEN } from '../fixtures/live/daemon/metrics-page.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

const RATE = 500;
/** Longer than the test; it is ended before. */
const LOAD_SECONDS = 120;
/** The copies of the load's frames have 114 bytes. */
const LOW_MTU = 90;
/** How long the engine is kept from its work, and how long it then works. A daemon ends one that is still for 2.5 s. */
const STOPPED_MS = 1300;
const WORKING_MS = 200;
/** Beats come four times a second. */
const MOVED_MS = 500;
/** Fills a ring of 1 MiB, which holds some 5,000 frames, while the engine is stopped. */
const OVERFLOWING_RATE = 10_000;

async function cutCopies(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] }));
  stand.host.ip('link', 'set', 'mir0', 'mtu', String(LOW_MTU));
  const load = new Load(stand, LOAD_SECONDS, RATE);
  const during = await daemon.until('degraded', ({ sources }) => sources[0]?.troubles.length === 1);
  t.equal(during.health.state, 'degraded');
  t.match(during.health.reasons.join(), /source eni-source: \d+\.\d % of its copies were cut/);
  t.strictSame(during.sources[0]?.troubles, ['cuts']);
  stand.host.ip('link', 'set', 'mir0', 'mtu', '1500');
  const after = await daemon.until('whole again', ({ sources }) => sources[0]?.troubles.length === 0);
  load.stop();
  t.notMatch(after.health.reasons.join(), /eni-source/);
  const told = daemon.log().match(/"(source degraded|source no longer degraded)"/g);
  t.strictSame(told, ['"source degraded"', '"source no longer degraded"'], 'one line each');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** The engine works for a moment every second and a half: frames wait longer than a second, and the ring overflows. */
async function fallBehind(t: Test): Promise<void> {
  const stand = buildStand(t);
  const engine = { ...ENGINES.ring, ringMegabytes: 1 };
  const sections = { ...mirrorEverything('veth0', 5), engine, metrics: { listen: METRICS_LISTEN } };
  const daemon = await stand.start(stand.configure(sections));
  const pid = (await daemon.status()).engines[0]!.pid!;
  const load = new Load(stand, LOAD_SECONDS, OVERFLOWING_RATE);
  const slow = new AbortController();
  const slowness = slowDown(daemon, pid, slow.signal);
  t.teardown(() => slow.abort());
  const during = await daemon.until('degraded', ({ health, sources }) => {
    const troubles = sources[0]?.troubles ?? [];
    return health.state === 'degraded' && troubles.includes('behind') && troubles.includes('ring-drops');
  });
  const reasons = during.health.reasons.join('; ');
  t.match(reasons, /source eni-source: \d+\.\d % of its frames found no room in the ring/);
  t.match(reasons, /source eni-source: \d\.\d s behind/);
  const healthz = askMetrics(stand, '/healthz');
  t.equal(healthz.code, 200, 'degraded is no reason to restart it');
  t.match(healthz.body, /"state":"degraded".*source eni-source: .* found no room/);
  slow.abort();
  await slowness;
  load.stop();
  const after = await daemon.until('well again', ({ sources }) => sources[0]?.troubles.length === 0);
  t.strictSame(after.health, { state: 'ok', reasons: [], notes: [] });
  const told = daemon.log().match(/"trouble":"[a-z-]+"/g) ?? [];
  t.strictSame(
    told.toSorted(),
    [...Array(2).fill('"trouble":"behind"'), ...Array(2).fill('"trouble":"ring-drops"')],
    'each has a line when it begins and one when it ends',
  );
  t.equal((await daemon.status()).engines[0]!.restarts, 0, 'the same engine all the while');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** Stops the engine again and again, each time after it has moved: the daemon would replace one that hangs. */
async function slowDown(daemon: Daemon, pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    process.kill(pid, 'SIGSTOP');
    await sleep(STOPPED_MS);
    process.kill(pid, 'SIGCONT');
    await daemon.until('it moves', ({ engines }) => engines[0]!.beatAgeMs < MOVED_MS);
    await sleep(WORKING_MS);
  }
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS) t.test(io, { skip: skipUnless() || skipIo(io) }, (t) => cutCopies(t, io));
t.test('an engine that falls behind', { skip: skipUnless('curl') || skipIo('ring') }, fallBehind);
