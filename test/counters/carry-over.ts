/** Counts move with their lane, session, and rule or service, whatever the order and the neighbours. */
import t from 'tap';
import { carryOver } from '../../src/counters/carry-over.js';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { LANE_LATENCY, LANE_READ_PACKETS, SESSION_CUT } from '../../src/counters/layout.js';
import { readLane } from '../../src/counters/snapshot.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const lane = (sourceId: string, ...sessionIds: string[]) => {
  const source = sourcePlan(
    sessionIds.map(() => ({ rules: [{}] })),
    { id: sourceId },
  );
  const sessions = source.sessions.map((session, index) => ({ ...session, id: sessionIds[index]! }));
  return { source: { ...source, sessions }, direction: 'ingress' as const };
};

t.test('to another layout', async (t) => {
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
    bases!.sessions.flatMap(({ sessionId, outcomes }) =>
      outcomes.map(({ outcome, place }): [string, number] => [
        `${sessionId} ${outcome.kind === 'rule' ? outcome.ruleId : outcome.service}`,
        place,
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
