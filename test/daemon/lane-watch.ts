/** How long a lane was blind, and how often it was lost. */
import { pino } from 'pino';
import t from 'tap';
import { LaneWatches } from '../../src/daemon/lane-watch.js';
import type { LaneCondition } from '../../src/io/lane-condition.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const CAPTURING: LaneCondition = { state: 'capturing', reason: '', carrier: true, mtu: 1500 };
const MISSING: LaneCondition = {
  state: 'waiting',
  reason: 'device veth0 does not exist',
  carrier: false,
  mtu: 0,
};

/** Watches whose time passes when the test says so. */
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

t.test('a loss that took no time is one', async (t) => {
  const { watches } = open();
  const lane = watches.of('eni-1', 'ingress');
  lane.update(CAPTURING);
  lane.update({ ...CAPTURING, state: 'waiting', reason: 'device veth0 was replaced' });
  lane.update(CAPTURING);
  t.match(lane.read(), { blindSeconds: 0, timesLost: 1 });
});

t.test('what is logged', async (t) => {
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

t.test('lanes that no plan has any more are forgotten', async (t) => {
  const { watches, pass } = open();
  watches.of('eni-1', 'ingress').update(CAPTURING);
  watches.of('eni-1', 'egress').update(CAPTURING);
  pass(1);
  watches.keepOnly([{ source: sourcePlan([]), direction: 'egress' }]);
  t.match(watches.of('eni-1', 'egress').read(), { state: 'capturing' });
  t.match(watches.of('eni-1', 'ingress').read(), { state: 'waiting', reason: 'starting', blindSeconds: 0 });
});
