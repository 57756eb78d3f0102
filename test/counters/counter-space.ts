/** Pieces of the block of counters. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { CounterSpace } from '../../src/counters/counter-space.js';

t.test('what is given back is taken again, and joined', async (t) => {
  const space = new CounterSpace();
  t.same([space.take(10), space.take(5), space.take(7)], [0, 10, 15]);
  space.give(0, 10);
  t.equal(space.take(4), 0, 'the first that is large enough');
  t.equal(space.take(7), 22, 'not what is too small');
  space.give(10, 5);
  t.equal(space.take(11), 4, 'two pieces that touch are one');
  space.give(22, 7);
  space.give(15, 7);
  t.equal(space.length, 15, 'free pieces at the end are no part of it');
  space.give(0, 4);
  space.give(4, 11);
  t.equal(space.length, 0);
});

t.test('pieces never overlap, whatever is taken and given back', async (t) => {
  const steps = fc.array(fc.record({ length: fc.integer({ min: 1, max: 20 }), gives: fc.nat(9) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const space = new CounterSpace();
      const taken: { base: number; length: number }[] = [];
      for (const { length, gives } of all) {
        const given = taken[gives];
        if (given === undefined) taken.push({ base: space.take(length), length });
        else {
          space.give(given.base, given.length);
          taken.splice(gives, 1);
        }
        const sorted = taken.toSorted((a, b) => a.base - b.base);
        for (const [index, { base }] of sorted.entries()) {
          const before = sorted[index - 1];
          assert.ok(before === undefined || before.base + before.length <= base, JSON.stringify(sorted));
        }
        const last = sorted.at(-1);
        assert.equal(space.length >= (last === undefined ? 0 : last.base + last.length), true);
      }
      for (const { base, length } of taken) space.give(base, length);
      assert.equal(space.length, 0);
    }),
  );
  t.pass();
});
