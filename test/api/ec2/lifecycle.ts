/** The whole life of each resource, response by response. */
import t from 'tap';
import { parseConfiguration } from '../../../src/config/load.js';
import { buildPlan } from '../../../src/resources/build-plan.js';
import { ACCOUNT, openEc2 } from '../../fixtures/api/ec2.js';

const RULE = {
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '10.0.0.0/16',
};

t.test('a target', async (t) => {
  const ec2 = await openEc2(t);
  const { trafficMirrorTarget: target, clientToken } = await ec2.ok('CreateTrafficMirrorTarget', {
    NetworkInterfaceId: 'eni-ids',
    Description: 'the <IDS> & "more"',
    'TagSpecification.1.ResourceType': 'traffic-mirror-target',
    'TagSpecification.1.Tag.1.Key': 'Name',
    'TagSpecification.1.Tag.1.Value': 't1',
    ClientToken: 'token-1',
  });
  t.equal(clientToken, 'token-1');
  const { trafficMirrorTargetId: id, ...rest } = target;
  t.match(id, /^tmt-0[0-9a-f]{16}$/);
  t.same(rest, {
    networkInterfaceId: 'eni-ids',
    type: 'network-interface',
    description: 'the <IDS> & "more"',
    ownerId: ACCOUNT,
    tagSet: { item: [{ key: 'Name', value: 't1' }] },
  });
  const described = await ec2.ok('DescribeTrafficMirrorTargets', { 'TrafficMirrorTargetId.1': id });
  t.same(described.trafficMirrorTargetSet, { item: [target] });
  t.same(
    (await ec2.ok('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: id })).trafficMirrorTargetId,
    id,
  );
  t.equal(
    await ec2.code('DescribeTrafficMirrorTargets', { 'TrafficMirrorTargetId.1': id }),
    'InvalidTrafficMirrorTargetId.NotFound',
  );
  t.same((await ec2.ok('DescribeTrafficMirrorTargets')).trafficMirrorTargetSet, '');
});

t.test('a target that is an endpoint', async (t) => {
  const ec2 = await openEc2(t);
  const { trafficMirrorTarget: target } = await ec2.ok('CreateTrafficMirrorTarget', {
    GatewayLoadBalancerEndpointId: 'vpce-ids',
  });
  const { trafficMirrorTargetId: id, ...rest } = target;
  t.same(rest, {
    gatewayLoadBalancerEndpointId: 'vpce-ids',
    type: 'gateway-load-balancer-endpoint',
    ownerId: ACCOUNT,
    tagSet: '',
  });
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const session = {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: id,
    TrafficMirrorFilterId: filter,
    SessionNumber: 1,
  };
  t.equal(
    await ec2.code('CreateTrafficMirrorSession', { ...session, PacketLength: 8501 }),
    'InvalidParameterValue',
  );
  const created = await ec2.ok('CreateTrafficMirrorSession', session);
  t.equal(created.trafficMirrorSession.packetLength, '8500', 'the default towards an endpoint');
  t.match(ec2.applied.at(-1), {
    gatewayLoadBalancerEndpoints: [{ address: '10.9.0.9' }],
    trafficMirrorTargets: [{ gatewayLoadBalancerEndpointId: 'vpce-ids' }],
  });
});

t.test('a filter with rules', async (t) => {
  const ec2 = await openEc2(t);
  const created = await ec2.ok('CreateTrafficMirrorFilter', { Description: 'TCP' });
  const { trafficMirrorFilterId: id } = created.trafficMirrorFilter;
  t.match(id, /^tmf-0[0-9a-f]{16}$/);
  t.same(created.trafficMirrorFilter, {
    trafficMirrorFilterId: id,
    ingressFilterRuleSet: '',
    egressFilterRuleSet: '',
    networkServiceSet: '',
    description: 'TCP',
    tagSet: '',
  });
  const { trafficMirrorFilterRule: rule } = await ec2.ok('CreateTrafficMirrorFilterRule', {
    ...RULE,
    TrafficMirrorFilterId: id,
  });
  const ruleId = rule.trafficMirrorFilterRuleId;
  t.match(ruleId, /^tmfr-0[0-9a-f]{16}$/);
  t.same(rule, {
    trafficMirrorFilterRuleId: ruleId,
    trafficMirrorFilterId: id,
    trafficDirection: 'ingress',
    ruleNumber: '10',
    ruleAction: 'accept',
    destinationCidrBlock: '10.0.0.0/16',
    sourceCidrBlock: '0.0.0.0/0',
    tagSet: '',
  });
  const full = {
    Protocol: 6,
    'DestinationPortRange.FromPort': 10000,
    'DestinationPortRange.ToPort': 10001,
    'SourcePortRange.FromPort': 32000,
    'SourcePortRange.ToPort': 64000,
    Description: 'all of it',
  };
  const { trafficMirrorFilterRule: changed } = await ec2.ok('ModifyTrafficMirrorFilterRule', {
    ...full,
    TrafficMirrorFilterRuleId: ruleId,
    RuleNumber: 2,
    TrafficDirection: 'egress',
  });
  const { tagSet: _, ...untagged } = rule;
  t.same(changed, {
    ...untagged,
    trafficDirection: 'egress',
    ruleNumber: '2',
    protocol: '6',
    destinationPortRange: { fromPort: '10000', toPort: '10001' },
    sourcePortRange: { fromPort: '32000', toPort: '64000' },
    description: 'all of it',
  });
  const removed = await ec2.ok('ModifyTrafficMirrorFilterRule', {
    TrafficMirrorFilterRuleId: ruleId,
    'RemoveField.1': 'destination-port-range',
    'RemoveField.2': 'source-port-range',
    'RemoveField.3': 'protocol',
    'RemoveField.4': 'description',
  });
  for (const name of ['protocol', 'destinationPortRange', 'sourcePortRange', 'description']) {
    t.notOk(name in removed.trafficMirrorFilterRule, name);
  }
  const services = await ec2.ok('ModifyTrafficMirrorFilterNetworkServices', {
    TrafficMirrorFilterId: id,
    'AddNetworkService.1': 'amazon-dns',
  });
  t.same(services.trafficMirrorFilter.networkServiceSet, { item: ['amazon-dns'] });
  t.equal(services.trafficMirrorFilter.egressFilterRuleSet.item.length, 1);
  const rules = await ec2.ok('DescribeTrafficMirrorFilterRules', { TrafficMirrorFilterId: id });
  t.equal(rules.trafficMirrorFilterRuleSet.item[0].trafficMirrorFilterRuleId, ruleId);
  await ec2.ok('DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: ruleId });
  const code = await ec2.code('DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: ruleId });
  t.equal(code, 'InvalidTrafficMirrorFilterRuleId.NotFound');
  const after = await ec2.ok('ModifyTrafficMirrorFilterNetworkServices', {
    TrafficMirrorFilterId: id,
    'RemoveNetworkService.1': 'amazon-dns',
  });
  t.equal(after.trafficMirrorFilter.networkServiceSet, '');
  await ec2.ok('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: id });
  t.equal(ec2.applied.length, 0, 'the engine hears nothing of what no session uses');
});

t.test('a session', async (t) => {
  const ec2 = await openEc2(t);
  const make = async (values: Record<string, string>) =>
    (await ec2.ok('CreateTrafficMirrorTarget', values)).trafficMirrorTarget.trafficMirrorTargetId;
  const direct = await make({ NetworkInterfaceId: 'eni-ids' });
  const balanced = await make({ NetworkLoadBalancerArn: 'nlb-ids' });
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const { trafficMirrorSession: session } = await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: balanced,
    TrafficMirrorFilterId: filter,
    SessionNumber: 1,
  });
  const id = session.trafficMirrorSessionId;
  t.match(id, /^tms-0[0-9a-f]{16}$/);
  t.equal(session.packetLength, '8500', 'the default towards a load balancer');
  t.match(session.virtualNetworkId, /^\d+$/);
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 1, 'the engine has it');

  const modify = async (values: Record<string, string | number>) =>
    (await ec2.ok('ModifyTrafficMirrorSession', { TrafficMirrorSessionId: id, ...values }))
      .trafficMirrorSession;
  const changed = await modify({
    Description: 'd',
    PacketLength: 200,
    VirtualNetworkId: 42,
    SessionNumber: 7,
  });
  t.match(changed, { description: 'd', packetLength: '200', virtualNetworkId: '42', sessionNumber: '7' });
  const moved = await modify({ TrafficMirrorTargetId: direct });
  t.match(moved, { trafficMirrorSessionId: id, trafficMirrorTargetId: direct, packetLength: '200' });
  const bare = await modify({
    'RemoveField.1': 'packet-length',
    'RemoveField.2': 'description',
    'RemoveField.3': 'virtual-network-id',
  });
  t.notOk('packetLength' in bare);
  t.notOk('description' in bare);
  t.not(bare.virtualNetworkId, '42', 'another one at random');
  const back = await modify({ TrafficMirrorTargetId: balanced });
  t.equal(back.packetLength, '8500');

  const mustNot = { TrafficMirrorTargetId: balanced };
  const { content } = await ec2.call('DeleteTrafficMirrorTarget', mustNot);
  t.match(content.Errors.Error, {
    Code: 'TrafficMirrorTargetInUse',
    Message: `Cannot delete ${balanced}. Target is in use by ${id}`,
  });
  t.equal(
    await ec2.code('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: filter }),
    'TrafficMirrorFilterInUse',
  );
  await ec2.ok('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: id });
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 0, 'the engine is without it');
  await ec2.ok('DeleteTrafficMirrorTarget', mustNot);
  await ec2.ok('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: filter });
});

t.test('tags', async (t) => {
  const ec2 = await openEc2(t);
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const rule = (await ec2.ok('CreateTrafficMirrorFilterRule', { ...RULE, TrafficMirrorFilterId: filter }))
    .trafficMirrorFilterRule.trafficMirrorFilterRuleId;
  const done = await ec2.ok('CreateTags', {
    'ResourceId.1': filter,
    'ResourceId.2': rule,
    'Tag.1.Key': 'Name',
    'Tag.1.Value': 'a b&c',
    'Tag.2.Key': 'env',
  });
  t.equal(done.return, 'true');
  const { tagSet } = await ec2.ok('DescribeTags', { 'Filter.1.Name': 'key', 'Filter.1.Value.1': 'N*' });
  t.same(tagSet.item, [
    { key: 'Name', resourceId: filter, resourceType: 'traffic-mirror-filter', value: 'a b&c' },
    { key: 'Name', resourceId: rule, resourceType: 'traffic-mirror-filter-rule', value: 'a b&c' },
  ]);
  await ec2.ok('DeleteTags', { 'ResourceId.1': filter, 'Tag.1.Key': 'Name', 'Tag.1.Value': 'other' });
  await ec2.ok('DeleteTags', { 'ResourceId.1': rule, 'Tag.1.Key': 'Name' });
  const names = async () =>
    ((await ec2.ok('DescribeTags')).tagSet.item as { key: string; resourceId: string }[]).map(
      ({ key, resourceId }) => `${key} ${resourceId}`,
    );
  t.same(await names(), [`Name ${filter}`, `env ${filter}`, `env ${rule}`]);
  await ec2.ok('DeleteTags', { 'ResourceId.1': filter });
  t.same(await names(), [`env ${rule}`]);
});

t.test('a session with all that can be given at its creation', async (t) => {
  const ec2 = await openEc2(t);
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget.trafficMirrorTargetId;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const { requestId, clientToken, trafficMirrorSession, ...others } = await ec2.ok(
    'CreateTrafficMirrorSession',
    {
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: target,
      TrafficMirrorFilterId: filter,
      PacketLength: 100,
      SessionNumber: 32_766,
      VirtualNetworkId: 7,
      Description: 'web to IDS',
      'TagSpecification.1.ResourceType': 'traffic-mirror-session',
      'TagSpecification.1.Tag.1.Key': 'Name',
      'TagSpecification.1.Tag.1.Value': 'web',
      ClientToken: 'token-1',
    },
  );
  t.match(requestId, /^[0-9a-f-]{36}$/);
  t.equal(clientToken, 'token-1');
  const { trafficMirrorSessionId: id, ...rest } = trafficMirrorSession;
  t.match(id, /^tms-0[0-9a-f]{16}$/);
  t.strictSame(rest, {
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId: target,
    trafficMirrorFilterId: filter,
    ownerId: ACCOUNT,
    packetLength: '100',
    sessionNumber: '32766',
    virtualNetworkId: '7',
    description: 'web to IDS',
    tagSet: { item: [{ key: 'Name', value: 'web' }] },
  });
  const names = Object.keys(others).filter((name) => !name.startsWith('@'));
  t.same(names, [], 'and nothing else');
  const described = await ec2.ok('DescribeTrafficMirrorSessions', { 'TrafficMirrorSessionId.1': id });
  const [{ state, stateReason, ...shown }] = described.trafficMirrorSessionSet.item;
  t.same(shown, trafficMirrorSession);
  t.match({ state, stateReason }, { state: 'inactive', stateReason: { code: 'starting' } });
});

t.test('virtual network ids that are chosen', async (t) => {
  const ec2 = await openEc2(t);
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: 'nlb-ids' }))
    .trafficMirrorTarget.trafficMirrorTargetId;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const vnis: string[] = [];
  for (const NetworkInterfaceId of ['eni-web', 'eni-db', 'lo']) {
    for (let SessionNumber = 1; SessionNumber <= 3; SessionNumber++) {
      const { trafficMirrorSession } = await ec2.ok('CreateTrafficMirrorSession', {
        NetworkInterfaceId,
        TrafficMirrorTargetId: target,
        TrafficMirrorFilterId: filter,
        SessionNumber,
      });
      vnis.push(trafficMirrorSession.virtualNetworkId);
    }
  }
  t.equal(new Set(vnis).size, 9, 'each session of the account has one of its own');
  t.ok(vnis.every((vni) => Number(vni) >= 1 && Number(vni) < 2 ** 24));
});

t.test('the lowest session number goes first', async (t) => {
  const ec2 = await openEc2(t);
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget.trafficMirrorTargetId;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  for (const SessionNumber of [32_766, 1, 500]) {
    await ec2.ok('CreateTrafficMirrorSession', {
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: target,
      TrafficMirrorFilterId: filter,
      SessionNumber,
    });
  }
  const resources = ec2.applied.at(-1);
  const parsed = parseConfiguration('log: {}', 'test.yaml');
  if (!parsed.ok) throw new Error('a configuration without resources');
  const { sources } = buildPlan({ ...parsed.configuration, resources: resources! });
  const ids = resources!.trafficMirrorSessions
    .toSorted((a, b) => a.sessionNumber - b.sessionNumber)
    .map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  t.equal(ids.length, 3);
  t.same(
    sources[0]?.sessions.map(({ id }) => id),
    ids,
    'in the plan of the engine',
  );
});

t.test('tags of a session come and go', async (t) => {
  const ec2 = await openEc2(t);
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget.trafficMirrorTargetId;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const { trafficMirrorSession } = await ec2.ok('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: target,
    TrafficMirrorFilterId: filter,
    SessionNumber: 1,
  });
  const id = trafficMirrorSession.trafficMirrorSessionId;
  const tags = async () => {
    const found = await ec2.ok('DescribeTrafficMirrorSessions', { 'TrafficMirrorSessionId.1': id });
    return found.trafficMirrorSessionSet.item[0].tagSet;
  };
  t.equal(await tags(), '');
  const tag = { 'ResourceId.1': id, 'Tag.1.Key': 'Name', 'Tag.1.Value': 'web' };
  await ec2.ok('CreateTags', tag);
  t.same(await tags(), { item: [{ key: 'Name', value: 'web' }] });
  await ec2.ok('CreateTags', { ...tag, 'Tag.1.Value': 'shop' });
  t.same(await tags(), { item: [{ key: 'Name', value: 'shop' }] });
  await ec2.ok('DeleteTags', { 'ResourceId.1': id, 'Tag.1.Key': 'Name' });
  t.equal(await tags(), '');
});
