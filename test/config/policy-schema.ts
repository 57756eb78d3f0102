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
      condition('NumericLessThan', 'aws:username', 'x'),
      'Statement.0.Condition.NumericLessThan',
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
      condition('StringLike', 'aws:SourceVpc', 'x'),
      'Statement.0.Condition.StringLike.aws:SourceVpc',
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

t.test('a condition that could not be judged is refused', async (t) => {
  const rows: [operator: string, key: string, value: string | boolean, text: RegExp][] = [
    ['DateLessThan', 'aws:username', 'x', /aws:username is text, which only these operators compare: String/],
    ['StringEquals', 'aws:SourceIp', '10.0.0.1', /is an address.*: IpAddress, NotIpAddress, Null$/],
    ['IpAddress', 'aws:CurrentTime', '10.0.0.1', /is a time.*: DateEquals, DateNotEquals, DateLessThan,/],
    ['StringLike', 'aws:SecureTransport', 'true', /is true or false.*: Bool, Null$/],
    ['ForAnyValue:IpAddress', 'ec2:Vpc', '10.0.0.1', /ec2:Vpc is text/],
    ['IpAddress', 'aws:SourceIp', 'localhost', /expected an address, or a block/],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/33', /block such as 10.0.0.0\/8, got "10.0.0.0\/33"/],
    ['NotIpAddress', 'aws:SourceIp', '::ffff:10.0.0.0/104', /an IPv4 address as dotted quads/],
    ['IpAddress', 'aws:SourceIp', 'fe80::1%eth0', /expected an address/],
    ['IpAddress', 'aws:SourceIp', '', /expected an address/],
    ['DateLessThan', 'aws:CurrentTime', 'tomorrow', /a time such as 2026-12-31T23:00:00Z/],
    ['DateLessThan', 'aws:CurrentTime', '2026-02-30', /expected a time/],
    ['DateLessThan', 'aws:CurrentTime', '2026-02-30T00:00:00Z', /expected a time/],
    ['DateLessThan', 'aws:CurrentTime', '2026-01-01T00:00:00', /expected a time/],
    ['DateLessThan', 'aws:CurrentTime', '2026-01-01T25:00:00Z', /expected a time/],
    ['DateGreaterThanEqualsIfExists', 'aws:CurrentTime', '1e9', /expected a time/],
    ['Bool', 'aws:SecureTransport', 'yes', /expected true or false/],
    ['StringEquals', 'ec2:Attribute/PaketLength', 'x', /ec2:Attribute\/ and one of AddNetworkService, Desc/],
    ['StringEquals', 'ec2:Attribute/', 'x', /expected one of aws:CurrentTime/],
  ];
  for (const [operator, key, value, text] of rows) {
    const { error } = policy.safeParse({
      Statement: [{ ...STATEMENT, Condition: { [operator]: { [key]: value } } }],
    });
    const want = [{ path: ['Statement', 0, 'Condition', operator, key], message: text }];
    t.match(error?.issues, want, `${operator} ${key} ${value}`);
    t.equal(error?.issues.length, 1, `${operator} ${key} ${value}`);
  }
});

t.test('conditions that are taken', async (t) => {
  const rows: [operator: string, key: string, value: string | boolean][] = [
    ...[
      '2026',
      '2026-12',
      '2026-12-31',
      '2026-12-31T23:00Z',
      '2026-12-31T23:00:00.123456+01:00',
      '1798761600',
    ].map((time): [string, string, string] => ['ForAllValues:DateLessThanIfExists', 'AWS:currenttime', time]),
    ...['10.0.0.1', '10.0.0.7/8', '0.0.0.0/0', '::1', 'fd00::/8'].map((block): [string, string, string] => [
      'NotIpAddressIfExists',
      'aws:SourceIp',
      block,
    ]),
    ['Bool', 'aws:SecureTransport', false],
    ['Null', 'aws:SourceIp', 'true'],
    ['StringEquals', 'ec2:attribute/packetlength', '128'],
    ['ForAnyValue:StringEquals', 'ec2:Attribute', 'Description'],
    ['ArnEquals', 'ec2:Vpc', 'arn:aws:ec2:*:*:vpc/vpc-1'],
    ['ArnLikeIfExists', 'ec2:Subnet', 'arn:aws:ec2:*:*:subnet/*'],
    ['StringLike', 'ec2:AvailabilityZone', 'eu-west-1?'],
  ];
  for (const [operator, key, value] of rows) {
    const { error } = policy.safeParse({
      Statement: [{ ...STATEMENT, Condition: { [operator]: { [key]: value } } }],
    });
    t.same(error?.issues ?? [], [], `${operator} ${key} ${value}`);
  }
});

t.test('a Deny whose names fit nothing is refused, an Allow is not', async (t) => {
  const rows: [name: string, part: object, place: string | undefined, text?: RegExp][] = [
    [
      'service',
      { Action: 's3:*' },
      'Action.0',
      /service that is not here: there are ec2, elasticloadbalancing, ram, cloudwatch/,
    ],
    ['what needs no permission', { Action: 'sts:*' }, 'Action.0', /"sts:\*" is what every user may do/],
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
