/** Where the counters of lanes and sessions lie, and that counts move with their lane, session, and rule or service. */
import t from 'tap';
import { carryOver, layOutCounters } from '../../src/counters/lane-bases.js';
import {
  LANE_LATENCY,
  LANE_LENGTH,
  LANE_READ_PACKETS,
  SESSION_CUT,
  SESSION_LENGTH,
} from '../../src/counters/layout.js';
import { readLane } from '../../src/counters/snapshot.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

t.test('counters lie side by side', async (t) => {
  const rules = [{ id: 'tmfr-yes' }, { id: 'tmfr-no', reject: true as const }];
  const source = sourcePlan([{ rules, egress: rules }, { amazonDns: true }]);
  const { counters, bases } = layOutCounters([
    { source, direction: 'ingress' },
    { source, direction: 'egress' },
  ]);
  const outcomesBase = LANE_LENGTH + 2 * SESSION_LENGTH;
  const laneLength = outcomesBase + 2;
  t.equal(counters.values.length, 2 * laneLength);
  const sessions = (base: number) => [
    {
      sessionId: 'tms-1',
      base: base + LANE_LENGTH,
      outcomes: [{ sessionIndex: 0, kind: 'rule', ruleId: 'tmfr-yes' }],
      outcomesBase: base + outcomesBase,
    },
    {
      sessionId: 'tms-2',
      base: base + LANE_LENGTH + SESSION_LENGTH,
      outcomes: [{ sessionIndex: 1, kind: 'service', service: 'amazon-dns' }],
      outcomesBase: base + outcomesBase + 1,
    },
  ];
  t.same(bases, [
    { sourceId: 'eni-1', direction: 'ingress', base: 0, outcomesBase, sessions: sessions(0) },
    {
      sourceId: 'eni-1',
      direction: 'egress',
      base: laneLength,
      outcomesBase: laneLength + outcomesBase,
      sessions: sessions(laneLength),
    },
  ]);
  t.equal(layOutCounters([]).counters.values.length, 0, 'no lanes');
});

const lane = (sourceId: string, ...sessionIds: string[]) => {
  const source = sourcePlan(
    sessionIds.map(() => ({ rules: [{}] })),
    { id: sourceId },
  );
  const sessions = source.sessions.map((session, index) => ({ ...session, id: sessionIds[index]! }));
  return { source: { ...source, sessions }, direction: 'ingress' as const };
};

t.test('counts move to another layout', async (t) => {
  const before = layOutCounters([lane('eni-1', 'a', 'b'), lane('eni-2', 'c')]);
  before.counters.values.forEach((_, index, values) => {
    values[index] = index + 1;
  });
  const after = layOutCounters([lane('eni-3', 'd'), lane('eni-2', 'c'), lane('eni-1', 'e', 'b')]);
  carryOver(
    { values: before.counters.values, lanes: before.bases },
    { values: after.counters.values, lanes: after.bases },
  );
  const readAll = ({ counters, bases }: typeof before) =>
    bases.map((entry) => readLane(counters.values, entry));
  const [first, second] = readAll(before);
  const [third, secondNow, firstNow] = readAll(after);
  t.same(secondNow, second, 'a lane that stays');
  t.same({ ...firstNow, sessions: [] }, { ...first, sessions: [] }, 'one whose sessions change');
  t.same(
    firstNow?.sessions.map(({ sessionId, matched }) => [sessionId, matched.packets > 0]),
    [
      ['e', false],
      ['b', true],
    ],
    'a new session counts from zero',
  );
  t.same(firstNow?.sessions[1], first?.sessions[1], 'and one that stays, on');
  t.equal(third?.read.packets, 0, 'a new lane counts from zero');
});

function layOut(source: SourcePlan) {
  const { counters, bases } = layOutCounters([{ source, direction: 'ingress' }]);
  return { values: counters.values, lanes: bases };
}

t.test('rules move, come and go', async (t) => {
  const before = layOut(
    sourcePlan([
      { id: 'tms-1', amazonDns: true, rules: [{ id: 'kept' }, { id: 'gone' }] },
      { id: 'tms-2', rules: [{ id: 'shared' }] },
    ]),
  );
  before.values.forEach((_, index) => {
    before.values[index] = index + 1;
  });
  const after = layOut(
    sourcePlan([
      { id: 'tms-2', rules: [{ id: 'new' }, { id: 'shared' }] },
      { id: 'tms-1', amazonDns: true, rules: [{ id: 'shared' }, { id: 'kept' }] },
    ]),
  );
  carryOver(before, after);
  const [earlier] = before.lanes;
  const [lane] = after.lanes;
  const placesOf = (bases = lane): [string, number][] =>
    bases!.sessions.flatMap(({ sessionId, outcomes, outcomesBase }) =>
      outcomes.map((outcome, index): [string, number] => [
        `${sessionId} ${outcome.kind === 'rule' ? outcome.ruleId : outcome.service}`,
        outcomesBase + index,
      ]),
    );
  const counted = new Map(placesOf(earlier).map(([name, place]) => [name, place + 1]));
  t.strictSame(
    placesOf().map(([name, place]) => [name, after.values[place]]),
    [
      ['tms-2 new', 0],
      ['tms-2 shared', counted.get('tms-2 shared')],
      ['tms-1 amazon-dns', counted.get('tms-1 amazon-dns')],
      ['tms-1 shared', 0],
      ['tms-1 kept', counted.get('tms-1 kept')],
    ],
  );
  for (const place of [LANE_READ_PACKETS, LANE_LATENCY]) {
    t.equal(after.values[lane!.base + place], earlier!.base + place + 1, `lane, place ${place}`);
  }
  t.equal(after.values[lane!.sessions[0]!.base + SESSION_CUT], earlier!.sessions[1]!.base + SESSION_CUT + 1);
});
