/** A loop that is held up is told as late, and one that is not as punctual. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { watchLoopDelay } from '../../src/counters/loop-delay.js';

const WINDOW_MS = 400;
const HELD_MS = 150;

t.test('each window by itself', async (t) => {
  const told: number[] = [];
  watchLoopDelay((delayMs) => told.push(delayMs), WINDOW_MS);
  await sleep(WINDOW_MS / 4);
  const until = performance.now() + HELD_MS;
  while (performance.now() < until);
  while (told.length < 1) await sleep(10);
  t.ok(told[0]! > HELD_MS / 2, `held up for ${HELD_MS} ms: ${told[0]} ms late`);
  while (told.length < 3) await sleep(10);
  t.ok(Math.min(...told.slice(1)) < HELD_MS / 2, `then not: ${told.slice(1)} ms late`);
});
