/**
 * Mutated frames, and what the kernel might say of them, through decode, segmentation, checksums and encapsulation on
 * both I/O paths: `npm run fuzz -- --minutes 10`. Ends with 1 at the first thing that must not happen, and says how to
 * see it again: `--seed SEED --case CASE`.
 */
import { parseArgs } from 'node:util';
import { fuzzCase, soundFrames } from '../test/fixtures/fuzz/fuzz-case.js';
import { FuzzRig, type RigOptions } from '../test/fixtures/fuzz/fuzz-rig.js';
import { Random } from '../test/fixtures/plans/random.js';

const RIGS: readonly RigOptions[] = [
  { mtu: 65535 },
  { mtu: 9000 },
  { mtu: 1500, packetLength: 8500 },
  { mtu: 9000, packetLength: 128 },
  { mtu: 68, packetLength: 40 },
];
/** How many cases between two looks at the clock. */
const ROUND = 200;

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' }, case: { type: 'string' } },
});
const minutes = Number(options.minutes);
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(options.seed);
const only = options.case === undefined ? undefined : Number(options.case);
if (!(minutes > 0) || !Number.isInteger(seed) || (only !== undefined && !Number.isInteger(only))) {
  console.error('usage: fuzz [--minutes N] [--seed INTEGER] [--case INTEGER]');
  process.exit(2);
}

const sound = soundFrames(new Random(seed));
const rigs = RIGS.map((rig) => new FuzzRig(rig));
if (only !== undefined) run(only);
else runFor(minutes * 60_000);

function runFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  let cases = 0;
  while (performance.now() < end) {
    for (const stop = cases + ROUND; cases < stop; cases++) run(cases);
  }
  const sum = (name: 'segmented' | 'segments' | 'unsegmented'): number =>
    rigs.reduce((total, { counts }) => total + counts[name], 0);
  console.log(
    `${cases} cases with seed ${seed}: ${sum('segmented')} GSO frames as ${sum('segments')} segments, ` +
      `${sum('unsegmented')} as they were; nothing outside a frame was read or written, and the counters add up`,
  );
}

/** A case depends on the seed and its number alone. */
function run(number: number): void {
  const random = new Random(seed + Math.imul(number + 1, 0x9e3779b1));
  const rig = number % RIGS.length;
  const fuzz = fuzzCase(random, sound);
  try {
    rigs[rig]!.run(fuzz, random);
  } catch (error) {
    const { bytes, wireLength, offloads, tag } = fuzz;
    console.error(error);
    console.error(
      `frame ${bytes.toString('hex')}\nof ${wireLength} bytes, offloads ${offloads.toString('hex')}`,
    );
    console.error(`tag ${JSON.stringify(tag)}, ${JSON.stringify(RIGS[rig])}`);
    console.error(`again: npm run fuzz -- --seed ${seed} --case ${number}`);
    process.exit(1);
  }
}
