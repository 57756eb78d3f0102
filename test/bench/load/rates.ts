/** Rates are those of the load alone. */
import t from 'tap';
import { type RateSample, ratesOf } from '../../../bench/load/rates.js';

/** Nothing for 200 ms, then a load of a second at 1,000 frames/s, of which half is mirrored; then a ring drains. */
const SAMPLES: readonly RateSample[] = [
  { ms: 0, forwarded: 0, mirrored: 0 },
  { ms: 100, forwarded: 0, mirrored: 0 },
  ...Array.from({ length: 10 }, (_, index) => ({
    ms: 200 + index * 100,
    forwarded: (index + 1) * 100,
    mirrored: (index + 1) * 50,
  })),
  { ms: 1200, forwarded: 1000, mirrored: 900 },
  { ms: 1300, forwarded: 1000, mirrored: 1000 },
].map((sample) => ({ ...sample, cpuSeconds: sample.mirrored / 1000, busySeconds: sample.ms / 1000 }));

t.test('what comes before the load, and what drains after it, does not count', async (t) => {
  const { forwardedPps, mirroredPps, mirrorProcessors, busyProcessors } = ratesOf(SAMPLES);
  t.equal(forwardedPps.toFixed(6), '1000.000000');
  t.equal(mirroredPps.toFixed(6), '500.000000');
  t.equal(mirrorProcessors.toFixed(6), '0.500000');
  t.equal(busyProcessors.toFixed(6), '1.000000');
});

t.test('a frame long before the load is not of it', async (t) => {
  const stray = SAMPLES.map(({ forwarded, ms, ...rest }) => ({
    ...rest,
    ms: ms + 5000,
    forwarded: forwarded + 1,
  }));
  const [first] = SAMPLES as [RateSample];
  const { forwardedPps } = ratesOf([first, { ...first, ms: 100, forwarded: 1 }, ...stray]);
  t.equal(forwardedPps.toFixed(6), '1000.000000');
});

t.test('a slow begin does not count', async (t) => {
  const slow = SAMPLES.map((sample) => (sample.ms > 200 ? sample : { ...sample, mirrored: 0 }));
  t.ok(Math.abs(ratesOf(slow).mirroredPps - 500) < 1e-6);
});

t.test('a load that stands still for a while has the rate of all of its time', async (t) => {
  const late = (sample: RateSample): RateSample =>
    sample.ms > 700 ? { ...sample, ms: sample.ms + 500 } : sample;
  const [before, after] = [SAMPLES.slice(0, 8), SAMPLES.slice(8)];
  const still = { ...SAMPLES[7], ms: 1000 } as RateSample;
  const { forwardedPps } = ratesOf([...before, still, ...after.map(late)]);
  t.equal(forwardedPps.toFixed(6), '500.000000', '500 frames in the second from 500 to 1500 ms');
});

t.test('too few samples are no rate', async (t) => {
  t.throws(() => ratesOf([]), /0 of 0 samples are of the load/);
  t.throws(() => ratesOf(SAMPLES.slice(0, 4)), /of 4 samples are of the load/);
});
