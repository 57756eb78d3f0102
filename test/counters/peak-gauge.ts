/** A peak is seen by whoever looks once a second, and then forgotten. */
import t from 'tap';
import { PeakGauge } from '../../src/counters/peak-gauge.js';

t.test('peaks of this window and the one before', async (t) => {
  const rows: readonly (readonly [nowMs: number, value: number, want: number])[] = [
    [5000, 0.1, 0.1],
    [5500, 0.7, 0.7],
    [5600, 0.2, 0.7],
    [6000, 0.1, 0.7],
    [6999, 0.3, 0.7],
    [7000, 0.1, 0.3],
    [8000, 0, 0.1],
    [10_000, 0.05, 0.05],
  ];
  const gauge = new PeakGauge();
  for (const [nowMs, value, want] of rows) t.equal(gauge.observe(value, nowMs), want, `${nowMs} ms`);
});
