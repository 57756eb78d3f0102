/** Decisions of policies, including the examples of the User Guide. */
import fc from 'fast-check';
import t from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import type { ConditionKeys, Decision, PolicyStatement, Principal } from '../../../src/api/service.js';

const ALLOW_ALL: PolicyStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };

function decide(
  statements: readonly PolicyStatement[],
  action: string,
  resource = '*',
  conditions: ConditionKeys = {},
): Decision {
  const principal: Principal = {
    accountId: '111122223333',
    userName: 'admin',
    arn: 'arn:aws:iam::111122223333:user/admin',
    statements,
  };
  return authorize(principal, action, resource, conditions);
}

const arn = (resource: string): string => `arn:aws:ec2:us-east-1:111122223333:${resource}`;

t.test('one target only', async (t) => {
  const statements: PolicyStatement[] = [
    {
      Effect: 'Allow',
      Action: ['ec2:CreateTrafficMirrorSession'],
      Resource: [
        'arn:aws:ec2:*:*:traffic-mirror-target/tmt-12345645678',
        'arn:aws:ec2:*:*:traffic-mirror-filter/*',
        'arn:aws:ec2:*:*:network-interface/*',
      ],
    },
  ];
  const session = (resource: string): Decision =>
    decide(statements, 'ec2:CreateTrafficMirrorSession', arn(resource));
  t.equal(session('traffic-mirror-target/tmt-12345645678'), 'allow');
  t.equal(session('traffic-mirror-target/tmt-123456456789'), 'implicit-deny');
  t.equal(session('traffic-mirror-filter/tmf-1'), 'allow');
  t.equal(session('network-interface/eni-1'), 'allow');
  t.equal(session('traffic-mirror-session/*'), 'implicit-deny');
  t.equal(decide(statements, 'ec2:CreateTrafficMirrorSession'), 'implicit-deny');
  t.equal(
    decide(statements, 'ec2:DeleteTrafficMirrorSession', arn('traffic-mirror-filter/tmf-1')),
    'implicit-deny',
  );
});

t.test('actions', async (t) => {
  const rows: [pattern: string, action: string, want: boolean][] = [
    ['*', 'ec2:DescribeTags', true],
    ['ec2:*', 'ec2:DescribeTags', true],
    ['EC2:describetags', 'ec2:DescribeTags', true],
    ['ec2:Describe*', 'ec2:DescribeTags', true],
    ['ec2:Describe*', 'ec2:DeleteTags', false],
    ['ec2:De??????Tags', 'ec2:DescribeTags', true],
    ['ec2:De?????Tags', 'ec2:DescribeTags', false],
    ['ec2:*Tags', 'ec2:DescribeTags', true],
    ['cloudwatch:*', 'ec2:DescribeTags', false],
    ['ec2:DescribeTag', 'ec2:DescribeTags', false],
  ];
  for (const [pattern, action, want] of rows) {
    t.equal(
      decide([{ Effect: 'Allow', Action: [pattern], Resource: ['*'] }], action) === 'allow',
      want,
      pattern,
    );
    const not = decide([{ Effect: 'Allow', NotAction: [pattern], Resource: ['*'] }], action);
    t.equal(not === 'allow', !want, `not ${pattern}`);
  }
});

t.test('resources', async (t) => {
  const rows: [pattern: string, want: boolean][] = [
    ['*', true],
    ['arn:aws:ec2:*:*:traffic-mirror-target/*', true],
    ['arn:aws:ec2:us-east-1:111122223333:traffic-mirror-target/tmt-1', true],
    ['arn:aws:ec2:us-east-1:*:traffic-mirror-target/tmt-?', true],
    ['arn:aws:ec2:us-east-1:*:traffic-mirror-target/TMT-1', false],
    ['arn:aws:ec2:eu-*:*:traffic-mirror-target/*', false],
    ['arn:aws:ec2:*:444455556666:traffic-mirror-target/*', false],
    ['arn:aws:ec2:*:*:traffic-mirror-filter/*', false],
  ];
  for (const [pattern, want] of rows) {
    const resource = arn('traffic-mirror-target/tmt-1');
    t.equal(
      decide([{ Effect: 'Allow', Action: ['*'], Resource: [pattern] }], 'ec2:X', resource) === 'allow',
      want,
      pattern,
    );
    const not = decide([{ Effect: 'Allow', Action: ['*'], NotResource: [pattern] }], 'ec2:X', resource);
    t.equal(not === 'allow', !want, `not ${pattern}`);
  }
});

t.test('an explicit deny wins, in any place', async (t) => {
  const deny: PolicyStatement = { Effect: 'Deny', Action: ['ec2:Delete*'], Resource: ['*'] };
  t.equal(decide([ALLOW_ALL, deny], 'ec2:DeleteTags'), 'explicit-deny');
  t.equal(decide([deny, ALLOW_ALL], 'ec2:DeleteTags'), 'explicit-deny');
  t.equal(decide([deny, ALLOW_ALL], 'ec2:CreateTags'), 'allow');
  t.equal(decide([deny], 'ec2:CreateTags'), 'implicit-deny');
  t.equal(decide([], 'ec2:CreateTags'), 'implicit-deny');
});

t.test('conditions', async (t) => {
  const sec = { 'aws:ResourceTag/team': 'sec' };
  const rows: [operator: string, key: string, wanted: string[], conditions: ConditionKeys, want: boolean][] =
    [
      ['StringEquals', 'aws:ResourceTag/team', ['sec'], sec, true],
      ['StringEquals', 'AWS:resourcetag/TEAM', ['sec'], sec, true],
      ['StringEquals', 'aws:ResourceTag/team', ['web', 'sec'], sec, true],
      ['StringEquals', 'aws:ResourceTag/team', ['SEC'], sec, false],
      ['StringEquals', 'aws:ResourceTag/team', ['s*'], sec, false],
      ['StringEquals', 'aws:ResourceTag/team', ['sec'], {}, false],
      ['StringEqualsIgnoreCase', 'aws:ResourceTag/team', ['SEC'], sec, true],
      ['StringLike', 'aws:ResourceTag/team', ['s*'], sec, true],
      ['StringLike', 'aws:ResourceTag/team', ['s?'], sec, false],
      ['StringNotEquals', 'aws:ResourceTag/team', ['web', 'sec'], sec, false],
      ['StringNotEquals', 'aws:ResourceTag/team', ['web'], sec, true],
      ['StringNotEquals', 'aws:ResourceTag/team', ['sec'], {}, true],
      ['StringNotLike', 'aws:ResourceTag/team', ['s*'], sec, false],
      ['StringEqualsIfExists', 'aws:ResourceTag/team', ['sec'], {}, true],
      ['StringEqualsIfExists', 'aws:ResourceTag/team', ['web'], sec, false],
      ['Null', 'aws:ResourceTag/team', ['true'], {}, true],
      ['Null', 'aws:ResourceTag/team', ['true'], sec, false],
      ['Null', 'aws:ResourceTag/team', ['false'], sec, true],
      ['StringEquals', 'ec2:Region', ['us-east-1'], { 'ec2:Region': 'us-east-1' }, true],
      ['StringNotLike', 'aws:RequestedRegion', ['eu-*'], { 'aws:RequestedRegion': 'eu-west-1' }, false],
      ['StringEquals', 'aws:username', ['admin'], {}, true],
      ['StringEquals', 'aws:PrincipalAccount', ['444455556666'], {}, false],
      ['ArnLike', 'aws:PrincipalArn', ['arn:aws:iam::*:user/a*'], {}, true],
      ['ArnEquals', 'aws:PrincipalArn', ['arn:aws:iam*'], {}, false],
      ['ArnNotLike', 'aws:PrincipalArn', ['arn:aws:iam::*:user/a*'], {}, false],
      ['ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b'], { 'aws:TagKeys': ['a', 'b'] }, true],
      ['ForAllValues:StringEquals', 'aws:TagKeys', ['a'], { 'aws:TagKeys': ['a', 'b'] }, false],
      ['ForAllValues:StringEquals', 'aws:TagKeys', ['a'], {}, true],
      ['ForAnyValue:StringEquals', 'aws:TagKeys', ['a'], { 'aws:TagKeys': ['a', 'b'] }, true],
      ['ForAnyValue:StringEquals', 'aws:TagKeys', ['c'], { 'aws:TagKeys': ['a', 'b'] }, false],
      ['ForAnyValue:StringEquals', 'aws:TagKeys', ['a'], {}, false],
      ['ForAnyValue:StringNotEquals', 'aws:TagKeys', ['a'], {}, false],
    ];
  for (const [operator, key, wanted, conditions, want] of rows) {
    const statement: PolicyStatement = { ...ALLOW_ALL, Condition: { [operator]: { [key]: wanted } } };
    const name = `${operator} ${key} ${wanted} ${JSON.stringify(conditions)}`;
    t.equal(decide([statement], 'ec2:X', '*', conditions) === 'allow', want, name);
  }
});

t.test('every value counts when a tag key occurs in several cases, or several times', async (t) => {
  const byCase = { 'aws:ResourceTag/Team': 'red', 'aws:ResourceTag/TEAM': 'blue' };
  const twice = { 'aws:ResourceTag/team': ['red', 'blue'] };
  const both = { 'aws:ResourceTag/Team': ['red', 'red'], 'aws:ResourceTag/TEAM': 'red' };
  const rows: [operator: string, wanted: string[], fitsOne: boolean, fitsAll: boolean, ofRed: boolean][] = [
    ['StringEquals', ['red'], true, false, true],
    ['StringEquals', ['blue'], true, false, false],
    ['StringEquals', ['red', 'blue'], true, true, true],
    ['StringEquals', ['green'], false, false, false],
    ['StringNotEquals', ['red'], true, false, false],
    ['StringNotEquals', ['red', 'blue'], false, false, false],
    ['StringNotEquals', ['green'], true, true, true],
    ['StringEqualsIgnoreCase', ['RED'], true, false, true],
    ['StringEqualsIfExists', ['blue'], true, false, false],
    ['StringLike', ['r*'], true, false, true],
    ['StringNotLike', ['r*'], true, false, false],
    ['ForAnyValue:StringEquals', ['red'], true, false, true],
    ['ForAllValues:StringEquals', ['red'], true, false, true],
    ['ForAllValues:StringEquals', ['red', 'blue'], true, true, true],
    ['ForAllValues:StringNotEquals', ['red'], true, false, false],
    ['Null', ['false'], true, true, true],
    ['Null', ['true'], false, false, false],
  ];
  for (const [operator, wanted, fitsOne, fitsAll, ofRed] of rows) {
    const Condition = { [operator]: { 'aws:resourcetag/team': wanted } };
    const name = `${operator} ${wanted}`;
    for (const conditions of [byCase, twice]) {
      const deny = decide([ALLOW_ALL, { ...ALLOW_ALL, Effect: 'Deny', Condition }], 'ec2:X', '*', conditions);
      t.equal(deny, fitsOne ? 'explicit-deny' : 'allow', `deny ${name}`);
      const allow = decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', conditions);
      t.equal(allow, fitsAll ? 'allow' : 'implicit-deny', `allow ${name}`);
    }
    t.equal(decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', both) === 'allow', ofRed, `same ${name}`);
  }
});

t.test('the keys of all tags are one set', async (t) => {
  const conditions = { 'aws:TagKeys': ['team', 'TEAM'] };
  for (const [operator, want] of [
    ['ForAllValues:StringEquals', 'implicit-deny'],
    ['ForAnyValue:StringEquals', 'allow'],
  ] as const) {
    const Condition = { [operator]: { 'aws:TagKeys': ['team'] } };
    t.equal(decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', conditions), want, operator);
  }
});

t.test('one more value of a tag never lifts a deny, and never allows more', async () => {
  const value = fc.constantFrom('red', 'blue', 'green');
  const operator = fc.constantFrom(
    'StringEquals',
    'StringNotEquals',
    'StringLikeIfExists',
    'ForAllValues:StringEquals',
    'ForAllValues:StringNotEquals',
    'ForAnyValue:StringEquals',
    'ForAnyValue:StringNotLike',
  );
  const effect = fc.constantFrom('Allow' as const, 'Deny' as const);
  const key = fc.constantFrom('team', 'Team', 'TEAM', 'tEam');
  const tags = fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 });
  fc.assert(
    fc.property(
      effect,
      operator,
      fc.array(value, { minLength: 1 }),
      tags,
      key,
      value,
      (Effect, name, wanted, given, more, as) => {
        const statement = { ...ALLOW_ALL, Effect, Condition: { [name]: { 'ec2:ResourceTag/team': wanted } } };
        const conditionsOf = (all: Record<string, string>): ConditionKeys =>
          Object.fromEntries(Object.entries(all).map(([tag, text]) => [`ec2:ResourceTag/${tag}`, text]));
        const statements = Effect === 'Deny' ? [ALLOW_ALL, statement] : [statement];
        const before = decide(statements, 'ec2:X', '*', conditionsOf(given));
        const after = decide(statements, 'ec2:X', '*', conditionsOf({ [more]: as, ...given }));
        return before === 'allow' || after !== 'allow';
      },
    ),
    { numRuns: 2000 },
  );
});

t.test('every operator and every key of a statement must fit', async (t) => {
  const Condition = {
    StringEquals: { 'aws:ResourceTag/team': ['sec'], 'ec2:Region': ['us-east-1'] },
    StringLike: { 'aws:username': ['a*'] },
  };
  const conditions = { 'aws:ResourceTag/team': 'sec', 'ec2:Region': 'us-east-1' };
  t.equal(decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', conditions), 'allow');
  for (const key of Object.keys(conditions)) {
    t.equal(
      decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', { ...conditions, [key]: 'x' }),
      'implicit-deny',
      key,
    );
  }
  const nobody = { ...Condition, StringLike: { 'aws:username': ['b*'] } };
  t.equal(decide([{ ...ALLOW_ALL, Condition: nobody }], 'ec2:X', '*', conditions), 'implicit-deny');
});

t.test('a request cannot take the place of its principal', async (t) => {
  const Condition = { StringEquals: { 'aws:username': ['root'] } };
  t.equal(decide([{ ...ALLOW_ALL, Condition }], 'ec2:X', '*', { 'aws:username': 'root' }), 'implicit-deny');
});

t.test('no allow survives a deny of everything, in any order', async () => {
  const effect = fc.constantFrom<PolicyStatement>(ALLOW_ALL, { ...ALLOW_ALL, Action: ['ec2:*'] });
  const denyAll: PolicyStatement = { ...ALLOW_ALL, Effect: 'Deny' };
  fc.assert(
    fc.property(fc.array(effect), fc.nat(), (statements, at) => {
      const all = statements.toSpliced(at % (statements.length + 1), 0, denyAll);
      return decide(all, 'ec2:X') === 'explicit-deny';
    }),
  );
});
