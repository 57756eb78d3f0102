import t from 'tap';
import { lower } from '../../src/match/lower.js';
import { simplify } from '../../src/match/simplify.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { address } from '../fixtures/plans/addresses.js';
import { type SessionWords, sourcePlan } from '../fixtures/plans/builders.js';

const TCP = 6;
const UDP = 17;
const reject = { reject: true } as const;

interface Row {
  readonly name: string;
  readonly sessions: readonly SessionWords[];
  readonly rest?: Partial<SourcePlan>;
  /** `entry: reason` of what is dropped. */
  readonly removals: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'a rule that an earlier one covers',
    sessions: [{ rules: [{ protocol: TCP }, { protocol: TCP, to: '10.0.0.0/8', toPorts: '80' }] }],
    removals: ['rule 20 s1r20: never reached: rule 10 s1r10 covers it'],
  },
  {
    name: 'a rule that needs ports does not cover one that does not',
    sessions: [{ rules: [{ protocol: TCP, toPorts: '0-65535' }, { protocol: TCP }] }],
    removals: [],
  },
  {
    name: 'a narrower rule does not cover a wider one, in any dimension',
    sessions: [
      {
        rules: [
          { protocol: UDP, fromPorts: '53-60', toPorts: '0-65535', from: '10.0.0.0/9', to: '10.0.0.0/9' },
          { protocol: UDP, fromPorts: '53-61', toPorts: '0-65535', from: '10.0.0.0/9', to: '10.0.0.0/9' },
          { protocol: UDP, fromPorts: '53-60', toPorts: '0-65535', from: '10.0.0.0/8', to: '10.0.0.0/9' },
          { protocol: UDP, fromPorts: '53-60', toPorts: '0-65535', from: '10.0.0.0/9', to: '10.0.0.0/8' },
          { from: '10.0.0.0/9', to: '10.0.0.0/9' },
          { from: '::/0' },
        ],
      },
    ],
    removals: [],
  },
  {
    name: 'a trailing reject',
    sessions: [{ rules: [{ protocol: TCP }, { ...reject, protocol: UDP }, reject] }],
    removals: [
      'rule 20 s1r20: rejects what nothing after it accepts',
      'rule 30 s1r30: rejects what nothing after it accepts',
    ],
  },
  {
    name: 'a reject that touches no later accept',
    sessions: [{ rules: [{ ...reject, to: '10.0.0.0/8' }, { to: '192.168.0.0/16' }] }],
    removals: ['rule 10 s1r10: rejects what nothing after it accepts'],
  },
  {
    name: 'a reject that a later one repeats',
    sessions: [{ rules: [{ ...reject, to: '10.0.0.0/8' }, { ...reject, to: '10.0.0.0/7' }, {}] }],
    removals: ['rule 10 s1r10: rejects what nothing after it accepts'],
  },
  {
    name: 'everything after all is accepted, family by family',
    sessions: [{ rules: [{}, reject] }, { rules: [{ protocol: TCP }, { from: '::/0' }] }],
    removals: [
      'rule 20 s1r20: never reached: rule 10 s1r10 covers it',
      'rule 10 s2r10: never reached: session 1 tms-1, rule 10 s1r10 decides first',
    ],
  },
  {
    name: 'what an earlier session accepts, unless it rejects some of it first',
    sessions: [
      { rules: [{ ...reject, to: '10.0.0.0/8' }, {}] },
      { rules: [{ to: '11.0.0.0/8' }, { to: '10.0.0.0/7' }] },
    ],
    removals: ['rule 10 s2r10: never reached: session 1 tms-1, rule 20 s1r20 decides first'],
  },
  {
    name: 'a rule for unmirrored traffic',
    sessions: [{ rules: [{ protocol: UDP, toPorts: '123' }] }],
    rest: { unmirrored: ['ntp'] },
    removals: ['rule 10 s1r10: never reached: unmirrored, ntp decides first'],
  },
  {
    name: 'a rule for amazon-dns',
    sessions: [{ rules: [{ protocol: TCP, to: '169.254.169.253/32', toPorts: '53' }] }],
    rest: { amazonDnsAddresses: [address('169.254.169.253')] },
    removals: ['rule 10 s1r10: never reached: network services, amazon-dns decides first'],
  },
];

for (const { name, sessions, rest, removals } of rows) {
  t.test(name, async (t) => {
    const plan = sourcePlan(sessions, rest);
    const lowered = lower(plan, 'ingress').program;
    const simplified = simplify(lowered);
    t.same(
      simplified.removals.map((removal) => `${removal.entry}: ${removal.reason}`),
      removals,
    );
    const count = (stages: typeof lowered.stages) => stages.flatMap((stage) => stage.entries).length;
    t.equal(count(simplified.program.stages), count(lowered.stages) - removals.length, 'the rest is kept');
    t.notOk(
      simplified.program.stages.some((stage) => stage.entries.length === 0),
      'no empty stages',
    );
  });
}
