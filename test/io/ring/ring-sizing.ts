/** When a ring of `auto` becomes larger and smaller. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { RingSizing, ringSizesOf } from '../../../src/io/ring/ring-sizing.js';

const MINUTE = 60_000;

t.test('a number stays', async (t) => {
  const sizing = new RingSizing(7);
  sizing.observe(1, 1000);
  t.same(
    [sizing.isAuto, sizing.wanted, sizing.next(7, 1000), sizing.next(7, 60 * MINUTE)],
    [false, 7, undefined, undefined],
  );
});

t.test('grows at once when it drops or is half full, step by step', async (t) => {
  const sizing = new RingSizing('auto');
  t.equal(sizing.wanted, 4);
  sizing.observe(0.49, 0);
  t.equal(sizing.next(4, 1000), undefined);
  sizing.observe(0.5, 0);
  t.equal(sizing.next(4, 1001), 16);
  sizing.observe(0, 1);
  t.equal(sizing.next(16, 1400), undefined, 'what the small ring had left is not held against it');
  sizing.observe(0, 1);
  t.equal(sizing.next(16, 1600), 64);
  sizing.observe(1, 100);
  t.equal(sizing.next(64, 5000), undefined, 'not beyond 64 MiB');
  t.equal(sizing.wanted, 64);
});

t.test('shrinks after minutes of calm', async (t) => {
  const sizing = new RingSizing('auto');
  sizing.observe(1, 0);
  t.equal(sizing.next(4, 0), 16);
  sizing.observe(0.01, 0);
  t.equal(sizing.next(16, 4 * MINUTE), undefined);
  t.equal(sizing.next(16, 5 * MINUTE), 4);
  t.equal(sizing.next(4, 11 * MINUTE), undefined, 'not below 4 MiB');
  sizing.observe(1, 0);
  t.equal(sizing.next(4, 12 * MINUTE), 16);
  sizing.observe(1 / 16, 0);
  t.equal(sizing.next(16, 18 * MINUTE), undefined, 'not when it was used');
});

t.test('a size that cannot be had is not asked for all the time', async (t) => {
  const sizing = new RingSizing('auto');
  sizing.observe(1, 0);
  t.equal(sizing.next(4, 0), 16);
  sizing.refused(0);
  sizing.observe(1, 0);
  t.equal(sizing.next(4, 9_000), undefined);
  t.equal(sizing.next(4, 10_000), 16);
});

t.test('whatever the load, a ring changes its size at most three times in five minutes', async (t) => {
  const steps = fc.array(fc.record({ fill: fc.double({ min: 0, max: 1, noNaN: true }), ms: fc.nat(20_000) }));
  const property = fc.property(steps, (all) => {
    const sizing = new RingSizing('auto');
    let megabytes = 4;
    let now = 0;
    const changes: number[] = [];
    for (const { fill, ms } of all) {
      now += ms;
      sizing.observe(fill, 0);
      const next = sizing.next(megabytes, now);
      if (next === undefined) continue;
      assert.ok(next >= 4 && next <= 64 && next !== megabytes);
      megabytes = next;
      changes.push(now);
    }
    for (const at of changes) {
      assert.ok(changes.filter((other) => other >= at && other < at + 5 * MINUTE).length <= 3);
    }
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('workers have equal parts of the memory, and rings of the same size', async (t) => {
  const rows = [
    {
      ringMegabytes: 'auto',
      ringMemoryMegabytes: 'auto',
      workers: 1,
      want: { ring: 'auto', memory: Infinity },
    },
    { ringMegabytes: 8, ringMemoryMegabytes: 100, workers: 1, want: { ring: 8, memory: 100 } },
    { ringMegabytes: 'auto', ringMemoryMegabytes: 100, workers: 3, want: { ring: 'auto', memory: 33 } },
  ] as const;
  for (const { want, ...options } of rows) t.strictSame(ringSizesOf(options), want, JSON.stringify(options));
});
