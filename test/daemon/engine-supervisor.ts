/** The counts of one engine of several, when it dies while others still go over to a plan. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { REMOVED_SESSIONS } from '../../src/counters/snapshot.js';
import { EngineSupervisor } from '../../src/daemon/engine-supervisor.js';
import { LaneWatches } from '../../src/daemon/lane-watch.js';
import type { EnginePlan } from '../../src/plan/engine-plan.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

const UNCONFINED = { landlock: 'off', landlockVersion: undefined, allowsCoreDumps: true, libc: undefined };
const LOG = pino({ level: 'silent' });
const LIMIT_MS = 10_000;
/** What each engine counts for every session, once its plan runs. */
const COUNTED = 5;

/** Takes the place of the engine: it runs every plan, and counts one less before it says so than after it. */
const ENGINE = `
import { Socket } from 'node:net';
const daemon = new Socket({ fd: 3 });
const tell = (report) => daemon.write(JSON.stringify(report) + '\\n');
const none = { packets: 0, bytes: 0 };
const counts = { segmented: 0, segments: 0, unsegmented: 0, truncated: 0, cut: 0, fragmented: 0 };
const countsOf = ({ id }, amount) =>
  ({ sessionId: id, matched: amount, mirrored: amount, skipped: {}, ...counts, rules: [], services: {} });
function tellCounts({ put }, packets) {
  const lanes = put.map(({ source: { id, sessions } }) => ({
    sourceId: id, direction: 'ingress', read: none, ringDropped: 0, unmatched: 0, unparsable: 0, unmirrored: {},
    latency: { microseconds: 0, blocks: {} },
    sessions: sessions.map((session) => countsOf(session, { packets, bytes: 0 })),
  }));
  tell({ type: 'counters', lanes, gauges: [], removed: [], final: false, ageMs: 0 });
}
let text = '';
daemon.setEncoding('utf8').on('data', (part) => {
  const lines = (text + part).split('\\n');
  text = lines.pop();
  for (const { type, generation, change } of lines.map((line) => JSON.parse(line))) {
    if (type === 'stop') process.exit();
    if (type !== 'plan') continue;
    tellCounts(change, ${COUNTED - 1});
    tell({ type: 'applied', generation });
    tellCounts(change, ${COUNTED});
  }
});
daemon.on('close', () => process.exit());
await new Promise(() => {});
`;

function planOf(...sessionIds: string[]): EnginePlan {
  const source = sourcePlan(sessionIds.map(() => ({ rules: [{}] })));
  const sessions = source.sessions.map((session, index) => ({ ...session, id: sessionIds[index]! }));
  return {
    io: 'ring',
    lanes: [{ source: { ...source, sessions }, direction: 'ingress' }],
    targetAddresses: [],
    engine: ENGINE_OPTIONS,
  };
}

async function supervised(t: Test, plan: EnginePlan): Promise<EngineSupervisor> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(ENGINE)}`;
  const supervisor = new EngineSupervisor({
    plan,
    generation: 1,
    lanes: new LaneWatches(LOG),
    confinement: UNCONFINED,
    log: LOG,
    onFailure: () => {},
  });
  t.teardown(async () => {
    await supervisor.stop();
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  await supervisor.started;
  return supervisor;
}

/** What was matched for each session. */
function matched(supervisor: EngineSupervisor): Record<string, number> {
  const sessions = supervisor.counts.flatMap((lane) => lane.sessions);
  return Object.fromEntries(sessions.map(({ sessionId, matched: { packets } }) => [sessionId, packets]));
}

async function until(supervisor: EngineSupervisor, sessionId: string, packets: number): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (matched(supervisor)[sessionId] !== packets) {
    if (performance.now() > end) throw new Error(JSON.stringify(matched(supervisor)));
    await sleep(5);
  }
}

t.test('one that dies when it has a plan that others do not have yet', async (t) => {
  const [before, after] = [planOf('tms-1', 'tms-2'), planOf('tms-2')];
  const supervisor = await supervised(t, before);
  await until(supervisor, 'tms-1', COUNTED);
  await supervisor.apply(2, after);
  await until(supervisor, 'tms-2', COUNTED);
  supervisor.kill();
  await until(supervisor, 'tms-2', 2 * COUNTED);
  t.same(
    matched(supervisor),
    { 'tms-1': COUNTED, 'tms-2': 2 * COUNTED },
    'the session is still shown, so it keeps what was counted for it',
  );

  t.test('goes back with the others, and has every count', async (t) => {
    await supervisor.apply(1, before);
    supervisor.foldCounts();
    await until(supervisor, 'tms-1', 2 * COUNTED);
    t.same(matched(supervisor), { 'tms-1': 2 * COUNTED, 'tms-2': 2 * COUNTED });
  });

  t.test('or goes on, and the session is folded with those of the others', async (t) => {
    await supervisor.apply(2, after);
    supervisor.foldCounts();
    t.same(matched(supervisor)[REMOVED_SESSIONS], 2 * COUNTED);
    await until(supervisor, 'tms-2', 2 * COUNTED);
    supervisor.kill();
    await until(supervisor, 'tms-2', 3 * COUNTED);
    t.same(matched(supervisor), { [REMOVED_SESSIONS]: 2 * COUNTED, 'tms-2': 3 * COUNTED });
  });
});
