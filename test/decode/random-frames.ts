/**
 * Random frames, sound and mutated: decode agrees with the reference, whatever lies around the frame and
 * whatever the object held before. `DECODE_CASES=10000000 npm test -- test/decode/random-frames.ts` for a longer run.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import {
  Decoded,
  KIND_ARP,
  KIND_IPV4,
  KIND_IPV6,
  KIND_OTHER,
  KIND_UNPARSABLE,
} from '../../src/decode/decoded.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { decodeGuarded, validFields } from '../fixtures/frames/decode-guarded.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { referenceDecode } from '../fixtures/frames/reference-decode.js';

const CASES = Number(process.env.DECODE_CASES ?? 40_000);

t.setTimeout(120_000 + CASES);

for (const [name, arbitrary] of [
  ['sound', arbitraryFrame],
  ['mutated', arbitraryMutatedFrame],
] as const) {
  t.test(`${name} frames agree with the reference`, async (t) => {
    const property = fc.property(arbitrary, (bytes) => {
      assert.deepEqual(validFields(decodeGuarded(bytes)), validFields(referenceDecode(bytes)));
    });
    fc.assert(property, { numRuns: CASES });
    t.pass(`${CASES} frames`);
  });

  t.test(`${name} frames leave nothing behind`, async (t) => {
    const reused = new Decoded();
    const property = fc.property(arbitrary, (bytes) => {
      decode(bytes, 0, bytes.length, reused);
      assert.deepEqual(validFields(reused), validFields(referenceDecode(bytes)));
    });
    fc.assert(property, { numRuns: CASES });
    t.pass(`${CASES} frames`);
  });
}

t.test('random frames are of every kind', async (t) => {
  const kinds = fc
    .sample(arbitraryMutatedFrame, { numRuns: 2000, seed: 1 })
    .map((bytes) => decodeGuarded(bytes).kind);
  for (const kind of [KIND_OTHER, KIND_ARP, KIND_UNPARSABLE, KIND_IPV4, KIND_IPV6]) {
    t.ok(kinds.filter((each) => each === kind).length > 20, `kind ${kind}`);
  }
});
