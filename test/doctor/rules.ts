import t from 'tap';
import { checkRules, comparableSources } from '../../src/doctor/rules.js';
import { planWith } from '../fixtures/doctor/facts.js';
import { type RuleWords, type SessionWords, sourcePlan } from '../fixtures/plans/builders.js';

interface Row {
  readonly name: string;
  readonly sessions: readonly SessionWords[];
  readonly want: readonly (readonly [string, RegExp])[];
}

const ALL: readonly RuleWords[] = [{}];
const NOTHING: readonly RuleWords[] = [{ reject: true }, { protocol: 6, toPorts: '80' }];

const ROWS: readonly Row[] = [
  { name: 'everything is accepted', sessions: [{ rules: ALL, egress: ALL }], want: [] },
  {
    name: 'a reject at the end is usual',
    sessions: [{ rules: [{ protocol: 6 }, { reject: true }], egress: ALL }],
    want: [],
  },
  {
    name: 'a reject before all others',
    sessions: [{ rules: NOTHING, egress: NOTHING }],
    want: [
      ['session-accepts-nothing', /none of its 4 rules/],
      ['rule-never-matches', /^ingress rule 20 \(s1r20\) never decides a frame: rule 10 s1r10 covers it/],
      ['rule-never-matches', /^egress rule 20/],
    ],
  },
  { name: 'no rules at all', sessions: [{}], want: [['session-accepts-nothing', /has no rules/]] },
  {
    name: 'no rules, but a service',
    sessions: [{ amazonDns: true }],
    want: [
      ['direction-without-rules', /receives/],
      ['direction-without-rules', /sends/],
    ],
  },
  {
    name: 'one direction',
    sessions: [{ rules: ALL }],
    want: [['direction-without-rules', /nothing that the source sends/]],
  },
  {
    name: 'a session behind one that takes everything',
    sessions: [
      { rules: ALL, egress: ALL },
      { rules: [{ protocol: 17 }], egress: [{ protocol: 17 }] },
    ],
    want: [
      ['session-accepts-nothing', /accepts nothing that a session before it does not take/],
      ['rule-never-matches', /session 1 tms-1, rule 10 s1r10 decides first/],
      ['rule-never-matches', /session 1 tms-1/],
    ],
  },
];

for (const { name, sessions, want } of ROWS) {
  t.test(name, async (t) => {
    const found = checkRules({ ruledSources: planWith([sourcePlan(sessions)]).sources });
    t.same(found.map(({ code }) => code).toSorted(), want.map(([code]) => code).toSorted());
    for (const [code, text] of want)
      t.ok(
        found.some((one) => one.code === code && text.test(one.text)),
        `${code} ${text}`,
      );
  });
}

t.test('a rule for traffic that is never mirrored', async (t) => {
  const source = sourcePlan([{ rules: [{ protocol: 17, toPorts: '123' }, {}], egress: ALL }], {
    unmirrored: ['ntp'],
  });
  const [found] = checkRules({ ruledSources: [source] });
  t.equal(found?.code, 'rule-never-matches');
  t.match(found?.remedy, /ntp is mirrored once it is taken out of engine\.unmirroredTraffic/);
});

t.test('what many sources share is told once', async (t) => {
  const first = sourcePlan([{ rules: NOTHING, egress: ALL }]);
  const sources = Array.from({ length: 50 }, (_, index) => ({ ...first, id: `eni-${index}` }));
  const found = checkRules({ ruledSources: sources });
  t.equal(found.filter(({ code }) => code === 'rule-never-matches').length, 1);
});

t.test('too many rules are left, and the rest is judged', async (t) => {
  const many = sourcePlan([{ rules: Array.from({ length: 4001 }, () => ({ protocol: 6 })) }]);
  const few = sourcePlan([{ rules: ALL, egress: ALL }], { id: 'eni-2' });
  t.same(comparableSources([many, few]), [few]);
  const startMs = performance.now();
  const sources = Array.from({ length: 1000 }, (_, index) =>
    sourcePlan([{ rules: Array.from({ length: 500 }, () => ({ protocol: 6 })), egress: ALL }], {
      id: `eni-${index}`,
    }),
  );
  t.ok(comparableSources(sources).length < 100);
  checkRules({ ruledSources: sources });
  t.ok(performance.now() - startMs < 20_000, 'within bounds');
});
