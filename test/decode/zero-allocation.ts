/** Decode runs once per frame at any rate: a byte of garbage each would be megabytes a second. */
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { fewestBytesLeft } from '../fixtures/memory/allocation.js';

const FRAMES = 1000;
const ROUNDS = 4000;
/** A single heap number in a thousand frames would be 16. */
const MAXIMUM_BYTES_PER_THOUSAND_FRAMES = 8;

t.test('decode allocates nothing', async (t) => {
  const seeded = { numRuns: FRAMES / 2, seed: 1 };
  const frames = [...fc.sample(arbitraryFrame, seeded), ...fc.sample(arbitraryMutatedFrame, seeded)];
  const offsets = frames.map((_, index) =>
    frames.slice(0, index).reduce((sum, { length }) => sum + length, 0),
  );
  const bytes = Uint8Array.from(frames.flatMap((frame) => Array.from(frame)));
  const lengths = frames.map(({ length }) => length);
  const decoded = new Decoded();
  let sum = 0;
  const thousands = (FRAMES * ROUNDS) / 1000;
  const least = fewestBytesLeft(MAXIMUM_BYTES_PER_THOUSAND_FRAMES * thousands, () => {
    sum = (sum + decodeAll(bytes, offsets, lengths, decoded)) | 0;
  });
  t.ok(
    least < MAXIMUM_BYTES_PER_THOUSAND_FRAMES * thousands,
    `${least / thousands} bytes in a thousand frames`,
  );
  t.type(sum, 'number');
});

function decodeAll(
  bytes: Uint8Array,
  offsets: readonly number[],
  lengths: readonly number[],
  decoded: Decoded,
): number {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < offsets.length; index++) {
      decode(bytes, offsets[index]!, lengths[index]!, decoded);
      sum = (sum + decoded.kind + decoded.source0) | 0;
    }
  }
  return sum;
}
