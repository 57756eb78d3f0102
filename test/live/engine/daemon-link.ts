/** The line between daemon and engine: orders in, reports out, and an end in every case. */
import t from 'tap';
import type { EnginePlan } from '../../../src/plan/engine-plan.js';
import type { LanePlan } from '../../../src/plan/lanes.js';
import { EngineUnderTest } from '../../fixtures/engine/engine-under-test.js';
import { skipWithoutBuild } from '../../fixtures/live/daemon/command.js';
import { everyThreadOption } from '../../fixtures/live/daemon/every-thread.js';
import { unansweredOption } from '../../fixtures/live/daemon/unanswered-questions.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';

/** Longer than a plan waits for routes. */
const UNANSWERED_MS = 8000;

function started(t: { teardown(end: () => void): void }, ...wrapper: string[]): EngineUnderTest {
  const engine = new EngineUnderTest(wrapper);
  t.teardown(() => engine.signal('SIGKILL'));
  return engine;
}

t.test('an engine without lanes', { skip: skipWithoutBuild }, async (t) => {
  t.test('reports several times a second, and last of all when it is stopped', async (t) => {
    const engine = started(t);
    engine.plan();
    const next = (): Promise<unknown> => {
      const { length } = engine.reports;
      return engine.report('counters', (report) => engine.reports.indexOf(report) >= length);
    };
    await engine.report('counters');
    // The first may be that of the new layout, at any time.
    await next();
    const startedMs = performance.now();
    await next();
    const waitedMs = performance.now() - startedMs;
    t.ok(waitedMs > 100 && waitedMs < 1500, `${waitedMs} ms between two`);
    engine.order({ type: 'stop' });
    t.same(await engine.ended(), [0, null]);
    t.match(engine.reports.at(-1), {
      type: 'counters',
      lanes: [],
      gauges: [],
      removed: [],
      final: true,
      ageMs: Number,
    });
    t.equal(engine.reports.filter((report) => report.type === 'counters' && report.final).length, 1);
  });

  t.test('can be stopped before it has a plan', async (t) => {
    const engine = started(t);
    engine.order({ type: 'stop' });
    t.same(await engine.ended(), [0, null]);
  });

  t.test('leaves signals to the daemon, which gets them too', async (t) => {
    const engine = started(t);
    engine.plan();
    await engine.report('counters');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) engine.signal(signal);
    const reports = engine.reports.length;
    await engine.report('counters', (report) => engine.reports.indexOf(report) >= reports);
    t.pass('it goes on');
    engine.order({ type: 'stop' });
    t.same(await engine.ended(), [0, null]);
  });

  t.test('does not go on without one of its threads, and says why', async (t) => {
    const script = `if (globalThis.threadFile?.endsWith('/target-thread.js'))
      setTimeout(() => { throw new Error('a thread that fails'); }, 300);`;
    const engine = started(t, 'env', everyThreadOption(script));
    engine.plan();
    t.match(await engine.report('failed'), { code: 'internal', reason: 'a thread that fails' });
    t.same(await engine.ended(), [70, null]);
  });

  t.test('does not outlive the daemon', async (t) => {
    const engine = started(t);
    engine.plan();
    await engine.report('counters');
    engine.hangUp();
    t.same(await engine.ended(), [null, 'SIGKILL']);
  });
});

t.test(
  'plans that come at once run in their order, however long the ways to their targets take',
  { skip: skipUnless() },
  async (t) => {
    const engine = started(t);
    const planOf = (sessions: number): Partial<EnginePlan> => {
      const plan = sourcePlan(
        Array.from({ length: sessions }, () => ({ rules: [{}] })),
        { device: 'nope0' },
      );
      const source = {
        ...plan,
        sessions: plan.sessions.map((session) => ({ ...session, targetAddresses: ['127.0.0.1'] })),
      };
      return { lanes: [{ source, direction: 'ingress' }], targetAddresses: ['127.0.0.1'] };
    };
    engine.plan(planOf(1), 1);
    engine.plan(planOf(2), 2);
    engine.plan(planOf(3), 3);
    await engine.report('applied', ({ generation }) => generation === 3);
    engine.order({ type: 'stop' });
    t.same(await engine.ended(), [0, null]);
    t.same(
      engine.reports.flatMap((report) => (report.type === 'applied' ? [report.generation] : [])),
      [1, 2, 3],
    );
    const last = engine.reports.flatMap((report) => (report.type === 'counters' ? report.lanes : [])).at(-1);
    t.equal(last?.sessions.length, 3, 'the newest runs');
  },
);

t.test('an engine whose question is not answered', { skip: skipUnless() }, async (t) => {
  const engine = started(t, 'env', unansweredOption(UNANSWERED_MS));
  engine.plan(planTo('127.0.0.1'), 1);
  await engine.report('applied');
  const beats = async (count: number): Promise<void> => {
    const now = (): number => engine.reports.filter(({ type }) => type === 'beat').length;
    const before = now();
    await engine.report('beat', () => now() >= before + count);
  };
  engine.signal('SIGUSR2');
  // Routes are looked up twice a second.
  await beats(4);
  engine.plan(planTo('127.0.0.2'), 2);
  await beats(2);
  t.notOk(
    engine.reports.some((report) => report.type === 'applied' && report.generation === 2),
    'the plan waits for the routes',
  );
  const stopped = performance.now();
  engine.order({ type: 'stop' });
  t.same(await engine.ended(), [0, null]);
  const tookMs = Math.round(performance.now() - stopped);
  t.ok(tookMs < UNANSWERED_MS / 4, `it is stopped in ${tookMs} ms all the same`);
  t.match(engine.reports.at(-1), { type: 'counters', final: true }, 'and its last counts are told');
});

/** A lane of a device that is not there, to a target. */
function planTo(address: string): Partial<EnginePlan> {
  const plan = sourcePlan([{ rules: [{}] }], { device: 'nope0' });
  const sessions = plan.sessions.map((session) => ({ ...session, targetAddresses: [address] }));
  return { lanes: [{ source: { ...plan, sessions }, direction: 'ingress' }], targetAddresses: [address] };
}

t.test('an engine with lanes', { skip: skipUnless() }, async (t) => {
  const plan = sourcePlan([{ rules: [{}] }], { device: 'nope0' });
  const sessions = plan.sessions.map((session) => ({ ...session, targetAddresses: ['127.0.0.1'] }));
  const lane: LanePlan = { source: { ...plan, sessions }, direction: 'ingress' };

  for (const io of ['ring', 'libpcap'] as const) {
    t.test(`waits for its device, and knows the way to its target: ${io}`, async (t) => {
      const engine = started(t);
      engine.plan({ io, lanes: [lane], targetAddresses: ['127.0.0.1'] });
      t.match(await engine.report('lane'), {
        sourceId: 'eni-1',
        direction: 'ingress',
        state: 'waiting',
        reason: 'device nope0 does not exist',
      });
      t.match(await engine.report('target'), {
        address: '127.0.0.1',
        device: 'lo',
        maximumInnerLength: 65499,
        reason: '',
      });
      const { lanes } = await engine.report('counters', (report) => report.lanes.length > 0);
      t.match(lanes, [
        { sourceId: 'eni-1', direction: 'ingress', read: { packets: 0, bytes: 0 }, sessions: [{}] },
      ]);
      engine.order({ type: 'stop' });
      t.same(await engine.ended(), [0, null]);
    });
  }

  const unprivileged = ['setpriv', '--bounding-set', '-net_raw'];
  const rows = [
    { io: 'ring', want: { reason: 'socket: EPERM' } },
    { io: 'libpcap', want: { code: 'not-permitted', reason: 'Operation not permitted' } },
  ] as const;
  for (const { io, want } of rows) {
    t.test(`that may not capture says so, and ends: ${io}`, { skip: skipUnless('setpriv') }, async (t) => {
      const engine = started(t, ...unprivileged);
      engine.plan({ io, lanes: [lane], targetAddresses: ['127.0.0.1'] });
      t.match(await engine.report('failed'), want);
      t.same(await engine.ended(), [70, null]);
    });
  }
});
