/**
 * Every frame of real captures, also of malformed ones, past a live source: each one that the oracle wants
 * arrives whole and unchanged, and the counters account for the others. On a way that is too narrow for some of them,
 * these are cut to fit, or arrive in fragments.
 */
import t, { type Test } from 'tap';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { skipWithoutCaptures } from '../fixtures/captures.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { liveCorpus } from '../fixtures/live/oracle/corpus.js';
import { checkArrivals, checkCounts } from '../fixtures/live/oracle/mirrored-frames.js';
import { reassemble } from '../fixtures/live/oracle/reassemble.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

/** Room for GSO frames, and for their outer headers. */
const LARGEST_MTU = 65535;
const USUAL_MTU = 1500;
/** Bytes of a copy beside the frame, over IPv4. */
const OVERHEAD = 36;
const WHOLE = 'whole';

interface Mode {
  readonly name: string;
  readonly targetMtu: number;
  readonly oversize: 'truncate' | 'fragment';
}

const MODES: readonly Mode[] = [
  { name: WHOLE, targetMtu: LARGEST_MTU, oversize: 'truncate' },
  { name: 'cut to fit', targetMtu: USUAL_MTU, oversize: 'truncate' },
  { name: 'in fragments', targetMtu: USUAL_MTU, oversize: 'fragment' },
];

async function mirrorTheCorpus(t: Test, io: IoPath, { name, targetMtu, oversize }: Mode): Promise<void> {
  const stand = buildStand(t, { sourceMtu: LARGEST_MTU, targetMtu });
  const engine = { ...ENGINES[io], oversize };
  const configFile = stand.configure({ ...mirrorEverything('veth0', 4711), engine });
  const [source] = (await planOf(configFile)).sources;
  const frames = liveCorpus();
  const sent = DIRECTIONS.flatMap((direction) => frames.map((frame) => ({ direction, ...frame })));
  const { arrived, status, exitCode } = await passFrames(stand, io, configFile, source!, sent);
  t.equal(exitCode, 0, 'exit code');
  t.comment(`${frames.length} frames each way, ${arrived.length} copies`);
  const mayFragment = oversize === 'fragment';
  const room = mayFragment ? Infinity : targetMtu - OVERHEAD;
  checkArrivals(t, source!, sent, mayFragment ? reassemble(arrived) : arrived, { room, mayFragment });
  const tooLong = frames.filter(({ bytes }) => bytes.length > targetMtu - OVERHEAD).length;
  t.ok(name === WHOLE || tooLong > 0, `${tooLong} frames do not fit the way`);
  checkCounts(t, io, source!, sent, status);
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS) {
  const skip = skipUnless('tcpdump') || skipIo(io) || skipWithoutCaptures;
  for (const mode of MODES) t.test(`${io}, ${mode.name}`, { skip }, (t) => mirrorTheCorpus(t, io, mode));
}
