/** docs/semantics.md, "Sessions", and what a verdict's outcome says. */
import t from 'tap';
import { compile } from '../../src/match/compile.js';
import { sourcePlan } from '../fixtures/plans/builders.js';
import { checkRows } from '../fixtures/plans/rows.js';

const TCP = 6;
const frame = { ports: [5000, 80] } as const;
const accept = { protocol: TCP };
const reject = { protocol: TCP, reject: true } as const;
const row = (name: string, sessions: Parameters<typeof sourcePlan>[0], want: string) => ({
  name,
  plan: sourcePlan(sessions),
  frame,
  want,
});

t.test('the first session that accepts', async (t) => {
  checkRows(t, [
    row('no sessions', [], 'unmatched'),
    row('both accept', [{ rules: [accept] }, { rules: [accept] }], 'session 0: rule s1r10'),
    row(
      'a reject leaves it to the next',
      [{ rules: [reject, {}] }, { rules: [accept] }],
      'session 1: rule s2r10',
    ),
    row(
      'no match leaves it to the next',
      [{ rules: [{ protocol: 1 }] }, { rules: [{}] }],
      'session 1: rule s2r10',
    ),
    row(
      'a reject holds in its session only',
      [{ rules: [reject] }, { rules: [reject, accept] }],
      'unmatched',
    ),
    row('every session rejects', [{ rules: [reject, {}] }, { rules: [reject, {}] }], 'unmatched'),
    row('without rules', [{}, { rules: [accept] }], 'session 1: rule s2r10'),
  ]);
});

t.test('outcomes: by session, its amazon-dns first, then its accept rules', async (t) => {
  const plan = sourcePlan([
    { rules: [accept, reject, {}] },
    { amazonDns: true, rules: [reject, accept], egress: [accept] },
    { amazonDns: true },
  ]);
  t.same(compile(plan, 'ingress').outcomes, [
    { sessionIndex: 0, kind: 'rule', ruleId: 's1r10' },
    { sessionIndex: 0, kind: 'rule', ruleId: 's1r30' },
    { sessionIndex: 1, kind: 'service', service: 'amazon-dns' },
    { sessionIndex: 1, kind: 'rule', ruleId: 's2r20' },
    { sessionIndex: 2, kind: 'service', service: 'amazon-dns' },
  ]);
});
