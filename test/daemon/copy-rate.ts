/** An engine that sends what it was not asked for. */
import t from 'tap';
import { CopyRate } from '../../src/daemon/copy-rate.js';

const ORDERED = { copiesPerSecond: 20_000, bytesPerSecond: 32 << 20 };

t.test('what was ordered passes for a minute, with the memory of an engine at once in front', async (t) => {
  let now = 0;
  const rate = new CopyRate(() => now);
  rate.turn(ORDERED);
  for (let copy = 0; copy < (4 << 20) / 40; copy++) rate.copy(40);
  for (; now < 60_000; now += 100) {
    rate.turn(ORDERED);
    for (let copy = 0; copy < 2000; copy++) rate.copy(1600);
  }
  t.pass();
});

t.test('more does not', async (t) => {
  const many = (act: (rate: CopyRate) => void, ordered?: typeof ORDERED): (() => void) => {
    const rate = new CopyRate(() => 0);
    rate.turn(ordered);
    return () => {
      for (let time = 0; time < 400_000; time++) act(rate);
    };
  };
  t.throws(
    many((rate) => rate.copy(40), ORDERED),
    RangeError,
    'copies',
  );
  t.throws(
    many((rate) => rate.copy(100_000), ORDERED),
    RangeError,
    'bytes',
  );
  t.throws(
    many((rate) => rate.copy(40)),
    RangeError,
    'nobody peeks',
  );
  t.throws(
    many((rate) => rate.begin(), ORDERED),
    RangeError,
    'beginnings',
  );
  t.throws(
    many((rate) => rate.tellOrigin(), ORDERED),
    RangeError,
    'origins',
  );
});

t.test('a lower rate counts from the next window on', async (t) => {
  let now = 0;
  const rate = new CopyRate(() => now);
  rate.turn(ORDERED);
  rate.turn({ copiesPerSecond: 500, bytesPerSecond: 1 << 20 });
  for (let copy = 0; copy < 200_000; copy++) rate.copy(40);
  now = 5000;
  rate.turn({ copiesPerSecond: 500, bytesPerSecond: 1 << 20 });
  t.throws(() => {
    for (let copy = 0; copy < 200_000; copy++) rate.copy(40);
  }, RangeError);
});
