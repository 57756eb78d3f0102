/** Lines that are held back while the daemon starts: until the release, the time limit, or the end of the process. */
import { mock } from 'node:test';
import t from 'tap';
import { HeldLines } from '../../src/daemon/held-lines.js';

function held(): { lines: HeldLines; written: string[] } {
  const written: string[] = [];
  return { lines: new HeldLines({ write: (line) => written.push(line) }), written };
}

t.test('in their order, and once', async (t) => {
  const { lines, written } = held();
  lines.write('a');
  lines.write('b');
  t.strictSame(written, []);
  lines.release();
  lines.write('c');
  lines.release();
  t.strictSame(written, ['a', 'b', 'c']);
});

t.test('no longer than three seconds', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { lines, written } = held();
  lines.write('a');
  mock.timers.tick(2999);
  t.strictSame(written, []);
  mock.timers.tick(1);
  t.strictSame(written, ['a']);
});

t.test('no more than a bound', async (t) => {
  const { lines, written } = held();
  const line = 'x'.repeat(1 << 16);
  for (let count = 0; count < 5; count++) lines.write(line);
  t.equal(written.length, 5);
});

t.test('not beyond the end of the process', async (t) => {
  const before = process.listeners('exit');
  const { lines, written } = held();
  lines.write('a');
  const [added] = process.listeners('exit').filter((listener) => !before.includes(listener));
  added?.(0);
  t.strictSame(written, ['a']);
  t.strictSame(process.listeners('exit'), before, 'and nothing is left behind');
});
