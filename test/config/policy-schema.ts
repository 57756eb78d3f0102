/** Policies in a configuration: a part that could never apply is refused. */
import t from 'tap';
import { policy } from '../../src/config/policy-schema.js';

const VARIABLE = ['arn:$', '{aws:username}'].join('');
const LONG = `arn:${'*'.repeat(2045)}`;
const STATEMENT = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' };

t.test('one text stands for a list of one', async (t) => {
  const Condition = { StringLike: { 'aws:ResourceTag/team': 'sec*' }, Bool: { 'aws:username': true } };
  t.same(policy.parse({ Version: '2012-10-17', Statement: [{ Sid: 's', ...STATEMENT, Condition }] }), {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 's',
        Effect: 'Allow',
        Action: ['ec2:*'],
        Resource: ['*'],
        Condition: { StringLike: { 'aws:ResourceTag/team': ['sec*'] }, Bool: { 'aws:username': ['true'] } },
      },
    ],
  });
});

t.test('what would not be applied is refused', async (t) => {
  const { Action: _action, ...noAction } = STATEMENT;
  const condition = (operator: string, key: string, value: unknown): object => ({
    Statement: [{ ...STATEMENT, Condition: { [operator]: { [key]: value } } }],
  });
  const rows: [name: string, value: object, path: string, text: RegExp][] = [
    ['no statement', { Statement: [] }, 'Statement', /at least one/],
    ['other version', { Version: '2020', Statement: [STATEMENT] }, 'Version', /2012-10-17/],
    ['unknown key', { Statement: [{ ...STATEMENT, Principal: '*' }] }, 'Statement.0', /unknown key/],
    ['effect', { Statement: [{ ...STATEMENT, Effect: 'allow' }] }, 'Statement.0.Effect', /Allow, Deny/],
    ['no action', { Statement: [noAction] }, 'Statement.0.Action', /exactly one/],
    ['both', { Statement: [{ ...STATEMENT, NotAction: 'ec2:X' }] }, 'Statement.0.Action', /exactly one/],
    ['action', { Statement: [{ ...STATEMENT, Action: ['ec2:*', 'x'] }] }, 'Statement.0.Action', /got "x"/],
    ['no actions', { Statement: [{ ...STATEMENT, Action: [] }] }, 'Statement.0.Action', /at least one/],
    ['resource', { Statement: [{ ...STATEMENT, Resource: 'tmt-1' }] }, 'Statement.0.Resource', /an ARN/],
    ['long', { Statement: [{ ...STATEMENT, Resource: LONG }] }, 'Statement.0.Resource', /at most 2048 char/],
    [
      'long action',
      { Statement: [{ ...STATEMENT, Action: LONG }] },
      'Statement.0.Action',
      /at most 2048 char/,
    ],
    ['long name', { Statement: [{ ...STATEMENT, Sid: LONG }] }, 'Statement.0.Sid', /at most 2048 char/],
    [
      'long value',
      condition('StringLike', 'aws:username', LONG),
      'Statement.0.Condition.StringLike.aws:username',
      /at most 2048 char/,
    ],
    ['variable', { Statement: [{ ...STATEMENT, Resource: VARIABLE }] }, 'Statement.0.Resource', /variables/],
    [
      'operator',
      condition('DateLessThan', 'aws:username', 'x'),
      'Statement.0.Condition.DateLessThan',
      /an operator/,
    ],
    [
      'Null for many',
      condition('ForAnyValue:Null', 'aws:username', 'true'),
      'Statement.0.Condition.ForAnyValue:Null',
      /operator/,
    ],
    [
      'key',
      condition('StringLike', 'aws:SourceIp', 'x'),
      'Statement.0.Condition.StringLike.aws:SourceIp',
      /one of/,
    ],
    [
      'no tag',
      condition('StringLike', 'aws:RequestTag/', 'x'),
      'Statement.0.Condition.StringLike.aws:RequestTag/',
      /one of/,
    ],
    [
      'value',
      condition('StringLike', 'aws:username', 1),
      'Statement.0.Condition.StringLike.aws:username',
      /text/,
    ],
  ];
  for (const [name, value, path, text] of rows) {
    const { error } = policy.safeParse(value);
    t.match(
      error?.issues,
      [{ path: path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)) }],
      name,
    );
    t.match(error?.issues[0]?.message, text, name);
    t.equal(error?.issues.length, 1, name);
  }
});

t.test('a Deny whose names fit nothing is refused, an Allow is not', async (t) => {
  const rows: [name: string, part: object, place: string | undefined, text?: RegExp][] = [
    ['service', { Action: 's3:*' }, 'Action.0', /service that is not here: there are ec2, ram, cloudwatch/],
    ['service of the signature', { Action: 'monitoring:*' }, 'Action.0', /service that is not here/],
    ['action', { Action: 'ec2:DeleteTrafficMirorTarget' }, 'Action.0', /fits no action/],
    ['pattern', { Action: ['ec2:*', 'ec2:Terminate*'] }, 'Action.1', /"ec2:Terminate\*" fits no action/],
    ['action of another service', { Action: 'ec2:GetMetricData' }, 'Action.0', /fits no action/],
    ['not action', { NotAction: 'ec2:Descibe*' }, 'NotAction.0', /fits no action/],
    ['resource', { Action: '*', Resource: 'arn:aws:s3:::x' }, 'Resource.0', /fits no resource/],
    ['partition', { Action: '*', Resource: 'arn:aws-cn:ec2:*:*:*' }, 'Resource.0', /fits no resource/],
    ['every action', { Action: '*' }, undefined],
    ['every action of a service', { Action: ['EC2:*', 'ram:*', 'CloudWatch:*'] }, undefined],
    ['in other case', { Action: 'ec2:deletetags' }, undefined],
    ['a part', { Action: ['ec2:*Tags', 'ram:?etResourceShares'] }, undefined],
    ['any resource', { Action: '*', Resource: ['*', 'arn:*', 'arn:aws:*', 'arn:aws:e?2:*'] }, undefined],
    ['a resource', { Action: '*', Resource: 'arn:aws:ec2:*:*:traffic-mirror-target/*' }, undefined],
  ];
  for (const [name, part, place, text] of rows) {
    const judge = (Effect: string) => policy.safeParse({ Statement: [{ Effect, Resource: '*', ...part }] });
    const { error } = judge('Deny');
    t.equal(judge('Allow').success, true, name);
    t.same(
      error?.issues.map(({ path }) => path.slice(2).join('.')) ?? [],
      place === undefined ? [] : [place],
      name,
    );
    if (text !== undefined) t.match(error?.issues[0]?.message, text, name);
  }
});
