/** The heartbeat of an engine: which silence counts as a hang. */
import t from 'tap';
import { Heartbeat, RisingCount } from '../../src/daemon/engine-watch.js';

/** Checks four times a second. @param rounds reported at a time, undefined: none. @returns when it is lost. */
function lostAt(untilMs: number, rounds: (nowMs: number) => number | undefined): number | undefined {
  const heartbeat = new Heartbeat();
  heartbeat.start(0);
  for (let nowMs = 250; nowMs <= untilMs; nowMs += 250) {
    const told = rounds(nowMs);
    if (told !== undefined) heartbeat.beat(told, nowMs);
    if (heartbeat.isLost(nowMs)) return nowMs;
  }
  return undefined;
}

t.test('an engine whose rounds go up is alive', async (t) => {
  t.equal(
    lostAt(60_000, (nowMs) => nowMs),
    undefined,
  );
});

t.test('an engine that reports the same rounds again is lost', async (t) => {
  const lost = lostAt(60_000, (nowMs) => Math.min(nowMs, 10_000));
  t.ok(lost !== undefined && lost > 12_000 && lost <= 13_000, `${lost}`);
});

t.test('an engine that reports nothing is lost', async (t) => {
  const lost = lostAt(60_000, (nowMs) => (nowMs > 10_000 ? undefined : nowMs));
  t.ok(lost !== undefined && lost > 12_000 && lost <= 13_000, `${lost}`);
});

t.test('a start may take longer', async (t) => {
  t.equal(
    lostAt(14_000, () => 0),
    undefined,
  );
  t.ok(
    lostAt(60_000, () => 0),
    'but not for ever',
  );
});

t.test('a late check gives the engine time to beat', async (t) => {
  const heartbeat = new Heartbeat();
  heartbeat.start(0);
  heartbeat.beat(1, 100);
  t.notOk(heartbeat.isLost(1000));
  t.notOk(heartbeat.isLost(60_000), 'after a pause the beats have time to come');
  t.equal(heartbeat.ageMs(60_500), 500);
  for (let nowMs = 61_000; nowMs <= 62_500; nowMs += 500) t.notOk(heartbeat.isLost(nowMs));
  t.ok(heartbeat.isLost(63_000), 'and when none comes it is lost');
});

t.test('an engine that stops right after its start is lost as soon as any', async (t) => {
  const heartbeat = new Heartbeat();
  heartbeat.start(0);
  heartbeat.started(1000);
  for (let nowMs = 1000; nowMs <= 3500; nowMs += 500) t.notOk(heartbeat.isLost(nowMs));
  t.ok(heartbeat.isLost(4000));
});

t.test('a count goes on where the engine before it ended', async (t) => {
  const count = new RisingCount();
  count.update(2);
  count.update(3);
  t.equal(count.total, 3);
  count.retire();
  t.equal(count.total, 3);
  count.update(0);
  count.update(4);
  t.equal(count.total, 7);
});
