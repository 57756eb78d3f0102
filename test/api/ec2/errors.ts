/** Every error has the code that clients know, and changes nothing. */
import t from 'tap';
import { ACTIONS } from '../../../src/api/ec2/ec2-service.js';
import {
  ACCOUNT,
  type Ec2Fixture,
  INVENTORY,
  OTHER_ACCOUNT,
  openEc2,
  type Values,
} from '../../fixtures/api/ec2.js';

const FILE = `${INVENTORY}
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-file, networkInterfaceId: eni-ids, tags: { team: sec } }
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf-file
    ingressFilterRules:
      - { ruleNumber: 1, ruleAction: accept, sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0 }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-file, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-file,
      trafficMirrorFilterId: tmf-file, sessionNumber: 5 }
`;

interface Row {
  readonly action: string;
  readonly values?: Values;
  readonly code: string;
}

/** What rows refer to, by the words in their values. */
async function populate(ec2: Ec2Fixture): Promise<Record<string, string>> {
  const nlb = await ec2.ok('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: 'nlb-ids' });
  const eni = await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids2' });
  const filter = await ec2.ok('CreateTrafficMirrorFilter');
  const filterId = filter.trafficMirrorFilter.trafficMirrorFilterId;
  const rule = await ec2.ok('CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId: filterId });
  const session = await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-db',
    TrafficMirrorTargetId: nlb.trafficMirrorTarget.trafficMirrorTargetId,
    TrafficMirrorFilterId: filterId,
    SessionNumber: 1,
  });
  return {
    NLB: nlb.trafficMirrorTarget.trafficMirrorTargetId,
    ENI: eni.trafficMirrorTarget.trafficMirrorTargetId,
    FILTER: filterId,
    RULE: rule.trafficMirrorFilterRule.trafficMirrorFilterRuleId,
    SESSION: session.trafficMirrorSession.trafficMirrorSessionId,
  };
}

const RULE = {
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '10.0.0.0/16',
};
const NEW_RULE = { ...RULE, RuleNumber: 20, TrafficMirrorFilterId: 'FILTER' };
const SESSION = {
  NetworkInterfaceId: 'eni-db',
  TrafficMirrorTargetId: 'NLB',
  TrafficMirrorFilterId: 'FILTER',
  SessionNumber: 2,
};
const TAGS = { 'ResourceId.1': 'FILTER', 'Tag.1.Key': 'a' };
const PORTS = { Protocol: 6, 'DestinationPortRange.FromPort': 1, 'DestinationPortRange.ToPort': 2 };

const without = (values: Values, name: string): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
const manyTags = (count: number): Values =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`Tag.${index + 1}.Key`, `key${index}`]));

const ROWS: readonly Row[] = [
  { action: 'CreateTrafficMirrorTargets', code: 'InvalidAction' },
  { action: 'constructor', code: 'InvalidAction' },
  { action: 'DescribeTags', values: { Version: '2014-01-01' }, code: 'NoSuchVersion' },
  { action: 'DescribeTags', values: { Colour: 'red' }, code: 'UnknownParameter' },
  { action: 'DescribeTags', values: { __proto__x: 'red' }, code: 'UnknownParameter' },
  { action: 'DescribeTags', values: { MaxResults: 4 }, code: 'InvalidParameterValue' },
  { action: 'DescribeTags', values: { MaxResults: 1001 }, code: 'InvalidParameterValue' },
  { action: 'DescribeTags', values: { MaxResults: '' }, code: 'InvalidParameterValue' },
  { action: 'DescribeTags', values: { NextToken: 'nonsense' }, code: 'InvalidPaginationToken' },
  { action: 'DescribeTags', values: { DryRun: 'maybe' }, code: 'InvalidParameterValue' },
  { action: 'DescribeTags', values: { DryRun: true }, code: 'DryRunOperation' },
  {
    action: 'DescribeTags',
    values: { 'Filter.1.Name': 'nope', 'Filter.1.Value.1': 'x' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'DescribeTags',
    values: { 'Filter.1.Name': 'constructor', 'Filter.1.Value.1': 'x' },
    code: 'InvalidParameterValue',
  },
  { action: 'DescribeTags', values: { 'Filter.1.Name': 'key' }, code: 'MissingParameter' },
  { action: 'DescribeTags', values: { 'Filter.1.Value.1': 'key' }, code: 'MissingParameter' },
  {
    action: 'DescribeTags',
    values: {
      'Filter.1.Name': 'key',
      ...Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`Filter.1.Value.${index + 1}`, 'x'])),
    },
    code: 'FilterLimitExceeded',
  },

  { action: 'CreateTrafficMirrorTarget', code: 'InvalidParameterCombination' },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-ids2', NetworkLoadBalancerArn: 'nlb-ids' },
    code: 'InvalidParameterCombination',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { GatewayLoadBalancerEndpointId: 'vpce-nope' },
    code: 'InvalidVpcEndpointId.NotFound',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { GatewayLoadBalancerEndpointId: 'vpce-ids', NetworkLoadBalancerArn: 'nlb-ids' },
    code: 'InvalidParameterCombination',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-0123456789abcdef0' },
    code: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eth9' },
    code: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-other' },
    code: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkLoadBalancerArn: 'nlb-nope' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-db' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-web' },
    code: 'InterfaceInUseByTrafficMirrorSession',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkInterfaceId: 'eni-ids' },
    code: 'InterfaceInUseByTrafficMirrorTarget',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkLoadBalancerArn: 'nlb-ids', DryRun: true },
    code: 'DryRunOperation',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkLoadBalancerArn: 'nlb-ids', ClientToken: 'x'.repeat(65) },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkLoadBalancerArn: 'nlb-ids', Description: 'a\u0001b' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorTarget',
    values: { NetworkLoadBalancerArn: 'nlb-ids', Description: '\ud800' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilter',
    values: { 'TagSpecification.1.ResourceType': 'vpc', 'TagSpecification.1.Tag.1.Key': 'a' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilter',
    values: { 'TagSpecification.1.Tag.1.Key': 'a' },
    code: 'MissingParameter',
  },

  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'TrafficMirrorFilterId'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'TrafficDirection'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'RuleNumber'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'RuleAction'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'SourceCidrBlock'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without(NEW_RULE, 'DestinationCidrBlock'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, TrafficMirrorFilterId: 'tmf-0123' },
    code: 'InvalidTrafficMirrorFilterId.NotFound',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, TrafficMirrorFilterId: 'filter' },
    code: 'InvalidTrafficMirrorFilterId.Malformed',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, TrafficMirrorFilterId: 'tmf-file' },
    code: 'OperationNotPermitted',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, TrafficDirection: 'sideways' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, RuleAction: 'maybe' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, RuleNumber: 0 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, RuleNumber: 32767 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, RuleNumber: '1e3' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, RuleNumber: 10 },
    code: 'TrafficMirrorFilterRuleAlreadyExists',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, Protocol: -1 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, Protocol: 256 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, SourceCidrBlock: '10.0.0.0/33' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, SourceCidrBlock: '::/0' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without({ ...NEW_RULE, ...PORTS }, 'Protocol'),
    code: 'InvalidParameterCombination',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: without({ ...NEW_RULE, ...PORTS }, 'DestinationPortRange.ToPort'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, ...PORTS, 'DestinationPortRange.FromPort': 3 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, ...PORTS, 'DestinationPortRange.ToPort': 65536 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorFilterRule',
    values: { ...NEW_RULE, ...PORTS, 'DestinationPortRange.FromPort': -1 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'ModifyTrafficMirrorFilterRule',
    values: { TrafficMirrorFilterRuleId: 'tmfr-1' },
    code: 'InvalidTrafficMirrorFilterRuleId.NotFound',
  },
  {
    action: 'ModifyTrafficMirrorFilterRule',
    values: { TrafficMirrorFilterRuleId: 'RULE', 'RemoveField.1': 'rule-number' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'ModifyTrafficMirrorFilterRule',
    values: { TrafficMirrorFilterRuleId: 'RULE', Protocol: 6, 'RemoveField.1': 'protocol' },
    code: 'InvalidParameterCombination',
  },
  {
    action: 'ModifyTrafficMirrorFilterRule',
    values: { TrafficMirrorFilterRuleId: 'RULE', DestinationCidrBlock: '::/0' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'ModifyTrafficMirrorFilterRule',
    values: { TrafficMirrorFilterRuleId: 'tmf-file/ingress/1' },
    code: 'OperationNotPermitted',
  },
  {
    action: 'ModifyTrafficMirrorFilterNetworkServices',
    values: { TrafficMirrorFilterId: 'FILTER', 'AddNetworkService.1': 'dns' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'ModifyTrafficMirrorFilterNetworkServices',
    values: {
      TrafficMirrorFilterId: 'FILTER',
      'AddNetworkService.1': 'amazon-dns',
      'RemoveNetworkService.1': 'amazon-dns',
    },
    code: 'InvalidParameterCombination',
  },

  {
    action: 'CreateTrafficMirrorSession',
    values: without(SESSION, 'NetworkInterfaceId'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: without(SESSION, 'SessionNumber'),
    code: 'MissingParameter',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, NetworkInterfaceId: 'eni-nope-0123456789' },
    code: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, NetworkInterfaceId: 'eni-other' },
    code: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, NetworkInterfaceId: 'eni-ids2' },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, TrafficMirrorTargetId: 'tmt-0123' },
    code: 'InvalidTrafficMirrorTargetId.NotFound',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, TrafficMirrorFilterId: 'tmf-0123' },
    code: 'InvalidTrafficMirrorFilterId.NotFound',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, SessionNumber: 0 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, SessionNumber: 32767 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, SessionNumber: 1 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, NetworkInterfaceId: 'eni-web', SessionNumber: 5 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, PacketLength: 0 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, PacketLength: -1 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, PacketLength: 1e9 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, PacketLength: 8501 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, VirtualNetworkId: -1 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'CreateTrafficMirrorSession',
    values: { ...SESSION, VirtualNetworkId: 2 ** 24 },
    code: 'InvalidParameterValue',
  },
  { action: 'CreateTrafficMirrorSession', values: { ...SESSION, DryRun: true }, code: 'DryRunOperation' },
  {
    action: 'ModifyTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'tms-1' },
    code: 'InvalidTrafficMirrorSessionId.NotFound',
  },
  {
    action: 'ModifyTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'tms-file', SessionNumber: 9 },
    code: 'OperationNotPermitted',
  },
  {
    action: 'ModifyTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'SESSION', PacketLength: 9000 },
    code: 'InvalidParameterValue',
  },
  {
    action: 'ModifyTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'SESSION', PacketLength: 90, 'RemoveField.1': 'packet-length' },
    code: 'InvalidParameterCombination',
  },
  {
    action: 'ModifyTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'SESSION', TrafficMirrorTargetId: 'tmt-1' },
    code: 'InvalidTrafficMirrorTargetId.NotFound',
  },

  {
    action: 'DeleteTrafficMirrorTarget',
    values: { TrafficMirrorTargetId: 'NLB' },
    code: 'TrafficMirrorTargetInUse',
  },
  {
    action: 'DeleteTrafficMirrorTarget',
    values: { TrafficMirrorTargetId: 'ENI', DryRun: true },
    code: 'DryRunOperation',
  },
  {
    action: 'DeleteTrafficMirrorTarget',
    values: { TrafficMirrorTargetId: 'tmt-file' },
    code: 'OperationNotPermitted',
  },
  {
    action: 'DeleteTrafficMirrorTarget',
    values: { TrafficMirrorTargetId: 'tmt-1' },
    code: 'InvalidTrafficMirrorTargetId.NotFound',
  },
  { action: 'DeleteTrafficMirrorTarget', code: 'MissingParameter' },
  {
    action: 'DeleteTrafficMirrorFilter',
    values: { TrafficMirrorFilterId: 'FILTER' },
    code: 'TrafficMirrorFilterInUse',
  },
  {
    action: 'DeleteTrafficMirrorFilter',
    values: { TrafficMirrorFilterId: 'tmf-file' },
    code: 'OperationNotPermitted',
  },
  {
    action: 'DeleteTrafficMirrorSession',
    values: { TrafficMirrorSessionId: 'tms-file' },
    code: 'OperationNotPermitted',
  },

  { action: 'CreateTags', values: { 'Tag.1.Key': 'a' }, code: 'MissingParameter' },
  { action: 'CreateTags', values: { 'ResourceId.1': 'FILTER' }, code: 'MissingParameter' },
  { action: 'CreateTags', values: { ...TAGS, 'Tag.1.Key': 'aws:x' }, code: 'InvalidParameterValue' },
  { action: 'CreateTags', values: { ...TAGS, 'Tag.1.Key': 'k'.repeat(128) }, code: 'InvalidParameterValue' },
  {
    action: 'CreateTags',
    values: { ...TAGS, 'Tag.1.Value': 'v'.repeat(257) },
    code: 'InvalidParameterValue',
  },
  { action: 'CreateTags', values: { ...TAGS, 'Tag.2.Key': 'a' }, code: 'InvalidParameterValue' },
  { action: 'CreateTags', values: { ...TAGS, ...manyTags(51) }, code: 'TagLimitExceeded' },
  { action: 'CreateTags', values: { ...TAGS, 'ResourceId.2': 'vol-1' }, code: 'InvalidID' },
  {
    action: 'CreateTags',
    values: { ...TAGS, 'ResourceId.2': 'tms-1' },
    code: 'InvalidTrafficMirrorSessionId.NotFound',
  },
  { action: 'CreateTags', values: { ...TAGS, 'ResourceId.2': 'tmt-file' }, code: 'OperationNotPermitted' },
  { action: 'DeleteTags', values: { 'ResourceId.1': 'tmf-file/ingress/1' }, code: 'OperationNotPermitted' },
];

t.test('errors', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE });
  const ids = await populate(ec2);
  const everything = () =>
    JSON.stringify(['targets', 'filters', 'sessions'].map((name) => [...ec2.state.store.table(name)]));
  const before = everything();
  const applied = ec2.applied.length;
  for (const { action, values = {}, code } of ROWS) {
    const filled = Object.entries(values).map(([name, value]) => [name, ids[String(value)] ?? value]);
    t.equal(
      await ec2.code(action, Object.fromEntries(filled)),
      code,
      `${action} ${JSON.stringify(values).slice(0, 120)}`,
    );
  }
  t.equal(everything(), before, 'nothing has changed');
  t.equal(ec2.applied.length, applied, 'the engine heard nothing');
});

t.test('a port error says of which range it is', async (t) => {
  const ec2 = await openEc2(t);
  const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter');
  const { trafficMirrorFilterId: TrafficMirrorFilterId } = trafficMirrorFilter;
  for (const range of ['SourcePortRange', 'DestinationPortRange']) {
    for (const end of ['FromPort', 'ToPort']) {
      const ports = { [`${range}.FromPort`]: 1, [`${range}.ToPort`]: 2, [`${range}.${end}`]: 65536 };
      const { content } = await ec2.call('CreateTrafficMirrorFilterRule', {
        ...RULE,
        Protocol: 6,
        TrafficMirrorFilterId,
        ...ports,
      });
      const name = `${range.charAt(0).toLowerCase()}${range.slice(1)}.${end}`;
      t.match(content.Errors.Error.Message, `Value (65536) for parameter ${name} is invalid.`);
    }
  }
});

t.test('quotas', async (t) => {
  const quotas = { targets: 1, filters: 2, sessions: 2, rulesPerFilter: 1, sessionsPerNetworkInterface: 1 };
  const ec2 = await openEc2(t, { quotas });
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter;
  await ec2.ok('CreateTrafficMirrorFilter');
  const session = {
    TrafficMirrorTargetId: target.trafficMirrorTargetId,
    TrafficMirrorFilterId: filter.trafficMirrorFilterId,
    NetworkInterfaceId: 'eni-web',
    SessionNumber: 1,
  };
  const rule = { ...RULE, TrafficMirrorFilterId: filter.trafficMirrorFilterId };
  await ec2.ok('CreateTrafficMirrorFilterRule', rule);
  await ec2.ok('CreateTrafficMirrorSession', session);
  const again = { ...session, SessionNumber: 2 };
  const rows: [string, Values, string][] = [
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids2' }, 'TrafficMirrorTargetLimitExceeded'],
    ['CreateTrafficMirrorFilter', {}, 'TrafficMirrorFilterLimitExceeded'],
    ['CreateTrafficMirrorFilterRule', { ...rule, RuleNumber: 11 }, 'TrafficMirrorFilterRuleLimitExceeded'],
    ['CreateTrafficMirrorSession', again, 'TrafficMirrorSessionsPerInterfaceLimitExceeded'],
  ];
  for (const [action, values, code] of rows) t.equal(await ec2.code(action, values), code);
  await ec2.ok('CreateTrafficMirrorSession', { ...again, NetworkInterfaceId: 'eni-db' });
  const third = { ...again, NetworkInterfaceId: 'lo' };
  t.equal(await ec2.code('CreateTrafficMirrorSession', third), 'TrafficMirrorSessionLimitExceeded');
  await ec2.ok('CreateTrafficMirrorFilter', {}, OTHER_ACCOUNT);
  t.pass('another account has quotas of its own');
});

t.test('UnauthorizedOperation names caller, action and resource', async (t) => {
  const asked: string[] = [];
  const ec2 = await openEc2(t, {
    authorize: (_principal, action, arn) => {
      asked.push(`${action} ${arn}`);
      return arn.includes('filter/') ? 'explicit-deny' : 'allow';
    },
  });
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget;
  const { content, status } = await ec2.call('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: target.trafficMirrorTargetId,
    TrafficMirrorFilterId: 'tmf-1',
    SessionNumber: 1,
  });
  t.equal(status, 403);
  t.match(content.Errors.Error, {
    Code: 'UnauthorizedOperation',
    Message: `User: arn:aws:iam::${ACCOUNT}:user/admin is not authorized to perform: ec2:CreateTrafficMirrorSession on resource: arn:aws:ec2:us-east-1:${ACCOUNT}:traffic-mirror-filter/tmf-1 with an explicit deny`,
  });
  t.same(asked.slice(2), [
    `ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:${ACCOUNT}:network-interface/eni-web`,
    `ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:${ACCOUNT}:traffic-mirror-target/${target.trafficMirrorTargetId}`,
    `ec2:CreateTrafficMirrorSession arn:aws:ec2:us-east-1:${ACCOUNT}:traffic-mirror-filter/tmf-1`,
  ]);
  asked.length = 0;
  await ec2.ok('CreateTrafficMirrorTarget', { GatewayLoadBalancerEndpointId: 'vpce-ids' });
  t.same(asked, [
    `ec2:CreateTrafficMirrorTarget arn:aws:ec2:us-east-1:${ACCOUNT}:traffic-mirror-target/*`,
    `ec2:CreateTrafficMirrorTarget arn:aws:ec2:us-east-1:${ACCOUNT}:vpc-endpoint/vpce-ids`,
  ]);
});

t.test('what a session needs', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE });
  const ids = await populate(ec2);
  const session = Object.fromEntries(
    Object.entries(SESSION).map(([name, value]) => [name, ids[String(value)] ?? value]),
  );
  for (const name of Object.keys(session)) {
    const { content } = await ec2.call('CreateTrafficMirrorSession', without(session, name));
    t.match(content.Errors.Error, { Code: 'MissingParameter', Message: name });
  }
  await ec2.ok('CreateTrafficMirrorSession', session);
});

t.test('tags of a session that is created', async (t) => {
  const ec2 = await openEc2(t, { configuration: FILE });
  const ids = await populate(ec2);
  const session = Object.fromEntries(
    Object.entries(SESSION).map(([name, value]) => [name, ids[String(value)] ?? value]),
  );
  const at = 'TagSpecification.1';
  const type = { [`${at}.ResourceType`]: 'traffic-mirror-session' };
  const rows: [name: string, tags: Values, code: string][] = [
    ['no type', { [`${at}.Tag.1.Key`]: 'a' }, 'MissingParameter'],
    [
      'a type that the action does not create',
      { [`${at}.ResourceType`]: 'traffic-mirror-target', [`${at}.Tag.1.Key`]: 'a' },
      'InvalidParameterValue',
    ],
    ['a reserved key', { ...type, [`${at}.Tag.1.Key`]: 'aws:a' }, 'InvalidParameterValue'],
    ['a key of 128 characters', { ...type, [`${at}.Tag.1.Key`]: 'k'.repeat(128) }, 'InvalidParameterValue'],
    [
      'a value of 257 characters',
      { ...type, [`${at}.Tag.1.Key`]: 'a', [`${at}.Tag.1.Value`]: 'v'.repeat(257) },
      'InvalidParameterValue',
    ],
    [
      'the longest',
      { ...type, [`${at}.Tag.1.Key`]: 'k'.repeat(127), [`${at}.Tag.1.Value`]: 'v'.repeat(256) },
      'none',
    ],
  ];
  for (const [name, tags, code] of rows) {
    t.equal(await ec2.code('CreateTrafficMirrorSession', { ...session, ...tags }), code, name);
  }
});

t.test('a dry run', async (t) => {
  let decision: 'allow' | 'implicit-deny' = 'allow';
  const ec2 = await openEc2(t, { configuration: FILE, authorize: () => decision });
  const ids = await populate(ec2);
  const session = Object.fromEntries(
    Object.entries(SESSION).map(([name, value]) => [name, ids[String(value)] ?? value]),
  );
  const before = ec2.state.store.table('sessions').size;
  const dry = { ...session, DryRun: true };
  t.equal(await ec2.code('CreateTrafficMirrorSession', dry), 'DryRunOperation');
  decision = 'implicit-deny';
  t.equal(await ec2.code('CreateTrafficMirrorSession', dry), 'UnauthorizedOperation');
  t.equal(ec2.state.store.table('sessions').size, before, 'nothing is created');
});

t.test('no call raises a quota', async (t) => {
  const ec2 = await openEc2(t, { quotas: { targets: 0 } });
  t.notOk([...ACTIONS.keys()].some((action) => /quota|limit|increase/i.test(action)));
  t.equal(await ec2.code('RequestServiceQuotaIncrease', { QuotaCode: 'targets' }), 'InvalidAction');
  const receiver = { NetworkInterfaceId: 'eni-ids' };
  t.equal(await ec2.code('CreateTrafficMirrorTarget', receiver), 'TrafficMirrorTargetLimitExceeded');
});
