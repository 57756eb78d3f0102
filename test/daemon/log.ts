/** The log: JSON lines, limited by reason, with priorities where journald reads; and its limits. */
import { fstatSync } from 'node:fs';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import {
  goesToJournal,
  LogLimit,
  logApplied,
  openLog,
  RateLimit,
  withPriorities,
} from '../../src/daemon/log.js';

class Lines {
  readonly text: string[] = [];

  write(line: string): void {
    this.text.push(line);
  }

  /** Without the fields that change from run to run. */
  parsed(): object[] {
    return this.text.map((line) => {
      const { time, pid, hostname, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
  }
}

t.test('warnings are limited by reason, not by address', async (t) => {
  const lines = new Lines();
  const { log, limit } = openLog('info', lines);
  for (let index = 1; index <= 5; index++)
    log.warn({ address: `10.9.0.${index}`, reason: 'no route' }, 'lost');
  log.warn({ address: '10.9.0.9', reason: 'permission' }, 'lost');
  limit.flush();
  t.strictSame(lines.parsed(), [
    { level: 40, address: '10.9.0.1', reason: 'no route', msg: 'lost' },
    { level: 40, address: '10.9.0.9', reason: 'permission', msg: 'lost' },
    { level: 40, address: '10.9.0.5', reason: 'no route', suppressed: 3, msg: 'lost' },
  ]);
});

t.test('other lines are limited only when they are the same', async (t) => {
  const lines = new Lines();
  const { log, limit } = openLog('info', lines);
  for (const direction of ['ingress', 'egress', 'ingress', 'ingress']) log.info({ direction }, 'capturing');
  for (let time = 0; time < 3; time++) log.info('stopping');
  log.debug('below the level');
  limit.flush();
  t.strictSame(lines.parsed(), [
    { level: 30, direction: 'ingress', msg: 'capturing' },
    { level: 30, direction: 'egress', msg: 'capturing' },
    { level: 30, msg: 'stopping' },
    { level: 30, direction: 'ingress', suppressed: 1, msg: 'capturing' },
    { level: 30, suppressed: 1, msg: 'stopping' },
  ]);
});

t.test('priorities for journald', async (t) => {
  const lines = new Lines();
  const { log } = openLog('trace', withPriorities(lines));
  const rows = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 } as const;
  for (const level of Object.keys(rows) as (keyof typeof rows)[]) log[level]({ reason: level }, 'line');
  t.strictSame(
    lines.text.map((line) => line.slice(0, 4)),
    Object.values(rows).map((priority) => `<${priority}>{`),
  );
});

t.test('which stream goes to the journal', async (t) => {
  const { dev, ino } = fstatSync(0);
  t.equal(goesToJournal(`${dev}:${ino}`, { dev, ino }), true);
  t.equal(goesToJournal(`${dev}:${ino + 1}`, { dev, ino }), false, 'redirected since');
  t.equal(goesToJournal(undefined, { dev, ino }), false);
});

function openLimit(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const limit = new LogLimit();
  const lines: string[] = [];
  const log = (key: string, text: string): void =>
    limit.pass(key, (suppressed) => lines.push(`${text} +${suppressed}`));
  return { limit, lines, log, pass: (seconds: number) => mock.timers.tick(1000 * seconds) };
}

t.test('limit: at most one line of a kind in ten seconds', async (t) => {
  const { lines, log, pass } = openLimit(t);
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

t.test('limit: at the end nothing is held back', async (t) => {
  const { limit, lines, log, pass } = openLimit(t);
  log('down', 'down 1');
  log('down', 'down 2');
  log('down', 'down 3');
  limit.flush();
  t.strictSame(lines.splice(0), ['down 1 +0', 'down 3 +1']);
  pass(30);
  limit.flush();
  t.strictSame(lines, [], 'and no line is written twice');
});

t.test('limit: kinds are forgotten after ten seconds', async (t) => {
  const { lines, log, pass } = openLimit(t);
  for (let kind = 0; kind < 1000; kind++) log(`kind ${kind}`, 'line');
  t.equal(lines.length, 1000);
  pass(10);
  for (let kind = 0; kind < 1000; kind++) log(`kind ${kind}`, 'line');
  t.equal(lines.length, 2000);
});

t.test('rate limit: each text by itself', async (t) => {
  const limit = new RateLimit(1000);
  const rows = [
    { text: 'a', nowMs: 0, want: true },
    { text: 'a', nowMs: 999, want: false },
    { text: 'b', nowMs: 999, want: true },
    { text: 'a', nowMs: 1000, want: true },
    { text: 'b', nowMs: 1998, want: false },
    { text: 'a', nowMs: 1999, want: false },
    { text: 'b', nowMs: 1999, want: true },
  ];
  for (const { text, nowMs, want } of rows) t.equal(limit.allows(text, nowMs), want, `${text} at ${nowMs}`);
});

t.test('plans for matches of selectors have no line at the level info, others have one each', async (t) => {
  const lines: [level: string, sources: number][] = [];
  const write =
    (level: string) =>
    ({ sources }: { sources: number }): void =>
      void lines.push([level, sources]);
  const log = { info: write('info'), debug: write('debug') } as unknown as Parameters<typeof logApplied>[0];
  logApplied(log, { generation: 2, sources: 3 }, 'matches');
  logApplied(log, { generation: 3, sources: 4 }, 'resources');
  t.strictSame(lines, [
    ['debug', 3],
    ['info', 4],
  ]);
});
