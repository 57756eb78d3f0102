/** How long a lane was blind, how often it was lost, and what is logged of it, by a clock that the test sets. */
import { pino } from 'pino';
import t from 'tap';
import { ChangeLog, LaneWatches } from '../../src/daemon/lane-watch.js';
import type { LaneCondition } from '../../src/io/lane-condition.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const CAPTURING: LaneCondition = { state: 'capturing', reason: '', carrier: true, mtu: 1500 };
const MISSING: LaneCondition = {
  state: 'waiting',
  reason: 'device veth0 does not exist',
  carrier: false,
  mtu: 0,
};

/** Watches with a clock that the test sets. */
function open(): { watches: LaneWatches; pass: (seconds: number) => void; lines: Record<string, unknown>[] } {
  let nowMs = 5000;
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  const watches = new LaneWatches(log, { nowMs: () => nowMs, after: () => () => {} });
  return { watches, pass: (seconds) => (nowMs += seconds * 1000), lines };
}

t.test('from the start to the end', async (t) => {
  const { watches, pass } = open();
  const lane = watches.of('eni-1', 'ingress');
  pass(2);
  t.match(
    lane.read(),
    { state: 'waiting', reason: 'starting', blindSeconds: 2, timesLost: 0 },
    'blind until it captures',
  );
  lane.update(CAPTURING);
  pass(10);
  t.match(lane.read(), {
    state: 'capturing',
    reason: '',
    carrier: true,
    mtu: 1500,
    blindSeconds: 2,
    timesLost: 0,
  });
  const { since } = lane.read();
  lane.update({ ...CAPTURING, carrier: false });
  t.match(lane.read(), { carrier: false, since, timesLost: 0 }, 'no carrier is no loss');
  lane.update(MISSING);
  pass(3);
  lane.update({ ...MISSING, reason: 'device veth0 is down' });
  pass(1);
  t.match(
    lane.read(),
    { reason: 'device veth0 is down', blindSeconds: 6, timesLost: 1 },
    'one loss, two reasons',
  );
  lane.update(CAPTURING);
  pass(5);
  lane.lose('engine ended');
  pass(0.5);
  t.match(lane.read(), {
    state: 'waiting',
    reason: 'engine ended',
    carrier: false,
    blindSeconds: 6.5,
    timesLost: 2,
  });
  lane.lose('engine ended');
  pass(0.5);
  t.match(
    lane.read(),
    { blindSeconds: 7, timesLost: 2 },
    'an engine that ends before it captures loses nothing',
  );
  lane.update(CAPTURING);
  t.match(watches.of('eni-1', 'ingress').read(), { blindSeconds: 7, timesLost: 2 });
  t.match(watches.of('eni-1', 'egress').read(), { blindSeconds: 0, timesLost: 0 }, 'another lane');
});

t.test('a loss without duration is counted', async (t) => {
  const { watches } = open();
  const lane = watches.of('eni-1', 'ingress');
  lane.update(CAPTURING);
  lane.update({ ...CAPTURING, state: 'waiting', reason: 'device veth0 was replaced' });
  lane.update(CAPTURING);
  t.match(lane.read(), { blindSeconds: 0, timesLost: 1 });
});

t.test('workers that share a lane: it captures while all of them do', async (t) => {
  const { watches, pass } = open();
  watches.setWorkers(2);
  const lane = watches.of('eni-1', 'ingress');
  lane.update(CAPTURING, 1);
  t.match(lane.read(), { state: 'waiting', reason: 'worker 1: starting' });
  lane.update(CAPTURING, 0);
  t.match(lane.read(), { state: 'capturing', reason: '', timesLost: 0 });
  pass(5);
  lane.lose('engine ended', 1);
  pass(1);
  t.match(lane.read(), { state: 'waiting', reason: 'worker 2: engine ended', timesLost: 1, blindSeconds: 1 });
  lane.update(CAPTURING, 0);
  t.match(
    lane.read(),
    { state: 'waiting', reason: 'worker 2: engine ended' },
    'the other does not make up for it',
  );
  lane.update(MISSING, 0);
  lane.update(CAPTURING, 1);
  t.match(lane.read(), { state: 'waiting', reason: `worker 1: ${MISSING.reason}`, timesLost: 1 });
  lane.update(CAPTURING, 0);
  pass(3);
  t.match(lane.read(), { state: 'capturing', timesLost: 1, blindSeconds: 1 });
});

t.test('logged lines', async (t) => {
  const { watches, lines } = open();
  const lane = watches.of('eni-1', 'ingress');
  lane.update(MISSING);
  lane.update(MISSING);
  lane.update(CAPTURING);
  lane.update({ ...CAPTURING, mtu: 9000 });
  lane.update({ ...CAPTURING, carrier: false });
  const sourceId = 'eni-1';
  t.strictSame(lines, [
    { level: 40, sourceId, direction: 'ingress', reason: MISSING.reason, msg: 'source not available' },
    { level: 30, sourceId, direction: 'ingress', carrier: true, msg: 'capturing' },
    { level: 30, sourceId, direction: 'ingress', carrier: false, msg: 'capturing' },
  ]);
});

t.test('lanes that the plan does not have are forgotten', async (t) => {
  const { watches, pass } = open();
  watches.of('eni-1', 'ingress').update(CAPTURING);
  watches.of('eni-1', 'egress').update(CAPTURING);
  pass(1);
  watches.keepOnly([{ source: sourcePlan([]), direction: 'egress' }]);
  t.match(watches.of('eni-1', 'egress').read(), { state: 'capturing' });
  t.match(watches.of('eni-1', 'ingress').read(), { state: 'waiting', reason: 'starting', blindSeconds: 0 });
});

interface Line {
  readonly atMs: number;
  readonly state: string;
  readonly changes: number;
}

/** A change log with a clock that the test sets. */
function openChangeLog(): { log: ChangeLog<string>; lines: Line[]; pass: (ms: number) => void } {
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

t.test('change log: rare changes are logged at once', async (t) => {
  const { log, lines, pass } = openChangeLog();
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

t.test(
  'change log: of frequent changes, each state once in ten seconds, and the last one in any case',
  async (t) => {
    const { log, lines, pass } = openChangeLog();
    for (let time = 0; time < 100; time++) {
      log.change('down', 'down');
      pass(10);
      log.change('up', 'up');
      pass(10);
    }
    t.equal(lines.length, 2, 'the first of each');
    pass(60_000);
    t.strictSame(lines.at(-1), { atMs: 10_010, state: 'up', changes: 198 }, 'and the last one');
    t.equal(lines.length, 3);
  },
);

t.test('change log: a state that has passed is not logged late', async (t) => {
  const { log, lines, pass } = openChangeLog();
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

t.test('change log: nothing is logged after close', async (t) => {
  const { log, lines, pass } = openChangeLog();
  log.change('up', 'up');
  log.change('up', 'up');
  log.close();
  pass(30_000);
  t.equal(lines.length, 1);
});
