/** The inventory as unmodified clients look at it: Terraform, session managers, boto3 and each `aws` of this machine. */
import {
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type NetworkInterface,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeListeners,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import t, { type Test } from 'tap';
import {
  type ControlApiStand,
  INVENTORY,
  REGION,
  startControlApi,
} from '../../fixtures/live/daemon/control-api.js';
import {
  awsFolders,
  boto3Interpreters,
  pathWithFirst,
} from '../../fixtures/live/daemon/installed-clients.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const CALLS = fromRoot('test/fixtures/api/inventory-calls.py');

const PLACE = {
  vpcId: 'vpc-1',
  subnetId: 'subnet-1',
  availabilityZone: 'us-east-1b',
  instanceId: 'i-web',
  instanceType: 'm5.large',
  imageId: 'ami-1',
  securityGroups: ['sg-1'],
  tags: { team: 'red', Name: 'web' },
};

/** Sources that a session manager finds: of devices that are made in the host's namespace and in another one. */
const FLEET = 12;

function fileOf(stand: Stand, others: readonly object[] = []): object {
  const [web, ...receivers] = INVENTORY.networkInterfaces;
  const client = {
    networkInterfaceId: 'eni-client',
    device: 'veth1',
    netns: `/run/netns/${stand.client.name}`,
    instanceId: 'i-client',
    tags: { team: 'blue' },
  };
  const networkInterfaces = [
    { networkInterfaceId: web?.networkInterfaceId, device: 'veth0', ...PLACE },
    ...receivers,
    client,
    ...others,
  ];
  return { ...INVENTORY, networkInterfaces, engine: { io: 'ring' } };
}

async function readInterface(client: EC2Client, id: string): Promise<NetworkInterface> {
  const found = await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  const [first] = found.NetworkInterfaces ?? [];
  if (first === undefined) throw new Error(`no ${id}`);
  return first;
}

/** What the provider's data sources and its resources of Traffic Mirroring call, in their order. */
async function asTerraform(t: Test, { client, endpoint }: ControlApiStand): Promise<void> {
  const regions = await client.send(new DescribeRegionsCommand({ AllRegions: true }));
  t.same(regions.Regions, [{ RegionName: REGION, OptInStatus: 'opt-in-not-required' }], 'aws_region');
  const state = [{ Name: 'state', Values: ['available'] }];
  const zones = await client.send(
    new DescribeAvailabilityZonesCommand({ AllAvailabilityZones: false, Filters: state }),
  );
  t.same(
    zones.AvailabilityZones?.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId]),
    [
      ['us-east-1a', 'use1-az1'],
      ['us-east-1b', 'use1-az2'],
    ],
    'aws_availability_zones',
  );
  const eni = await readInterface(client, 'eni-web');
  t.match(eni, { VpcId: 'vpc-1', SubnetId: 'subnet-1', PrivateIpAddress: '10.1.0.1', Status: 'in-use' });
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({ VpcIds: [eni.VpcId ?? ''] }));
  t.match(Vpcs, [{ VpcId: 'vpc-1', CidrBlock: '10.1.0.0/24', State: 'available' }], 'aws_vpc');
  const { Subnets = [] } = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] }),
  );
  t.match(Subnets, [{ SubnetId: 'subnet-1', AvailabilityZone: 'us-east-1b' }], 'aws_subnets');
  const { SecurityGroups = [] } = await client.send(
    new DescribeSecurityGroupsCommand({ GroupIds: eni.Groups?.map(({ GroupId }) => GroupId ?? '') ?? [] }),
  );
  t.match(SecurityGroups, [{ GroupId: 'sg-1', VpcId: 'vpc-1' }], 'aws_security_group');
  const { Reservations = [] } = await client.send(
    new DescribeInstancesCommand({
      Filters: [
        { Name: 'tag:team', Values: ['red'] },
        { Name: 'instance-state-name', Values: ['running'] },
      ],
    }),
  );
  t.match(Reservations[0]?.Instances, [{ InstanceId: 'i-web', InstanceType: 'm5.large', ImageId: 'ami-1' }]);
  await asLoadBalancerReader(t, endpoint, client);
  const target = await client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }));
  t.match(target.TrafficMirrorTarget?.TrafficMirrorTargetId, /^tmt-/);
}

/** From the name of a load balancer to its listeners and targets. */
async function asLoadBalancerReader(t: Test, endpoint: string, { config }: EC2Client): Promise<void> {
  const client = new ElasticLoadBalancingV2Client({
    endpoint,
    region: REGION,
    credentials: config.credentials,
  });
  t.teardown(() => client.destroy());
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers(
    { client },
    { Names: ['nlb-ids'] },
  )) {
    const [{ LoadBalancerArn = '', VpcId } = {}] = LoadBalancers;
    t.match(VpcId, /^vpc-[0-9a-f]{17}$/, 'aws_lb');
    for await (const { Listeners = [] } of paginateDescribeListeners({ client }, { LoadBalancerArn })) {
      t.match(Listeners, [{ Port: 4789, Protocol: 'UDP' }], 'aws_lb_listener');
      const [{ ListenerArn = '', DefaultActions = [] } = {}] = Listeners;
      const again = await client.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] }));
      t.same(again.Listeners, Listeners);
      const TargetGroupArn = DefaultActions[0]?.TargetGroupArn;
      const { TargetHealthDescriptions } = await client.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      );
      t.match(TargetHealthDescriptions, [
        { Target: { Id: '10.9.0.2' }, TargetHealth: { State: 'unused' } },
        { Target: { Id: '10.9.0.3' }, TargetHealth: { State: 'unused' } },
      ]);
    }
  }
}

t.test('as Terraform looks', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const api = await startControlApi(t, stand, fileOf(stand));
  await asTerraform(t, api);
  t.equal(await api.daemon.stop(), 0, 'exit code');
});

t.test('the kernel is asked again', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const { client, daemon } = await startControlApi(t, stand, fileOf(stand));
  const until = async (
    name: string,
    fits: (one: NetworkInterface) => boolean,
    id = 'eni-web',
  ): Promise<void> => {
    const deadline = performance.now() + 60_000;
    let one = await readInterface(client, id);
    while (!fits(one) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      one = await readInterface(client, id);
    }
    t.ok(fits(one), `${name}: ${one.Status} ${one.MacAddress} ${one.PrivateIpAddress}`);
  };
  const addresses = ({ PrivateIpAddresses = [] }: NetworkInterface) =>
    PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress).join();
  await until('in another namespace', (one) => addresses(one) === '10.1.0.2', 'eni-client');
  await until('an address', (one) => addresses(one) === '10.1.0.1');
  stand.host.ip('address', 'add', '10.1.0.77/24', 'dev', 'veth0');
  await until('a second address', (one) => addresses(one) === '10.1.0.1,10.1.0.77');
  stand.host.ip('link', 'set', 'veth0', 'address', '02:00:00:00:07:77');
  await until('another MAC address', ({ MacAddress }) => MacAddress === '02:00:00:00:07:77');
  stand.host.ip('link', 'delete', 'veth0');
  await until('gone', (one) => one.Status === 'available' && one.MacAddress === undefined);
  await until('its peer too', ({ Status }) => Status === 'available', 'eni-client');
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds: ['i-web'] }));
  t.match(Reservations[0]?.Instances, [{ State: { Name: 'stopped' } }]);
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test('as session managers look', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const names = Array.from({ length: FLEET }, (_, index) => `fleet${index}`);
  for (const name of names) stand.host.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
  const others = names.map((device, index) => ({
    networkInterfaceId: `eni-${device}`,
    device,
    instanceId: `i-${index}`,
    vpcId: 'vpc-2',
    subnetId: `subnet-2${index % 2}`,
    tags: { mirror: index % 3 === 0 ? 'no' : 'yes' },
  }));
  const file = fileOf(stand, others);
  const { client, daemon } = await startControlApi(t, stand, {
    ...file,
    trafficMirrorFilters: [{ trafficMirrorFilterId: 'tmf-all' }],
  });
  const { TrafficMirrorTarget } = await client.send(
    new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: 'nlb-ids' }),
  );
  const found: string[] = [];
  const query = {
    Filters: [
      { Name: 'tag:mirror', Values: ['yes'] },
      { Name: 'vpc-id', Values: ['vpc-2'] },
      { Name: 'instance-state-name', Values: ['running'] },
    ],
  };
  let pages = 0;
  for await (const { Reservations = [] } of paginateDescribeInstances({ client, pageSize: 5 }, query)) {
    pages += 1;
    for (const { NetworkInterfaces = [] } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      for (const { NetworkInterfaceId = '' } of NetworkInterfaces) {
        found.push(NetworkInterfaceId);
        const { TrafficMirrorSession } = await client.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId,
            TrafficMirrorTargetId: TrafficMirrorTarget?.TrafficMirrorTargetId,
            TrafficMirrorFilterId: 'tmf-all',
            SessionNumber: 1,
          }),
        );
        t.match(TrafficMirrorSession, { NetworkInterfaceId, PacketLength: 8500 });
      }
    }
  }
  t.equal(pages, 2);
  t.same(
    found,
    names.filter((_, index) => index % 3 !== 0).map((name) => `eni-${name}`),
  );
  const bySubnet = await client.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [{ Name: 'subnet-id', Values: ['subnet-20'] }],
      MaxResults: 5,
    }),
  );
  t.equal(bySubnet.NetworkInterfaces?.length, 5);
  t.ok(bySubnet.NextToken);
  t.equal(await daemon.stop(), 0, 'exit code');
});

const interpreters = boto3Interpreters();
const skip = skipUnless() || (interpreters.length === 0 && 'boto3 is not installed');

for (const interpreter of interpreters.length > 0 ? interpreters : ['python3']) {
  t.test(`boto3 of ${interpreter}`, { skip }, async (t) => {
    const stand = buildStand(t, { targets: 2 });
    const api = await startControlApi(t, stand, fileOf(stand));
    const { exitCode, stdout, stderr } = await api.run(interpreter, [CALLS]);
    t.equal(exitCode, 0, 'exit code');
    if (exitCode !== 0) {
      t.comment(stderr);
      return;
    }
    const { checks, filters, refused } = JSON.parse(stdout) as {
      checks: string[];
      filters: Record<string, number>;
      refused: Record<string, string[]>;
    };
    t.ok(checks.length >= 14, checks.join(', '));
    t.equal(Object.keys(filters).length, 7);
    t.ok(filters.DescribeInstances !== undefined && filters.DescribeInstances > 80, JSON.stringify(filters));
    t.same(Object.keys(refused).sort(), [
      'DryRunOperation',
      'InvalidGroup.NotFound',
      'InvalidInstanceID.NotFound',
      'InvalidNetworkInterfaceID.NotFound',
      'InvalidPaginationToken',
      'InvalidParameterCombination',
      'InvalidParameterValue',
      'InvalidSubnetID.NotFound',
      'InvalidVpcID.NotFound',
      'ListenerNotFound',
      'LoadBalancerNotFound',
      'TargetGroupNotFound',
      'ValidationError',
    ]);
    t.equal(refused.DryRunOperation?.length, 7);
    t.equal(await api.daemon.stop(), 0, 'exit code of the daemon');
  });
}

t.test('every aws', { skip: skipUnless('aws') }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const api = await startControlApi(t, stand, fileOf(stand));
  for (const folder of awsFolders()) {
    const aws = async (...args: string[]): Promise<unknown> => {
      const command = ['--endpoint-url', api.endpoint, '--output', 'json', ...args];
      const { exitCode, stdout, stderr } = await api.run('aws', command, { PATH: pathWithFirst(folder) });
      t.equal(exitCode, 0, `${folder}: ${args.join(' ')} ${stderr}`);
      return JSON.parse(stdout);
    };
    const red = ['--filters', 'Name=tag:team,Values=red'];
    const ids = ['--query', 'Reservations[].Instances[].InstanceId'];
    t.same(await aws('ec2', 'describe-instances', ...red, '--page-size', '5', ...ids), ['i-web']);
    const vpcs = await aws('ec2', 'describe-vpcs', '--vpc-ids', 'vpc-1', '--query', 'Vpcs[].CidrBlock');
    t.same(vpcs, ['10.1.0.0/24']);
    t.same(await aws('ec2', 'describe-subnets', '--subnet-ids', 'subnet-1', '--query', 'Subnets[].VpcId'), [
      'vpc-1',
    ]);
    const groups = ['--query', 'SecurityGroups[].GroupId'];
    t.same(await aws('ec2', 'describe-security-groups', '--group-names', 'sg-1', ...groups), ['sg-1']);
    t.same(await aws('ec2', 'describe-regions', '--query', 'Regions[].RegionName'), [REGION]);
    const zones = ['--query', 'AvailabilityZones[].ZoneName'];
    t.same(await aws('ec2', 'describe-availability-zones', ...zones), ['us-east-1a', 'us-east-1b']);
    const macs = ['--network-interface-ids', 'eni-web', '--query', 'NetworkInterfaces[].MacAddress'];
    const shown = await aws('ec2', 'describe-network-interfaces', ...macs);
    t.same(shown, [JSON.parse(stand.host.ip('-j', 'link', 'show', 'veth0'))[0].address]);
    const arns = ['--query', 'LoadBalancers[].LoadBalancerArn'];
    t.same(await aws('elbv2', 'describe-load-balancers', ...arns), ['nlb-ids']);
    const ports = ['--load-balancer-arn', 'nlb-ids', '--query', 'Listeners[].Port'];
    t.same(await aws('elbv2', 'describe-listeners', ...ports), [4789]);
    const arn = ['--query', 'TargetGroups[].TargetGroupArn'];
    const [group = ''] = (await aws('elbv2', 'describe-target-groups', ...arn)) as string[];
    const health = ['--target-group-arn', group, '--query', 'TargetHealthDescriptions[].Target.Id'];
    t.same(await aws('elbv2', 'describe-target-health', ...health), ['10.9.0.2', '10.9.0.3']);
  }
  t.equal(await api.daemon.stop(), 0, 'exit code');
});
