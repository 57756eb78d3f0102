/** Rates of rules, and what deleting them does. */
import t from 'tap';
import { ruleDeletionTexts } from '../../../console/src/forms/rule-deletion.js';
import type { Filter } from '../../../console/src/model/filter.js';
import type { Rule } from '../../../console/src/model/rule.js';
import { type CountedStatus, ruleRates } from '../../../console/src/model/rule-rates.js';
import type { Session } from '../../../console/src/model/session.js';

function status(countersSeconds: number, packets: readonly number[], startedAt = 'then'): CountedStatus {
  const sessions = packets.map((count) => ({
    counts: { ingress: { rules: [{ ruleId: 'tmfr-1', packets: count }] } },
  }));
  return { startedAt, countersSeconds, sessions: sessions as unknown as CountedStatus['sessions'] & {} };
}

t.test('rates', async (t) => {
  t.same(
    ruleRates(status(10, [100, 5]), status(12, [300, 5])),
    new Map([['tmfr-1', 100]]),
    'of all sessions',
  );
  t.same(ruleRates(status(10, [100]), status(12, [40])), new Map([['tmfr-1', 0]]), 'a session counts anew');
  t.same(ruleRates(status(10, []), status(12, [40])), new Map([['tmfr-1', 20]]), 'a new session');
  t.equal(ruleRates(status(10, [1]), status(10, [1])), undefined, 'the same counters');
  t.equal(ruleRates(status(10, [1]), status(12, [1], 'now')), undefined, 'another daemon');
  t.equal(ruleRates(undefined, status(12, [1])), undefined);
});

const rule = (
  id: string,
  trafficDirection: Rule['trafficDirection'],
  ruleAction: Rule['ruleAction'],
): Rule => ({
  trafficMirrorFilterRuleId: id,
  trafficMirrorFilterId: 'tmf-1',
  trafficDirection,
  ruleNumber: 10,
  ruleAction,
  sourceCidrBlock: '0.0.0.0/0',
  destinationCidrBlock: '0.0.0.0/0',
  tags: [],
});

t.test('deletion', async (t) => {
  const [accept, reject, out] = [
    rule('a', 'ingress', 'accept'),
    rule('b', 'ingress', 'reject'),
    rule('c', 'egress', 'accept'),
  ];
  const filter: Filter = {
    trafficMirrorFilterId: 'tmf-1',
    networkServices: [],
    ingressFilterRules: [accept, reject],
    egressFilterRules: [out],
    tags: [],
  };
  const session = { trafficMirrorSessionId: 'tms-1' } as Session;
  t.match(ruleDeletionTexts([accept], [filter], [session]), [
    'No inbound rule of tmf-1 accepts any more: nothing that its sources receive is mirrored.',
    'One session mirrors by the filter and changes at once: tms-1.',
    'There is no undo.',
  ]);
  t.match(ruleDeletionTexts([reject], [filter], []), ['No session uses the filter.', 'There is no undo.']);
  t.equal(ruleDeletionTexts([accept, out], [filter], []).length, 4);
  const many = Array.from(
    { length: 7 },
    (_, index) => ({ trafficMirrorSessionId: `tms-${index}` }) as Session,
  );
  t.match(
    ruleDeletionTexts([reject], [filter], many)[0],
    /7 sessions .*: tms-0, tms-1, tms-2, tms-3, tms-4 and 2 more/,
  );
});
