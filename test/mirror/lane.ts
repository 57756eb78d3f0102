/** From plan to lanes: which are opened, and where their counters lie. */
import t from 'tap';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror, lanesOf, layOutCounters } from '../../src/mirror/lane.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { RecordingSink } from '../fixtures/mirror/recording-sink.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const planOf = (...sources: SourcePlan[]) => ({
  sources,
  io: 'ring' as const,
  ringMegabytes: 1,
  oversize: 'truncate' as const,
  emit: 'routed' as const,
  healthChecks: [],
});

t.test('lanes that are opened', async (t) => {
  const rows = [
    { name: 'ingress rules', input: [{ rules: [{}] }], want: ['ingress'] },
    { name: 'egress rules', input: [{ egress: [{}] }], want: ['egress'] },
    { name: 'both', input: [{ rules: [{}], egress: [{}] }], want: ['ingress', 'egress'] },
    {
      name: 'each in a session of its own',
      input: [{ egress: [{}] }, { rules: [{}] }],
      want: ['ingress', 'egress'],
    },
    {
      name: 'amazon-dns is mirrored in both directions',
      input: [{ amazonDns: true }],
      want: ['ingress', 'egress'],
    },
    { name: 'rejects alone want nothing', input: [{ rules: [{ reject: true as const }] }], want: [] },
    { name: 'no rules', input: [{}], want: [] },
    { name: 'no sessions', input: [], want: [] },
  ];
  for (const { name, input, want } of rows) {
    const lanes = lanesOf(planOf(sourcePlan(input)));
    t.same(
      lanes.map(({ direction }) => direction),
      want,
      name,
    );
  }
  const two = planOf(sourcePlan([{ rules: [{}] }]), sourcePlan([{ egress: [{}] }], { id: 'eni-2' }));
  t.same(
    lanesOf(two).map(({ source, direction }) => `${source.id} ${direction}`),
    ['eni-1 ingress', 'eni-2 egress'],
    'two sources',
  );
});

t.test('counters lie side by side', async (t) => {
  const source = sourcePlan([{ rules: [{}] }, { rules: [{}] }]);
  const { counters, bases } = layOutCounters([
    { source, direction: 'ingress' },
    { source, direction: 'egress' },
  ]);
  const laneLength = LANE_LENGTH + 2 * SESSION_LENGTH;
  t.equal(counters.values.length, 2 * laneLength);
  const sessions = (base: number) => [
    { sessionId: 'tms-1', base: base + LANE_LENGTH },
    { sessionId: 'tms-2', base: base + LANE_LENGTH + SESSION_LENGTH },
  ];
  t.same(bases, [
    { sourceId: 'eni-1', direction: 'ingress', base: 0, sessions: sessions(0) },
    { sourceId: 'eni-1', direction: 'egress', base: laneLength, sessions: sessions(laneLength) },
  ]);
  t.equal(layOutCounters([]).counters.values.length, 0, 'no lanes');
});

t.test('a sink is asked for once per session and address', async (t) => {
  const plan = sourcePlan([{ rules: [{}] }, { rules: [{}] }]);
  const sessions = plan.sessions.map((session) => ({
    ...session,
    targetAddresses: ['10.9.0.2', '10.9.0.3'],
  }));
  const lane = { source: { ...plan, sessions }, direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  const asked: string[] = [];
  const sink = new RecordingSink(counters);
  buildMirror(lane, compile(lane.source, lane.direction), counters, bases[0]!, (address) => {
    asked.push(address);
    return sink;
  }).endBatch();
  t.same(asked, ['10.9.0.2', '10.9.0.3', '10.9.0.2', '10.9.0.3']);
  t.equal(sink.flushes, 1, 'one sink for all is flushed once');
});
