/** The bound on all rings together: they shrink before one is refused, and it is never passed. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { halved, RingMemory } from '../../../src/io/ring/ring-memory.js';

t.test('halved until it fits', async (t) => {
  const memory = new RingMemory(8);
  t.equal(memory.take(6), 6);
  t.equal(memory.take(6), 1, '6, 3, 1');
  t.equal(memory.take(1), 1);
  t.throws(() => memory.take(32), {
    code: 'no-ring-memory',
    message: /rings have 8 of 8 MiB; raise engine.ringMemoryMegabytes/,
  });
  memory.giveBack(6);
  t.equal(memory.take(32), 4, 'what was given back can be had');
});

t.test('a share for each of so many', async (t) => {
  const rows = [
    { limit: 8, rings: 5, wanted: 32, want: 1 },
    { limit: 8, rings: 1, wanted: 32, want: 8 },
    { limit: 64, rings: 2, wanted: 32, want: 32 },
    { limit: 63, rings: 2, wanted: 32, want: 16 },
    { limit: 8, rings: 100, wanted: 32, want: 1 },
    { limit: Number.POSITIVE_INFINITY, rings: 1000, wanted: 1024, want: 1024 },
  ];
  for (const { limit, rings, wanted, want } of rows) {
    t.equal(new RingMemory(limit).shareOf(rings, wanted), want, `${rings} rings in ${limit} MiB`);
  }
});

t.test('whatever is taken and given back, the bound holds, and as much as fits is given', async (t) => {
  const steps = fc.array(fc.record({ wanted: fc.integer({ min: 1, max: 1024 }), gives: fc.boolean() }));
  const property = fc.property(fc.integer({ min: 1, max: 4096 }), steps, (limit, all) => {
    const memory = new RingMemory(limit);
    const taken: number[] = [];
    for (const { wanted, gives } of all) {
      const sum = taken.reduce((total, size) => total + size, 0);
      assert.ok(sum <= limit);
      if (gives) memory.giveBack(taken.pop() ?? 0);
      else if (sum === limit) assert.throws(() => memory.take(wanted));
      else {
        const size = memory.take(wanted);
        let fits = wanted;
        while (fits > limit - sum) fits = halved(fits);
        assert.equal(size, fits);
        taken.push(size);
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});
