/** Peaks that a reader once a second sees, and the delay of a loop that is held up. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { PeakGauge, watchLoopDelay } from '../../src/counters/gauges.js';

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

const WINDOW_MS = 400;
const HELD_MS = 150;

t.test('the delay of the loop, each window by itself', async (t) => {
  const delays: number[] = [];
  watchLoopDelay((delayMs) => delays.push(delayMs), WINDOW_MS);
  await sleep(WINDOW_MS / 4);
  const until = performance.now() + HELD_MS;
  while (performance.now() < until);
  while (delays.length < 1) await sleep(10);
  t.ok(delays[0]! > HELD_MS / 2, `held up for ${HELD_MS} ms: ${delays[0]} ms late`);
  while (delays.length < 3) await sleep(10);
  t.ok(Math.min(...delays.slice(1)) < HELD_MS / 2, `then not: ${delays.slice(1)} ms late`);
});
