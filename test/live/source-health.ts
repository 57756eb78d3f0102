/** A source that is mirrored in part: health says so, with its name, as long as it lasts; so does the log, once. */
import t, { type Test } from 'tap';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

const RATE = 500;
/** Longer than the test; it is ended before. */
const LOAD_SECONDS = 120;
/** The copies of the load's frames have 114 bytes. */
const LOW_MTU = 90;

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

for (const io of IO_PATHS) t.test(io, { skip: skipUnless() || skipIo(io) }, (t) => cutCopies(t, io));
