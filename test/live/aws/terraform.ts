/**
 * What the acceptance tests of Terraform's AWS provider hold of the four resources, attribute by attribute, with the
 * calls that the provider makes. Its "unset" is an attribute that the answer leaves out.
 */
import {
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTagsCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorFilterRuleCommand,
  DeleteTrafficMirrorSessionCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
  ModifyTrafficMirrorFilterNetworkServicesCommand,
  ModifyTrafficMirrorFilterRuleCommand,
  ModifyTrafficMirrorSessionCommand,
  type TagSpecification,
  type TrafficMirrorFilter,
  type TrafficMirrorSession,
  type TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import t, { type Test } from 'tap';
import { ACCOUNT, INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const EVERYWHERE = { SourceCidrBlock: '10.0.0.0/8', DestinationCidrBlock: '10.0.0.0/8' };

const tagged = (type: TagSpecification['ResourceType'], tags: Record<string, string>): TagSpecification[] => [
  { ResourceType: type, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
];

async function readTarget(client: EC2Client, id: string): Promise<TrafficMirrorTarget> {
  const found = await client.send(new DescribeTrafficMirrorTargetsCommand({ TrafficMirrorTargetIds: [id] }));
  return only(found.TrafficMirrorTargets);
}

async function readFilter(client: EC2Client, id: string): Promise<TrafficMirrorFilter> {
  const found = await client.send(new DescribeTrafficMirrorFiltersCommand({ TrafficMirrorFilterIds: [id] }));
  return only(found.TrafficMirrorFilters);
}

async function readSession(client: EC2Client, id: string): Promise<TrafficMirrorSession> {
  const found = await client.send(
    new DescribeTrafficMirrorSessionsCommand({ TrafficMirrorSessionIds: [id] }),
  );
  return only(found.TrafficMirrorSessions);
}

function only<Item>(items: readonly Item[] | undefined): Item {
  const [item, ...others] = items ?? [];
  if (item === undefined || others.length > 0) throw new Error(`${items?.length} items`);
  return item;
}

async function createTarget(client: EC2Client, input: object): Promise<string> {
  const { TrafficMirrorTarget } = await client.send(new CreateTrafficMirrorTargetCommand(input));
  return TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
}

async function target(t: Test, client: EC2Client): Promise<void> {
  const nlb = await createTarget(client, { NetworkLoadBalancerArn: 'nlb-ids', Description: 'nlb' });
  t.strictSame(await readTarget(client, nlb), {
    TrafficMirrorTargetId: nlb,
    NetworkLoadBalancerArn: 'nlb-ids',
    Type: 'network-load-balancer',
    Description: 'nlb',
    OwnerId: ACCOUNT,
    Tags: [],
  });
  const gwlb = await createTarget(client, {
    GatewayLoadBalancerEndpointId: 'vpce-ids',
    Description: 'gwlb',
  });
  t.strictSame(await readTarget(client, gwlb), {
    TrafficMirrorTargetId: gwlb,
    GatewayLoadBalancerEndpointId: 'vpce-ids',
    Type: 'gateway-load-balancer-endpoint',
    Description: 'gwlb',
    OwnerId: ACCOUNT,
    Tags: [],
  });
  const eni = await createTarget(client, {
    NetworkInterfaceId: 'eni-ids',
    TagSpecifications: tagged('traffic-mirror-target', { key1: 'value1' }),
  });
  t.match(eni, /^tmt-.+/);
  t.strictSame(await readTarget(client, eni), {
    TrafficMirrorTargetId: eni,
    NetworkInterfaceId: 'eni-ids',
    Type: 'network-interface',
    OwnerId: ACCOUNT,
    Tags: [{ Key: 'key1', Value: 'value1' }],
  });
  await client.send(
    new CreateTagsCommand({
      Resources: [eni],
      Tags: [
        { Key: 'key1', Value: 'value1updated' },
        { Key: 'key2', Value: 'value2' },
      ],
    }),
  );
  t.strictSame((await readTarget(client, eni)).Tags, [
    { Key: 'key1', Value: 'value1updated' },
    { Key: 'key2', Value: 'value2' },
  ]);
  await client.send(
    new DeleteTagsCommand({ Resources: [eni], Tags: [{ Key: 'key1', Value: 'value1updated' }] }),
  );
  t.strictSame((await readTarget(client, eni)).Tags, [{ Key: 'key2', Value: 'value2' }]);
  for (const id of [nlb, gwlb, eni]) {
    await client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: id }));
    await t.rejects(readTarget(client, id), { name: 'InvalidTrafficMirrorTargetId.NotFound' }, 'gone');
    const again = client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: id }));
    await t.rejects(again, { name: 'InvalidTrafficMirrorTargetId.NotFound' }, 'out of band');
  }
}

async function createFilter(client: EC2Client, input: object = {}): Promise<string> {
  const { TrafficMirrorFilter } = await client.send(new CreateTrafficMirrorFilterCommand(input));
  return TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
}

async function filter(t: Test, client: EC2Client): Promise<void> {
  const id = await createFilter(client, { Description: 'test filter' });
  t.match(id, /^tmf-.+/);
  const services = async (change: object): Promise<string[] | undefined> => {
    await client.send(
      new ModifyTrafficMirrorFilterNetworkServicesCommand({ TrafficMirrorFilterId: id, ...change }),
    );
    return (await readFilter(client, id)).NetworkServices;
  };
  t.strictSame(await services({ AddNetworkServices: ['amazon-dns'] }), ['amazon-dns']);
  t.strictSame(await services({ RemoveNetworkServices: ['amazon-dns'] }), []);
  t.strictSame(await services({ AddNetworkServices: ['amazon-dns'] }), ['amazon-dns']);
  t.strictSame(await readFilter(client, id), {
    TrafficMirrorFilterId: id,
    Description: 'test filter',
    NetworkServices: ['amazon-dns'],
    IngressFilterRules: [],
    EgressFilterRules: [],
    Tags: [],
  });
  await client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: id }));
  await t.rejects(readFilter(client, id), { name: 'InvalidTrafficMirrorFilterId.NotFound' });
}

async function filterRule(t: Test, client: EC2Client): Promise<void> {
  const filterId = await createFilter(client);
  const created = await client.send(
    new CreateTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterId: filterId,
      TrafficDirection: 'ingress',
      RuleNumber: 1,
      RuleAction: 'accept',
      ...EVERYWHERE,
    }),
  );
  const id = created.TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId ?? '';
  t.match(id, /^tmfr-.+/);
  // The provider reads rules by their filter.
  const read = async () => {
    const { IngressFilterRules = [], EgressFilterRules = [] } = await readFilter(client, filterId);
    return only(
      [...IngressFilterRules, ...EgressFilterRules].filter((rule) => rule.TrafficMirrorFilterRuleId === id),
    );
  };
  const modify = (change: object) =>
    client.send(new ModifyTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId: id, ...change }));
  const basic = {
    TrafficMirrorFilterRuleId: id,
    TrafficMirrorFilterId: filterId,
    TrafficDirection: 'ingress',
    RuleNumber: 1,
    RuleAction: 'accept',
    ...EVERYWHERE,
    Tags: [],
  };
  t.strictSame(await read(), basic, 'basic');
  const optional = {
    Protocol: 6,
    DestinationPortRange: { FromPort: 10_000, ToPort: 10_001 },
    SourcePortRange: { FromPort: 32_000, ToPort: 64_000 },
    Description: 'test filter rule',
  };
  await modify(optional);
  t.strictSame(await read(), { ...basic, ...optional }, 'full');
  await modify({ RuleNumber: 2 });
  t.equal((await read()).RuleNumber, 2);
  await modify({ RemoveFields: ['destination-port-range', 'source-port-range', 'protocol', 'description'] });
  t.strictSame(await read(), { ...basic, RuleNumber: 2 }, 'all optional attributes removed');
  await client.send(new DeleteTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId: id }));
  t.strictSame((await readFilter(client, filterId)).IngressFilterRules, []);
  await client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: filterId }));
}

async function session(t: Test, client: EC2Client): Promise<void> {
  const filterId = await createFilter(client);
  const nlb = await createTarget(client, { NetworkLoadBalancerArn: 'nlb-ids' });
  const eni = await createTarget(client, { NetworkInterfaceId: 'eni-ids' });
  const created = await client.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: nlb,
      TrafficMirrorFilterId: filterId,
      SessionNumber: 1,
    }),
  );
  const id = created.TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
  t.match(id, /^tms-.+/);
  const modify = (change: object) =>
    client.send(new ModifyTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id, ...change }));
  const { VirtualNetworkId: vni = 0, ...basic } = await readSession(client, id);
  t.ok(vni > 0 && vni < 2 ** 24, 'a virtual network id is always there');
  t.strictSame(basic, {
    TrafficMirrorSessionId: id,
    TrafficMirrorTargetId: nlb,
    TrafficMirrorFilterId: filterId,
    NetworkInterfaceId: 'eni-web',
    OwnerId: ACCOUNT,
    PacketLength: 8500,
    SessionNumber: 1,
    Tags: [],
  });
  await modify({ Description: 'test session', PacketLength: 42, VirtualNetworkId: 7890, SessionNumber: 2 });
  t.match(await readSession(client, id), {
    Description: 'test session',
    PacketLength: 42,
    VirtualNetworkId: 7890,
    SessionNumber: 2,
  });
  await modify({ RemoveFields: ['description', 'packet-length', 'virtual-network-id'], SessionNumber: 1 });
  const { VirtualNetworkId: another, ...back } = await readSession(client, id);
  t.strictSame(back, basic, 'back to basic');
  t.type(another, 'number');
  await modify({ TrafficMirrorTargetId: eni });
  const moved = await readSession(client, id);
  t.match(
    moved,
    { TrafficMirrorSessionId: id, TrafficMirrorTargetId: eni },
    'the same session on another target',
  );
  await client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: id }));
  await t.rejects(readSession(client, id), { name: 'InvalidTrafficMirrorSessionId.NotFound' });
  for (const TrafficMirrorTargetId of [nlb, eni]) {
    await client.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId }));
  }
  await client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: filterId }));
}

t.test('as Terraform sees it', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const { client, daemon } = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const { $metadata, TrafficMirrorTargets } = await client.send(new DescribeTrafficMirrorTargetsCommand({}));
  t.match($metadata, { httpStatusCode: 200, requestId: /^[0-9a-f-]{36}$/ });
  t.strictSame(TrafficMirrorTargets, []);
  await t.test('aws_ec2_traffic_mirror_target', (t) => target(t, client));
  await t.test('aws_ec2_traffic_mirror_filter', (t) => filter(t, client));
  await t.test('aws_ec2_traffic_mirror_filter_rule', (t) => filterRule(t, client));
  await t.test('aws_ec2_traffic_mirror_session', (t) => session(t, client));
  t.equal(await daemon.stop(), 0, 'exit code');
});
