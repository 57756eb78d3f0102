/** What holds for all policies: a deny wins, a condition never widens, and no order or group changes that. */
import fc from 'fast-check';
import t from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import { conditionFault, parseConditionOperator } from '../../../src/api/authorization/condition.js';
import { parseConditionKey } from '../../../src/api/authorization/condition-keys.js';
import type {
  ConditionKeys,
  Decision,
  PolicyStatement,
  Principal,
  RequestOrigin,
} from '../../../src/api/service.js';

const RUNS = 2000;

const NAMES = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike'],
  ...['StringNotLike', 'ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike', 'Bool', 'Null', 'IpAddress'],
  ...['NotIpAddress', 'DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan'],
  'DateGreaterThanEquals',
];

const KEYS = [
  ...['aws:SourceIp', 'aws:CurrentTime', 'aws:SecureTransport', 'ec2:Vpc', 'ec2:Attribute', 'aws:username'],
  ...['ec2:Attribute/PacketLength', 'aws:ResourceTag/team', 'aws:TagKeys', 'ec2:AvailabilityZone'],
];

const VALUES = [
  ...[
    '10.0.0.0/8',
    '10.0.0.1',
    '::/0',
    '2026-12-01',
    '2026-12-01T12:00:00Z',
    'true',
    'false',
    'red',
    'r*',
    '*',
  ],
  ...['128', 'PacketLength', 'Description', 'arn:aws:ec2:*:*:vpc/vpc-1', 'a', 'admin', ''],
];

const operator = fc
  .tuple(fc.constantFrom('', 'ForAnyValue:', 'ForAllValues:'), fc.constantFrom(...NAMES), fc.boolean())
  .map(([prefix, name, ifExists]) =>
    name === 'Null' ? name : `${prefix}${name}${ifExists ? 'IfExists' : ''}`,
  );

type Condition = NonNullable<PolicyStatement['Condition']>;

/** Conditions that a configuration may have: others are refused there. */
const condition: fc.Arbitrary<Condition> = fc
  .array(
    fc
      .tuple(
        operator,
        fc.constantFrom(...KEYS),
        fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }),
      )
      .filter(([name, key, values]) => {
        const [parsed, known] = [parseConditionOperator(name), parseConditionKey(key)];
        return parsed.ok && known.ok && conditionFault(parsed.value, known.value, key, values) === undefined;
      }),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => {
    const made: Record<string, Record<string, string[]>> = {};
    for (const [name, key, values] of parts) made[name] = { ...made[name], [key]: values };
    return made;
  });

const patterns = fc.constantFrom(['*'], ['ec2:*'], ['ec2:Delete*'], ['ec2:DeleteTags', 'ram:*'], ['ram:*']);
const resources = fc.constantFrom(
  ['*'],
  ['arn:aws:ec2:*:*:traffic-mirror-target/*'],
  ['arn:aws:ec2:*:*:x/*'],
);

const statement: fc.Arbitrary<PolicyStatement> = fc
  .record({
    effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    actions: fc.tuple(fc.boolean(), patterns),
    targets: fc.tuple(fc.boolean(), resources),
    Condition: fc.option(condition, { nil: undefined }),
  })
  .map(({ effect, actions, targets, Condition }) => ({
    Effect: effect,
    ...(actions[0] ? { Action: actions[1] } : { NotAction: actions[1] }),
    ...(targets[0] ? { Resource: targets[1] } : { NotResource: targets[1] }),
    ...(Condition !== undefined && { Condition }),
  }));

const origin: fc.Arbitrary<RequestOrigin | undefined> = fc.option(
  fc.record({
    sourceIp: fc.constantFrom('10.0.0.1', '10.9.9.9', '192.0.2.1', '::1', undefined),
    isSecure: fc.boolean(),
    time: fc.constantFrom(Date.UTC(2026, 10, 30), Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 1, 12)),
  }),
  { nil: undefined },
);

const conditions: fc.Arbitrary<ConditionKeys> = fc.record(
  {
    'ec2:Vpc': fc.constantFrom('arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1', 'arn:aws:ec2:a:b:vpc/vpc-2'),
    'ec2:Attribute': fc.subarray(['PacketLength', 'Description', 'SessionNumber']),
    'ec2:Attribute/PacketLength': fc.constantFrom('128', '64', ''),
    'aws:ResourceTag/team': fc.constantFrom('red', 'blue'),
    'aws:ResourceTag/TEAM': fc.constantFrom('red', 'blue'),
    'aws:TagKeys': fc.subarray(['a', 'b']),
  },
  { requiredKeys: [] },
);

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly conditions: ConditionKeys;
  readonly origin: RequestOrigin | undefined;
}

const request: fc.Arbitrary<Request> = fc.record({
  action: fc.constantFrom('ec2:DeleteTags', 'ec2:DescribeTags', 'ram:CreateResourceShare'),
  resource: fc.constantFrom('*', 'arn:aws:ec2:us-east-1:111122223333:traffic-mirror-target/tmt-1'),
  conditions,
  origin,
});

function decide(statements: readonly PolicyStatement[], asked: Request): Decision {
  const principal: Principal = {
    accountId: '111122223333',
    userName: 'admin',
    arn: 'arn:aws:iam::111122223333:user/admin',
    statements,
    ...(asked.origin !== undefined && { origin: asked.origin }),
  };
  return authorize(principal, asked.action, asked.resource, asked.conditions);
}

/** True when the statement fits the request, whatever its effect. */
const fits = (one: PolicyStatement, asked: Request): boolean =>
  // What counts for a deny is that some reading fits; an allow asks all of them.
  decide([one], asked) === (one.Effect === 'Deny' ? 'explicit-deny' : 'allow');

t.test('a deny that fits wins, an allow that fits is needed, and nothing else counts', async (t) => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), request, (statements, asked) => {
      const denies = statements.some((one) => one.Effect === 'Deny' && fits(one, asked));
      const allows = statements.some((one) => one.Effect === 'Allow' && fits(one, asked));
      const want = denies ? 'explicit-deny' : allows ? 'allow' : 'implicit-deny';
      seen.set(want, (seen.get(want) ?? 0) + 1);
      return decide(statements, asked) === want && decide(statements.toReversed(), asked) === want;
    }),
    { numRuns: RUNS },
  );
  for (const outcome of ['explicit-deny', 'allow', 'implicit-deny']) {
    t.ok((seen.get(outcome) ?? 0) > RUNS / 50, `${outcome}: ${seen.get(outcome)} of ${RUNS}`);
  }
});

t.test('a condition never widens: neither what is allowed, nor what is denied', async (t) => {
  let narrowed = 0;
  fc.assert(
    fc.property(statement, condition, request, (one, more, asked) => {
      const { Condition: before, ...bare } = one;
      const merged: Record<string, Record<string, readonly string[]>> = {};
      for (const part of [more, before ?? {}]) {
        for (const [name, keys] of Object.entries(part)) merged[name] = { ...merged[name], ...keys };
      }
      const conditioned = { ...bare, Condition: merged };
      const [with_, without] = [fits(conditioned, asked), fits(one, asked)];
      if (without && !with_) narrowed += 1;
      return without || !with_;
    }),
    { numRuns: RUNS },
  );
  t.ok(narrowed > RUNS / 50, `${narrowed} of ${RUNS} were narrowed`);
});

t.test('a statement more never lifts a deny, and a deny more never allows', async () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), statement, request, (statements, more, asked) => {
      const [before, after] = [decide(statements, asked), decide([...statements, more], asked)];
      if (before === 'explicit-deny') return after === 'explicit-deny';
      return more.Effect === 'Allow' || after !== 'allow' || before === 'allow';
    }),
    { numRuns: RUNS },
  );
});

t.test('what a request claims does not stand in for how it came', async (t) => {
  const claims: ConditionKeys = {
    'aws:SourceIp': '10.0.0.1',
    'AWS:SOURCEIP': '10.0.0.1',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-01-01T00:00:00Z',
  };
  const rows: [operator: string, key: string, value: string][] = [
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8'],
    ['Bool', 'aws:SecureTransport', 'true'],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01'],
  ];
  for (const [name, key, value] of rows) {
    const only: PolicyStatement = {
      Effect: 'Allow',
      Action: ['*'],
      Resource: ['*'],
      Condition: { [name]: { [key]: [value] } },
    };
    const asked = { action: 'ec2:DeleteTags', resource: '*', conditions: claims };
    const elsewhere = { sourceIp: '192.0.2.1', isSecure: false, time: Date.UTC(2026, 11) };
    t.equal(decide([only], { ...asked, origin: elsewhere }), 'implicit-deny', key);
    t.equal(decide([only], { ...asked, origin: undefined }), 'implicit-deny', `${key}: no request`);
    const there = { sourceIp: '10.0.0.9', isSecure: true, time: Date.UTC(2026, 0) };
    t.equal(decide([only], { ...asked, origin: there }), 'allow', `${key}: as it is`);
  }
});
