/** Counts move with their lane and session, whatever the order and the neighbours. */
import t from 'tap';
import { carryOver } from '../../src/counters/carry-over.js';
import { readLane } from '../../src/counters/snapshot.js';
import { layOutCounters } from '../../src/mirror/lane.js';
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
