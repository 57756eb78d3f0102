/** Policies on where an interface is and on what a request changes, and the owner of an interface's subnet. */
import t, { type Test } from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import type { PolicyStatement, Principal } from '../../../src/api/service.js';
import {
  ACCOUNT,
  type Ec2Fixture,
  OTHER_ACCOUNT,
  openEc2,
  REGION,
  resourcesOf,
  type Values,
} from '../../fixtures/api/ec2.js';

const ALLOW_ALL: PolicyStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };

const userOf = (accountId: string, ...statements: PolicyStatement[]): Principal => ({
  accountId,
  userName: 'u',
  arn: `arn:aws:iam::${accountId}:user/u`,
  statements,
});

const when = (operator: string, key: string, ...values: string[]): PolicyStatement => ({
  ...ALLOW_ALL,
  Condition: { [operator]: { [key]: values } },
});

const deny = (operator: string, key: string, ...values: string[]): Principal =>
  userOf(ACCOUNT, ALLOW_ALL, { ...when(operator, key, ...values), Effect: 'Deny' });

const RULE = {
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  Protocol: 6,
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '0.0.0.0/0',
};

const CONFIGURATION = `
networkInterfaces:
  - { networkInterfaceId: eni-web, device: veth0 }
  - { networkInterfaceId: eni-ids, address: 10.9.0.2 }
  - networkInterfaceId: eni-shared
    device: veth2
    address: 10.9.0.7
    ownerId: "${OTHER_ACCOUNT}"
    subnetOwnerId: "${ACCOUNT}"
  - { networkInterfaceId: eni-private, device: veth3, ownerId: "${OTHER_ACCOUNT}" }
`;

/** Where the interfaces of tests are. */
const PLACES: Readonly<Record<string, object>> = {
  'eni-web': { vpcId: 'vpc-1', subnetId: 'subnet-1', availabilityZone: 'us-east-1a', tags: { team: 'red' } },
  'eni-shared': { vpcId: 'vpc-2', subnetId: 'subnet-2', availabilityZone: 'us-east-1b' },
};

interface Parts {
  readonly ec2: Ec2Fixture;
  readonly target: string;
  readonly filter: string;
}

async function open(t: Test): Promise<Parts> {
  const ec2 = await openEc2(t, { authorize, configuration: CONFIGURATION });
  const file = resourcesOf(CONFIGURATION);
  const networkInterfaces = file.networkInterfaces.map((one) => ({
    ...one,
    ...PLACES[one.networkInterfaceId],
  }));
  ec2.state.catalog.declare({ ...file, networkInterfaces }, ACCOUNT);
  const admin = userOf(ACCOUNT, ALLOW_ALL);
  const target = await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, admin);
  const filter = await ec2.ok('CreateTrafficMirrorFilter', {}, admin);
  return {
    ec2,
    target: target.trafficMirrorTarget.trafficMirrorTargetId,
    filter: filter.trafficMirrorFilter.trafficMirrorFilterId,
  };
}

const sessionOn = (NetworkInterfaceId: string, { target, filter }: Parts, more: Values = {}): Values => ({
  NetworkInterfaceId,
  TrafficMirrorTargetId: target,
  TrafficMirrorFilterId: filter,
  SessionNumber: 1,
  ...more,
});

t.test('where the source is', async (t) => {
  const parts = await open(t);
  const { ec2 } = parts;
  const vpc = (accountId: string, id: string): string => `arn:aws:ec2:${REGION}:${accountId}:vpc/${id}`;
  const subnet = (accountId: string, id: string): string => `arn:aws:ec2:${REGION}:${accountId}:subnet/${id}`;
  const rows: [caller: Principal, id: string, want: string][] = [
    [deny('ArnEquals', 'ec2:Vpc', vpc(ACCOUNT, 'vpc-1')), 'eni-web', 'UnauthorizedOperation'],
    [deny('ArnEquals', 'ec2:Vpc', vpc(ACCOUNT, 'vpc-9')), 'eni-web', 'DryRunOperation'],
    [deny('ArnLike', 'ec2:Subnet', subnet('*', 'subnet-*')), 'eni-web', 'UnauthorizedOperation'],
    [deny('StringEquals', 'ec2:Subnet', subnet(ACCOUNT, 'subnet-2')), 'eni-web', 'DryRunOperation'],
    [deny('StringLike', 'ec2:AvailabilityZone', '*a'), 'eni-web', 'UnauthorizedOperation'],
    [deny('StringLike', 'ec2:AvailabilityZone', '*a'), 'eni-shared', 'DryRunOperation'],
    [deny('ArnEquals', 'ec2:Vpc', vpc(ACCOUNT, 'vpc-2')), 'eni-shared', 'UnauthorizedOperation'],
    [deny('ArnEquals', 'ec2:Subnet', subnet(OTHER_ACCOUNT, 'subnet-2')), 'eni-shared', 'DryRunOperation'],
    [deny('Null', 'ec2:Vpc', 'false'), 'eni-web', 'UnauthorizedOperation'],
    [deny('Null', 'ec2:Vpc', 'false'), 'eni-private', 'InvalidNetworkInterfaceID.NotFound'],
    [deny('StringEquals', 'ec2:ResourceTag/team', 'red'), 'eni-web', 'UnauthorizedOperation'],
    [deny('StringEquals', 'ec2:ResourceTag/team', 'red'), 'eni-shared', 'DryRunOperation'],
    [deny('ArnNotEqualsIfExists', 'ec2:Vpc', vpc(ACCOUNT, 'vpc-1')), 'eni-shared', 'UnauthorizedOperation'],
  ];
  for (const [caller, id, want] of rows) {
    const asked = sessionOn(id, parts, { DryRun: true });
    t.equal(
      await ec2.code('CreateTrafficMirrorSession', asked, caller),
      want,
      JSON.stringify(caller.statements[1]),
    );
  }
  const inOne = {
    ...when('ArnEquals', 'ec2:Vpc', vpc(ACCOUNT, 'vpc-1')),
    Resource: ['arn:aws:ec2:*:*:network-interface/*'],
  };
  const rest = { ...ALLOW_ALL, Resource: ['arn:aws:ec2:*:*:traffic-mirror-*'] };
  const some = userOf(ACCOUNT, inOne, rest);
  const ask = (id: string) =>
    ec2.code('CreateTrafficMirrorSession', sessionOn(id, parts, { DryRun: true }), some);
  t.equal(await ask('eni-web'), 'DryRunOperation');
  t.equal(await ask('veth0'), 'DryRunOperation', 'by its device it is in the same place');
  t.equal(await ask('eni-shared'), 'UnauthorizedOperation');
  t.equal(await ask('eni-private'), 'UnauthorizedOperation', 'one that the caller does not see is nowhere');
  t.equal(await ask('eni-absent'), 'UnauthorizedOperation', 'as is one that is not there');
});

t.test('the owner of the subnet mirrors, and does no more', async (t) => {
  const parts = await open(t);
  const { ec2 } = parts;
  const admin = userOf(ACCOUNT, ALLOW_ALL);
  t.equal(
    await ec2.code('CreateTrafficMirrorSession', sessionOn('eni-private', parts), admin),
    'InvalidNetworkInterfaceID.NotFound',
  );
  const session = await ec2.ok('CreateTrafficMirrorSession', sessionOn('eni-shared', parts), admin);
  t.match(session.trafficMirrorSession, { ownerId: ACCOUNT, networkInterfaceId: 'eni-shared' });
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 1, 'and is mirrored');
  const shown = await ec2.ok('DescribeNetworkInterfaces', { 'NetworkInterfaceId.1': 'eni-shared' }, admin);
  t.match(shown.networkInterfaceSet.item, [{ ownerId: OTHER_ACCOUNT }]);
  await ec2.ok(
    'DeleteTrafficMirrorSession',
    { TrafficMirrorSessionId: session.trafficMirrorSession.trafficMirrorSessionId },
    admin,
  );
  t.equal(
    await ec2.code('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-shared' }, admin),
    'UnauthorizedOperation',
    'its address is the owner’s',
  );
  const owner = userOf(OTHER_ACCOUNT, ALLOW_ALL);
  await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-shared' }, owner);
  const arn = `arn:aws:ec2:*:${ACCOUNT}:*`;
  const own = userOf(ACCOUNT, { ...ALLOW_ALL, Resource: [arn] });
  t.equal(
    await ec2.code('CreateTrafficMirrorSession', sessionOn('eni-shared', parts), own),
    'UnauthorizedOperation',
    'the ARN of the interface is its owner’s: a policy on the own account does not reach it',
  );
});

t.test('a session goes when the subnet changes hands', async (t) => {
  const parts = await open(t);
  const { ec2 } = parts;
  await ec2.ok('CreateTrafficMirrorSession', sessionOn('eni-shared', parts), userOf(ACCOUNT, ALLOW_ALL));
  t.equal(ec2.state.active.resources.trafficMirrorSessions.length, 1);
  const file = resourcesOf(CONFIGURATION.replace(`subnetOwnerId: "${ACCOUNT}"`, ''));
  ec2.state.catalog.declare(file, ACCOUNT);
  t.equal(ec2.state.active.resources.trafficMirrorSessions.length, 0);
});

t.test('what a request changes', async (t) => {
  const parts = await open(t);
  const { ec2, filter } = parts;
  const admin = userOf(ACCOUNT, ALLOW_ALL);
  const session = (await ec2.ok('CreateTrafficMirrorSession', sessionOn('eni-web', parts), admin))
    .trafficMirrorSession.trafficMirrorSessionId;
  const rule = (
    await ec2.ok('CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId: filter }, admin)
  ).trafficMirrorFilterRule.trafficMirrorFilterRuleId;
  const ofSession = (values: Values): [string, Values] => [
    'ModifyTrafficMirrorSession',
    { TrafficMirrorSessionId: session, DryRun: true, ...values },
  ];
  const ofRule = (values: Values): [string, Values] => [
    'ModifyTrafficMirrorFilterRule',
    { TrafficMirrorFilterRuleId: rule, DryRun: true, ...values },
  ];
  const ofServices = (values: Values): [string, Values] => [
    'ModifyTrafficMirrorFilterNetworkServices',
    { TrafficMirrorFilterId: filter, DryRun: true, ...values },
  ];
  const noVni = deny('StringEquals', 'ec2:Attribute', 'VirtualNetworkId');
  const anyVni = deny('StringLike', 'ec2:Attribute/VirtualNetworkId', '*');
  const shortOnly = deny('StringNotEqualsIfExists', 'ec2:Attribute/PacketLength', '64', '128');
  const shortIfGiven = userOf(ACCOUNT, ALLOW_ALL, {
    ...ALLOW_ALL,
    Effect: 'Deny',
    Condition: {
      StringNotEquals: { 'ec2:Attribute/PacketLength': ['64', '128'] },
      Null: { 'ec2:Attribute/PacketLength': ['false'] },
    },
  });
  const only = userOf(ACCOUNT, when('StringEquals', 'ec2:Attribute', 'Description', 'PacketLength'));
  const rows: [caller: Principal, call: [string, Values], want: string][] = [
    [noVni, ofSession({ Description: 'x' }), 'DryRunOperation'],
    [noVni, ofSession({ VirtualNetworkId: 7 }), 'UnauthorizedOperation'],
    [noVni, ofSession({ 'RemoveField.1': 'virtual-network-id' }), 'UnauthorizedOperation'],
    [noVni, ofSession({ Description: 'x', VirtualNetworkId: 7 }), 'UnauthorizedOperation'],
    [anyVni, ofSession({ VirtualNetworkId: 7 }), 'UnauthorizedOperation'],
    [anyVni, ofSession({ 'RemoveField.1': 'virtual-network-id' }), 'UnauthorizedOperation'],
    [anyVni, ofSession({ SessionNumber: 2 }), 'DryRunOperation'],
    [shortOnly, ofSession({ PacketLength: 128 }), 'DryRunOperation'],
    [shortOnly, ofSession({ PacketLength: 1280 }), 'UnauthorizedOperation'],
    [shortOnly, ofSession({ 'RemoveField.1': 'packet-length' }), 'UnauthorizedOperation'],
    // As with IAM, what is negated fits a request without the key; `Null` beside it says that it must be there.
    [shortOnly, ofSession({ Description: '' }), 'UnauthorizedOperation'],
    [shortIfGiven, ofSession({ Description: '' }), 'DryRunOperation'],
    [shortIfGiven, ofSession({ PacketLength: 1280 }), 'UnauthorizedOperation'],
    [shortIfGiven, ofSession({ 'RemoveField.1': 'packet-length' }), 'UnauthorizedOperation'],
    [only, ofSession({ Description: 'x', PacketLength: 1 }), 'DryRunOperation'],
    [only, ofSession({ Description: 'x', SessionNumber: 3 }), 'UnauthorizedOperation'],
    [only, ofSession({ 'RemoveField.1': 'description' }), 'DryRunOperation'],
    [only, ofSession({}), 'UnauthorizedOperation'],
    [
      deny('StringEquals', 'ec2:Attribute/SessionNumber', '3'),
      ofSession({ SessionNumber: 3 }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/TrafficMirrorFilterId', filter),
      ofSession({ TrafficMirrorFilterId: filter }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/RuleAction', 'reject'),
      ofRule({ RuleAction: 'reject' }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/RuleAction', 'reject'),
      ofRule({ RuleAction: 'accept' }),
      'DryRunOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/TrafficDirection', 'egress'),
      ofRule({ TrafficDirection: 'egress' }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute', 'DestinationPortRange'),
      ofRule({ 'DestinationPortRange.FromPort': 1, 'DestinationPortRange.ToPort': 2 }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute', 'DestinationPortRange'),
      ofRule({ 'RemoveField.1': 'destination-port-range' }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/Protocol', ''),
      ofRule({ 'RemoveField.1': 'protocol' }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/AddNetworkService', 'amazon-dns'),
      ofServices({ 'AddNetworkService.1': 'amazon-dns' }),
      'UnauthorizedOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute/AddNetworkService', 'amazon-dns'),
      ofServices({ 'RemoveNetworkService.1': 'amazon-dns' }),
      'DryRunOperation',
    ],
    [
      deny('StringEquals', 'ec2:Attribute', 'RemoveNetworkService'),
      ofServices({ 'RemoveNetworkService.1': 'amazon-dns' }),
      'UnauthorizedOperation',
    ],
  ];
  for (const [caller, [action, values], want] of rows) {
    const name = `${JSON.stringify(caller.statements.at(-1)?.Condition)} ${JSON.stringify(values)}`;
    t.equal(await ec2.code(action, values, caller), want, name);
  }
});
