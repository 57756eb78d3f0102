/**
 * Every frame of real captures, also of malformed ones, past a live source: each one that the oracle wants
 * arrives whole and unchanged, and the counters account for the others.
 */
import t, { type Test } from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { skipWithoutCaptures } from '../fixtures/captures.js';
import { mirrorEverything } from '../fixtures/live/configurations.js';
import { liveCorpus } from '../fixtures/live/corpus.js';
import { checkArrivals, checkCounts } from '../fixtures/live/mirrored-frames.js';
import { passFrames } from '../fixtures/live/passage.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { buildStand, planOf } from '../fixtures/live/stand.js';

/** Room for super-frames, and for their outer headers. */
const LARGEST_MTU = 65535;

async function mirrorTheCorpus(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t, { sourceMtu: LARGEST_MTU, targetMtu: LARGEST_MTU });
  const configFile = stand.configure({ ...mirrorEverything('veth0', 4711), engine: ENGINES[io] });
  const [source] = (await planOf(configFile)).sources;
  const frames = liveCorpus();
  const sent = DIRECTIONS.flatMap((direction) => frames.map((frame) => ({ direction, ...frame })));
  const { arrived, status, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  t.equal(exitCode, 0, 'exit code');
  t.comment(`${frames.length} frames each way, ${arrived.length} copies`);
  checkArrivals(t, source!, sent, arrived);
  checkCounts(t, io, source!, sent, status);
}

for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump') || skipIo(io) || skipWithoutCaptures;
  t.test(io, { skip }, (t) => mirrorTheCorpus(t, io));
}
