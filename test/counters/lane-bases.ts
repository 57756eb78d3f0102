/** Where the counters of lanes and sessions lie. */
import t from 'tap';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

t.test('counters lie side by side', async (t) => {
  const rules = [{ id: 'tmfr-yes' }, { id: 'tmfr-no', reject: true as const }];
  const source = sourcePlan([{ rules, egress: rules }, { amazonDns: true }]);
  const outcomesAt = (place: number) => [
    [{ outcome: { sessionIndex: 0, kind: 'rule', ruleId: 'tmfr-yes' }, place }],
    [{ outcome: { sessionIndex: 1, kind: 'service', service: 'amazon-dns' }, place: place + 1 }],
  ];
  const { counters, bases } = layOutCounters([
    { source, direction: 'ingress' },
    { source, direction: 'egress' },
  ]);
  const outcomes = LANE_LENGTH + 2 * SESSION_LENGTH;
  const laneLength = outcomes + 2;
  t.equal(counters.values.length, 2 * laneLength);
  const sessions = (base: number) => [
    { sessionId: 'tms-1', base: base + LANE_LENGTH, outcomes: outcomesAt(base + outcomes)[0] },
    {
      sessionId: 'tms-2',
      base: base + LANE_LENGTH + SESSION_LENGTH,
      outcomes: outcomesAt(base + outcomes)[1],
    },
  ];
  t.same(bases, [
    { sourceId: 'eni-1', direction: 'ingress', base: 0, outcomes, sessions: sessions(0) },
    {
      sourceId: 'eni-1',
      direction: 'egress',
      base: laneLength,
      outcomes: laneLength + outcomes,
      sessions: sessions(laneLength),
    },
  ]);
  t.equal(layOutCounters([]).counters.values.length, 0, 'no lanes');
});
