import fc from 'fast-check';
import t from 'tap';
import type { Decoded } from '../../../src/decode/decoded.js';
import { compile } from '../../../src/match/compile.js';
import { fewestBytesLeft } from '../../fixtures/memory/allocation.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';
import { decodedArbitrary } from '../../fixtures/plans/decoded-arbitrary.js';

const FRAMES = 1000;
const ROUNDS = 200;
/** A single heap number per frame would be 12 bytes or more. */
const MAX_BYTES_PER_FRAME = 0.1;

t.test('evaluate allocates nothing', async (t) => {
  const plan = sourcePlan(
    [
      {
        rules: [
          { protocol: 6, toPorts: '80-90', reject: true },
          { protocol: 6, to: '128.0.0.0/1' },
        ],
      },
      {
        amazonDns: true,
        rules: [{ from: '2001:db8::/33' }, { protocol: 17, fromPorts: '1000-2000' }, { to: '::/0' }],
      },
    ],
    { unmirrored: ['arp', 'dhcp', 'instance-metadata', 'ntp'] },
  );
  const { evaluate } = compile(plan, 'ingress');
  const frames = fc.sample(decodedArbitrary, { numRuns: FRAMES, seed: 1 });
  let sum = 0;
  const count = FRAMES * ROUNDS;
  const least = fewestBytesLeft(MAX_BYTES_PER_FRAME * count, () => {
    sum = (sum + evaluateAll(evaluate, frames)) | 0;
  });
  t.ok(least < MAX_BYTES_PER_FRAME * count, `${least / count} bytes a frame`);
  t.type(sum, 'number');
});

function evaluateAll(evaluate: (decoded: Decoded) => number, frames: readonly Decoded[]): number {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < frames.length; index++) sum = (sum + evaluate(frames[index]!)) | 0;
  }
  return sum;
}
