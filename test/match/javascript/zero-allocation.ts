import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import type { Decoded } from '../../../src/decode/decoded.js';
import { compile } from '../../../src/match/compile.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';
import { decodedArbitrary } from '../../fixtures/plans/decoded-arbitrary.js';

const FRAMES = 1000;
const ROUNDS = 200;
const ATTEMPTS = 5;
/** A single heap number per frame would be 12 bytes or more. */
const MAX_BYTES_PER_FRAME = 0.1;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

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
  let sum = evaluateAll(evaluate, frames);
  // The least of a few: V8 itself allocates now and then while it optimises.
  let bytesPerFrame = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    sum = (sum + evaluateAll(evaluate, frames)) | 0;
    const bytes = process.memoryUsage().heapUsed - before;
    bytesPerFrame = Math.min(bytesPerFrame, Math.abs(bytes) / (FRAMES * ROUNDS));
  }
  t.ok(bytesPerFrame < MAX_BYTES_PER_FRAME, `${bytesPerFrame} bytes a frame`);
  t.type(sum, 'number');
});

function evaluateAll(evaluate: (decoded: Decoded) => number, frames: readonly Decoded[]): number {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < frames.length; index++) sum = (sum + evaluate(frames[index]!)) | 0;
  }
  return sum;
}
