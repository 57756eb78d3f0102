/** The log: JSON lines, bounded by reason, with priorities where journald reads. */
import { fstatSync } from 'node:fs';
import t from 'tap';
import { goesToJournal, openLog, withPriorities } from '../../src/daemon/log.js';

class Lines {
  readonly text: string[] = [];

  write(line: string): void {
    this.text.push(line);
  }

  /** Without what changes from run to run. */
  parsed(): object[] {
    return this.text.map((line) => {
      const { time, pid, hostname, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
  }
}

t.test('trouble is bounded by its reason, whatever it befalls', async (t) => {
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

t.test('other lines are bounded only when they are the same', async (t) => {
  const lines = new Lines();
  const { log, limit } = openLog('info', lines);
  for (const direction of ['ingress', 'egress', 'ingress', 'ingress']) log.info({ direction }, 'capturing');
  for (let time = 0; time < 3; time++) log.info('stopping');
  log.debug('not to be seen');
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
