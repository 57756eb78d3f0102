/** Lines that say the same: the first at once, of the others the last, after ten seconds. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { LogLimit } from '../../src/daemon/log-limit.js';

function underTest(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const limit = new LogLimit();
  const lines: string[] = [];
  const log = (key: string, text: string): void =>
    limit.pass(key, (suppressed) => lines.push(`${text} +${suppressed}`));
  return { limit, lines, log, pass: (seconds: number) => mock.timers.tick(1000 * seconds) };
}

t.test('at most one line of a kind in ten seconds', async (t) => {
  const { lines, log, pass } = underTest(t);
  log('down', 'down 1');
  log('up', 'up 1');
  for (let flap = 2; flap <= 50; flap++) log('down', `down ${flap}`);
  t.strictSame(lines, ['down 1 +0', 'up 1 +0'], 'the first at once, kind by kind');
  pass(9.9);
  t.equal(lines.length, 2);
  pass(0.1);
  t.strictSame(lines.splice(0), ['down 1 +0', 'up 1 +0', 'down 50 +48'], 'the last, and how many there were');
  log('down', 'down 51');
  t.strictSame(lines, [], 'ten seconds count from the line before');
  pass(10);
  t.strictSame(lines.splice(0), ['down 51 +0']);
  pass(10);
  log('down', 'down 52');
  t.strictSame(lines, ['down 52 +0'], 'after a quiet time at once again');
});

t.test('at the end nothing is held back', async (t) => {
  const { limit, lines, log, pass } = underTest(t);
  log('down', 'down 1');
  log('down', 'down 2');
  log('down', 'down 3');
  limit.flush();
  t.strictSame(lines.splice(0), ['down 1 +0', 'down 3 +1']);
  pass(30);
  limit.flush();
  t.strictSame(lines, [], 'nor told twice');
});

t.test('a flood of kinds is forgotten', async (t) => {
  const { lines, log, pass } = underTest(t);
  for (let kind = 0; kind < 1000; kind++) log(`kind ${kind}`, 'line');
  t.equal(lines.length, 1000);
  pass(10);
  for (let kind = 0; kind < 1000; kind++) log(`kind ${kind}`, 'line');
  t.equal(lines.length, 2000);
});
