/** What a user may not do, however it asks: by a token of somebody else, by another name, or with a tag twice. */
import t, { type Test } from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import type { PolicyStatement, Principal } from '../../../src/api/service.js';
import { ACCOUNT, type Ec2Fixture, openEc2, type Values } from '../../fixtures/api/ec2.js';

const ALLOW_ALL: PolicyStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };
const RULE = {
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '0.0.0.0/0',
};

function userOf(userName: string, ...statements: PolicyStatement[]): Principal {
  return { accountId: ACCOUNT, userName, arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`, statements };
}

const alice = userOf('alice', ALLOW_ALL);
const bob = userOf('bob', ALLOW_ALL);

/** A request for each creation, with what it refers to made before. */
async function creations(ec2: Ec2Fixture): Promise<readonly (readonly [action: string, values: Values])[]> {
  const TrafficMirrorTargetId = (
    await ec2.ok('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: 'nlb-ids' }, alice)
  ).trafficMirrorTarget.trafficMirrorTargetId;
  const { TrafficMirrorFilterId } = {
    TrafficMirrorFilterId: (await ec2.ok('CreateTrafficMirrorFilter', {}, alice)).trafficMirrorFilter
      .trafficMirrorFilterId,
  };
  const session = {
    NetworkInterfaceId: 'eni-web',
    SessionNumber: 1,
    TrafficMirrorTargetId,
    TrafficMirrorFilterId,
  };
  return [
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }],
    ['CreateTrafficMirrorTarget', { GatewayLoadBalancerEndpointId: 'vpce-ids' }],
    ['CreateTrafficMirrorFilter', { Description: 'web' }],
    ['CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId }],
    ['CreateTrafficMirrorSession', session],
  ];
}

const open = (t: Test): Promise<Ec2Fixture> => openEc2(t, { authorize });

t.test('a client token gives no response to a user who may not create the resource', async (t) => {
  const ec2 = await open(t);
  const some = userOf('some', {
    Effect: 'Allow',
    Action: ['ec2:*'],
    Resource: ['arn:aws:ec2:*:*:traffic-mirror-*'],
  });
  for (const [index, [action, values]] of (await creations(ec2)).entries()) {
    const asked = { ...values, ClientToken: `token ${index}` };
    const { requestId: _, ...first } = await ec2.ok(action, asked, alice);
    t.match(await ec2.ok(action, asked, alice), first, `${action}: whoever made it`);
    for (const user of [
      userOf('nobody'),
      userOf('alice'),
      userOf('deny', ALLOW_ALL, { ...ALLOW_ALL, Effect: 'Deny' }),
    ]) {
      const { status, content } = await ec2.call(action, asked, user);
      t.match(
        { status, content },
        { status: 403, content: { Errors: { Error: { Code: 'UnauthorizedOperation' } } } },
      );
    }
    if ('NetworkInterfaceId' in values || 'GatewayLoadBalancerEndpointId' in values)
      t.equal(
        await ec2.code(action, asked, some),
        'UnauthorizedOperation',
        `${action}: not of all that it names`,
      );
  }
});

t.test('a client token belongs to one user', async (t) => {
  const ec2 = await open(t);
  const asked = { ClientToken: 'same' };
  const idOf = async (user: Principal): Promise<string> =>
    (await ec2.ok('CreateTrafficMirrorFilter', asked, user)).trafficMirrorFilter.trafficMirrorFilterId;
  const first = await idOf(alice);
  const second = await idOf(bob);
  t.not(second, first);
  t.equal(await idOf(alice), first);
  t.equal(await idOf(bob), second);
  const other = { ...asked, Description: 'x' };
  t.equal(await ec2.code('CreateTrafficMirrorFilter', other, bob), 'IdempotentParameterMismatch');
  await ec2.ok('CreateTrafficMirrorFilter', other, userOf('carol', ALLOW_ALL));
});

t.test('tokens of an older journal answer the same request of every user who may make it', async (t) => {
  const ec2 = await open(t);
  const asked = { ClientToken: 'old', Description: 'x' };
  const first = await ec2.ok('CreateTrafficMirrorFilter', asked, alice);
  const [[key, value] = ['', undefined]] = [...ec2.state.store.table('clientTokens')];
  await ec2.state.store.commit([
    { table: 'clientTokens', key, value: undefined },
    { table: 'clientTokens', key: `${ACCOUNT} CreateTrafficMirrorFilter old`, value },
  ]);
  const same = { trafficMirrorFilter: first.trafficMirrorFilter };
  t.match(await ec2.ok('CreateTrafficMirrorFilter', asked, alice), same, 'nothing is made twice');
  t.match(await ec2.ok('CreateTrafficMirrorFilter', asked, bob), same);
  t.equal(await ec2.code('CreateTrafficMirrorFilter', asked, userOf('nobody')), 'UnauthorizedOperation');
  const another = await ec2.ok('CreateTrafficMirrorFilter', { ...asked, Description: 'y' }, bob);
  t.equal(another.trafficMirrorFilter.description, 'y', 'another request does not see it');
  t.equal((await ec2.ok('DescribeTrafficMirrorFilters', {}, alice)).trafficMirrorFilterSet.item.length, 2);
});

t.test('a denied tag cannot be hidden behind another', async (t) => {
  const ec2 = await open(t);
  const id = (await ec2.ok('CreateTrafficMirrorFilter', {}, alice)).trafficMirrorFilter.trafficMirrorFilterId;
  const tags = {
    'ResourceId.1': id,
    'Tag.1.Key': 'Team',
    'Tag.1.Value': 'red',
    'Tag.2.Key': 'TEAM',
    'Tag.2.Value': 'blue',
  };
  const deny = (key: string): Principal =>
    userOf('eve', ALLOW_ALL, {
      Effect: 'Deny',
      Action: ['*'],
      Resource: ['*'],
      Condition: { StringEquals: { [key]: ['red'] } },
    });
  t.equal(await ec2.code('CreateTags', tags, deny('aws:RequestTag/team')), 'UnauthorizedOperation');
  await ec2.ok('CreateTags', tags, alice);
  const gone = { TrafficMirrorFilterId: id };
  for (const key of ['aws:ResourceTag/Team', 'ec2:ResourceTag/tEAM']) {
    t.equal(await ec2.code('DeleteTrafficMirrorFilter', gone, deny(key)), 'UnauthorizedOperation', key);
  }
  const onlyBlue = userOf('eve', {
    ...ALLOW_ALL,
    Condition: { StringEquals: { 'aws:ResourceTag/team': ['blue'] } },
  });
  t.equal(await ec2.code('DeleteTrafficMirrorFilter', gone, onlyBlue), 'UnauthorizedOperation');
  // The same key twice; only the second value is allowed.
  const twice = { ...tags, 'Tag.2.Key': 'Team' };
  t.equal(await ec2.code('DeleteTags', twice, deny('aws:RequestTag/team')), 'UnauthorizedOperation');
  await ec2.ok('DeleteTags', twice, alice);
  await ec2.ok('DeleteTrafficMirrorFilter', gone, deny('aws:ResourceTag/Team'));
});

t.test('a denied tag cannot be deleted by naming less of it', async (t) => {
  const ec2 = await open(t);
  const filter = (await ec2.ok('CreateTrafficMirrorFilter', {}, alice)).trafficMirrorFilter;
  const values = { TrafficMirrorFilterId: filter.trafficMirrorFilterId, ...RULE, RuleNumber: 1 };
  const rule = (await ec2.ok('CreateTrafficMirrorFilterRule', values, alice)).trafficMirrorFilterRule;
  const tags = { 'Tag.1.Key': 'team', 'Tag.1.Value': 'red', 'Tag.2.Key': 'env', 'Tag.2.Value': 'test' };
  const limited = (
    effect: 'Allow' | 'Deny',
    Condition: NonNullable<PolicyStatement['Condition']>,
  ): Principal =>
    userOf('eve', ...(effect === 'Deny' ? [ALLOW_ALL] : []), {
      ...ALLOW_ALL,
      Effect: effect,
      Condition,
    });
  const users: [name: string, user: Principal][] = [
    ['a Deny of a value', limited('Deny', { StringEquals: { 'aws:RequestTag/team': ['red'] } })],
    ['a Deny of a key', limited('Deny', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } })],
    ['an Allow of keys', limited('Allow', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['env'] } })],
  ];
  for (const id of [filter.trafficMirrorFilterId, rule.trafficMirrorFilterRuleId]) {
    await ec2.ok('CreateTags', { 'ResourceId.1': id, ...tags }, alice);
    for (const [name, user] of users) {
      for (const less of [{}, { 'Tag.1.Key': 'team' }]) {
        const code = await ec2.code('DeleteTags', { 'ResourceId.1': id, ...less }, user);
        t.equal(code, 'UnauthorizedOperation', `${name}, ${id}, ${Object.keys(less).length} tags named`);
      }
      await ec2.ok('DeleteTags', { 'ResourceId.1': id, 'Tag.1.Key': 'env', DryRun: false }, user);
    }
    t.equal((await ec2.ok('DescribeTags', {}, alice)).tagSet.item.length, 1);
    await ec2.ok('DeleteTags', { 'ResourceId.1': id }, alice);
  }
  t.equal(
    await ec2.code(
      'DeleteTags',
      { 'ResourceId.1': filter.trafficMirrorFilterId, DryRun: true },
      users[1]?.[1],
    ),
    'DryRunOperation',
    'there is no tag any more',
  );
});

t.test('an interface that is named by its device needs permission by its id, too', async (t) => {
  const ec2 = await open(t);
  const values = (await creations(ec2)).at(-1)?.[1] ?? {};
  const without = (pattern: string): Principal =>
    userOf('eve', ALLOW_ALL, { Effect: 'Deny', Action: ['*'], Resource: [pattern] });
  const code = (NetworkInterfaceId: string, user: Principal): Promise<string> =>
    ec2.code('CreateTrafficMirrorSession', { ...values, NetworkInterfaceId, DryRun: true }, user);
  const id = without('arn:aws:ec2:*:*:network-interface/eni-web');
  t.equal(await code('eni-web', id), 'UnauthorizedOperation');
  t.equal(await code('veth0', id), 'UnauthorizedOperation');
  t.equal(await code('veth0', without('arn:aws:ec2:*:*:network-interface/veth0')), 'UnauthorizedOperation');
  t.equal(await code('veth1', id), 'DryRunOperation');
  t.equal(await code('lo', id), 'DryRunOperation', 'a device that is not declared');
});
