/** What changes often is logged seldom, by a clock that the test turns. */
import t from 'tap';
import { ChangeLog } from '../../src/daemon/change-log.js';

interface Line {
  readonly atMs: number;
  readonly state: string;
  readonly changes: number;
}

/** A log whose time passes when the test says so. */
function open(): { log: ChangeLog<string>; lines: Line[]; pass: (ms: number) => void } {
  let nowMs = 0;
  let timer: { atMs: number; act: () => void } | undefined;
  const clock = {
    nowMs: () => nowMs,
    after: (ms: number, act: () => void) => {
      const mine = { atMs: nowMs + ms, act };
      timer = mine;
      return () => {
        if (timer === mine) timer = undefined;
      };
    },
  };
  const lines: Line[] = [];
  const log = new ChangeLog<string>((state, changes) => lines.push({ atMs: nowMs, state, changes }), clock);
  const pass = (ms: number): void => {
    const end = nowMs + ms;
    while (timer !== undefined && timer.atMs <= end) {
      const { atMs, act } = timer;
      timer = undefined;
      nowMs = atMs;
      act();
    }
    nowMs = end;
  };
  return { log, lines, pass };
}

t.test('what changes seldom is logged at once', async (t) => {
  const { log, lines, pass } = open();
  log.change('down', 'down');
  pass(500);
  log.change('up', 'up');
  pass(20_000);
  log.change('down', 'down');
  t.strictSame(lines, [
    { atMs: 0, state: 'down', changes: 1 },
    { atMs: 500, state: 'up', changes: 1 },
    { atMs: 20_500, state: 'down', changes: 1 },
  ]);
});

t.test('what changes often: each state once in ten seconds, and the last one in any case', async (t) => {
  const { log, lines, pass } = open();
  for (let time = 0; time < 100; time++) {
    log.change('down', 'down');
    pass(10);
    log.change('up', 'up');
    pass(10);
  }
  t.equal(lines.length, 2, 'the first of each');
  pass(60_000);
  t.strictSame(lines.at(-1), { atMs: 10_010, state: 'up', changes: 198 }, 'and what lasts');
  t.equal(lines.length, 3);
});

t.test('a state that went by is not logged late', async (t) => {
  const { log, lines, pass } = open();
  log.change('up', 'up');
  log.change('down', 'down');
  log.change('up', 'up again');
  log.change('gone', 'gone');
  pass(30_000);
  t.strictSame(
    lines.map(({ state, changes }) => [state, changes]),
    [
      ['up', 1],
      ['down', 1],
      ['gone', 2],
    ],
  );
});

t.test('nothing is logged after the end', async (t) => {
  const { log, lines, pass } = open();
  log.change('up', 'up');
  log.change('up', 'up');
  log.close();
  pass(30_000);
  t.equal(lines.length, 1);
});
