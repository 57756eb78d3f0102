/** The timers of rings. */
import t from 'tap';
import { blockTimeoutMs } from '../../../src/io/ring/block-timeout.js';

const ROWS = [
  { name: 'one ring', rings: 1, blocks: 256, want: 1 },
  { name: 'few rings', rings: 4, blocks: 256, want: 1 },
  { name: 'more of them expire less often each', rings: 5, blocks: 256, want: 2 },
  { name: 'many', rings: 200, blocks: 64, want: 50 },
  { name: 'a change does not wait for longer', rings: 1000, blocks: 8, want: 100 },
  { name: 'a small ring must not run out of blocks', rings: 1, blocks: 8, want: 4 },
  { name: 'the smallest', rings: 1, blocks: 2, want: 16 },
] as const;

for (const { name, rings, blocks, want } of ROWS) {
  t.test(name, async (t) => {
    t.equal(blockTimeoutMs(rings, blocks), want);
  });
}

t.test('however many rings there are, their timers expire at most so often', async (t) => {
  for (let rings = 1; rings <= 400; rings++) {
    t.ok(rings / blockTimeoutMs(rings, 256) <= 4, `${rings} rings`);
  }
});
