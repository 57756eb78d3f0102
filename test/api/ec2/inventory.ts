/** What DescribeInstances and its like show of the inventory: by filters, in pages, and of each account only its own. */
import t from 'tap';
import type { DeviceAnswer } from '../../../src/api/inventory/device-states.js';
import { ACCOUNT, type Ec2Fixture, OTHER_ACCOUNT, openEc2, principalOf } from '../../fixtures/api/ec2.js';

const FILE = `
networkInterfaces:
  - { networkInterfaceId: eni-a, device: veth0, instanceId: i-web, instanceType: m5.large, imageId: ami-1,
      autoScalingGroupName: web, subnetId: subnet-1, vpcId: vpc-1, availabilityZone: us-east-1b,
      securityGroups: [sg-1, sg-2], tags: { team: red, Name: web } }
  - { networkInterfaceId: eni-b, device: veth1, instanceId: i-web, subnetId: subnet-1, address: 10.1.0.9,
      securityGroups: [sg-2], tags: { team: blue, role: admin } }
  - { networkInterfaceId: eni-c, device: veth2, instanceId: i-gone }
  - { networkInterfaceId: eni-d, address: 10.9.0.2, instanceId: i-ids }
  - { networkInterfaceId: eni-e, address: "fd00:9::2" }
  - { networkInterfaceId: eni-x, device: veth3, ownerId: "${OTHER_ACCOUNT}", instanceId: i-web, subnetId: subnet-1,
      securityGroups: [sg-x], tags: { secret: theirs } }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb-ids, targets: [10.9.0.3] }
`;

const DEVICES: Readonly<Record<string, DeviceAnswer>> = {
  veth0: {
    macAddress: '02:00:00:00:00:0a',
    up: true,
    addresses: [
      { address: '10.1.0.2', prefixLength: 24 },
      { address: '10.1.0.3', prefixLength: 24 },
      { address: 'fd00:1::2', prefixLength: 64 },
    ],
  },
  veth1: {
    macAddress: '02:00:00:00:00:0b',
    up: false,
    addresses: [{ address: '10.1.1.1', prefixLength: 24 }],
  },
  veth2: 'absent',
  veth3: {
    macAddress: '02:00:00:00:00:0d',
    up: true,
    addresses: [{ address: '172.16.0.1', prefixLength: 12 }],
  },
};

const open = (t: Parameters<typeof openEc2>[0], configuration = FILE) =>
  openEc2(t, {
    configuration,
    askDevices: async (_netns, names) => names.map((name) => DEVICES[name] ?? 'unknown'),
  });

const filters = (
  ...pairs: readonly (readonly [name: string, ...values: string[]])[]
): Record<string, string> =>
  Object.fromEntries(
    pairs.flatMap(([name, ...values], index) => [
      [`Filter.${index + 1}.Name`, name],
      ...values.map((value, place) => [`Filter.${index + 1}.Value.${place + 1}`, value]),
    ]),
  );

// biome-ignore lint/suspicious/noExplicitAny: tests look into it
const items = (set: any): any[] => set?.item ?? [];

async function instanceIds(ec2: Ec2Fixture, values: object, caller = ACCOUNT): Promise<string[]> {
  const { reservationSet } = await ec2.ok('DescribeInstances', { ...values }, caller);
  return items(reservationSet).flatMap(({ instancesSet }) =>
    items(instancesSet).map(({ instanceId }) => instanceId),
  );
}

async function interfaceIds(ec2: Ec2Fixture, values: object, caller = ACCOUNT): Promise<string[]> {
  const { networkInterfaceSet } = await ec2.ok('DescribeNetworkInterfaces', { ...values }, caller);
  return items(networkInterfaceSet).map(({ networkInterfaceId }) => networkInterfaceId);
}

t.test('an interface, with what the kernel says', async (t) => {
  const ec2 = await open(t);
  const { networkInterfaceSet } = await ec2.ok('DescribeNetworkInterfaces', {});
  const [a, b, c, d, e] = items(networkInterfaceSet);
  t.match(a, {
    networkInterfaceId: 'eni-a',
    subnetId: 'subnet-1',
    vpcId: 'vpc-1',
    availabilityZone: 'us-east-1b',
    availabilityZoneId: 'use1-az2',
    description: 'device veth0',
    ownerId: ACCOUNT,
    status: 'in-use',
    macAddress: '02:00:00:00:00:0a',
    privateIpAddress: '10.1.0.2',
    privateIpAddressesSet: {
      item: [
        { privateIpAddress: '10.1.0.2', primary: 'true' },
        { privateIpAddress: '10.1.0.3', primary: 'false' },
      ],
    },
    ipv6AddressesSet: { item: [{ ipv6Address: 'fd00:1::2' }] },
    groupSet: { item: [{ groupId: 'sg-1' }, { groupId: 'sg-2' }] },
    tagSet: {
      item: [
        { key: 'team', value: 'red' },
        { key: 'Name', value: 'web' },
      ],
    },
    attachment: { instanceId: 'i-web', instanceOwnerId: ACCOUNT, deviceIndex: '0', status: 'attached' },
  });
  t.match(
    b,
    { privateIpAddress: '10.1.0.9', status: 'in-use', attachment: { deviceIndex: '1' } },
    'as declared, first',
  );
  t.same(
    items(b.privateIpAddressesSet).map(({ privateIpAddress }) => privateIpAddress),
    ['10.1.0.9', '10.1.1.1'],
  );
  t.match(c, { networkInterfaceId: 'eni-c', status: 'available' }, 'its device is not there');
  t.notOk('attachment' in c || 'macAddress' in c || 'privateIpAddress' in c);
  t.match(
    d,
    { status: 'in-use', privateIpAddress: '10.9.0.2', attachment: { instanceId: 'i-ids' } },
    'a receiver',
  );
  t.match(e, { status: 'available', ipv6AddressesSet: { item: [{ ipv6Address: 'fd00:9::2' }] } });
  t.match(e, {
    vpcId: /^vpc-[0-9a-f]{17}$/,
    subnetId: /^subnet-[0-9a-f]{17}$/,
    availabilityZone: 'us-east-1a',
  });
});

t.test('instances, each with the interfaces that the account sees', async (t) => {
  const ec2 = await open(t);
  const { reservationSet } = await ec2.ok('DescribeInstances', {});
  t.equal(items(reservationSet).length, 3);
  const [web, gone, ids] = items(reservationSet).map(({ reservationId, ownerId, instancesSet }) => {
    t.match(reservationId, /^r-[0-9a-f]{17}$/);
    t.equal(ownerId, ACCOUNT);
    return items(instancesSet)[0];
  });
  t.match(web, {
    instanceId: 'i-web',
    imageId: 'ami-1',
    instanceType: 'm5.large',
    instanceState: { code: '16', name: 'running' },
    placement: { availabilityZone: 'us-east-1b' },
    subnetId: 'subnet-1',
    vpcId: 'vpc-1',
    privateIpAddress: '10.1.0.2',
    groupSet: { item: [{ groupId: 'sg-1' }, { groupId: 'sg-2' }] },
  });
  const tags = Object.fromEntries(items(web.tagSet).map(({ key, value }) => [key, value]));
  t.same(tags, { team: 'red', Name: 'web', role: 'admin', 'aws:autoscaling:groupName': 'web' });
  t.same(
    items(web.networkInterfaceSet).map(({ networkInterfaceId, macAddress, attachment }) => [
      networkInterfaceId,
      macAddress,
      attachment.deviceIndex,
    ]),
    [
      ['eni-a', '02:00:00:00:00:0a', '0'],
      ['eni-b', '02:00:00:00:00:0b', '1'],
    ],
  );
  t.match(gone, { instanceId: 'i-gone', instanceState: { code: '80', name: 'stopped' } });
  t.match(ids, { instanceId: 'i-ids', instanceState: { name: 'running' }, privateIpAddress: '10.9.0.2' });
});

t.test('filters of instances and interfaces', async (t) => {
  const ec2 = await open(t);
  const rows: readonly [want: readonly string[], ...pairs: [string, ...string[]][]][] = [
    [['i-web'], ['tag:team', 'red']],
    [[], ['tag:team', 'blue']],
    [['i-web'], ['tag:role', '*']],
    [['i-web'], ['tag-key', 'aws:autoscaling:groupName']],
    [['i-web'], ['vpc-id', 'vpc-?']],
    [['i-web'], ['subnet-id', 'subnet-1'], ['instance-state-name', 'running']],
    [['i-gone'], ['instance-state-name', 'stopped', 'stopping']],
    [['i-gone'], ['instance-state-code', '80']],
    [
      ['i-web', 'i-ids'],
      ['network-interface.status', 'in-use'],
    ],
    [['i-web'], ['network-interface.addresses.private-ip-address', '10.1.1.*']],
    [['i-web'], ['network-interface.mac-address', '02:00:00:00:00:0b']],
    [['i-web'], ['network-interface.attachment.device-index', '1']],
    [['i-web'], ['network-interface.tag-value', 'blue']],
    [['i-web'], ['ipv6-address', 'fd00:1::2']],
    [['i-web'], ['group-id', 'sg-2']],
    [['i-ids'], ['private-ip-address', '10.9.0.2']],
    [['i-web'], ['instance-type', 'm5.*'], ['image-id', 'ami-1']],
    [[], ['root-device-type', '*']],
    [
      ['i-web', 'i-gone', 'i-ids'],
      ['owner-id', ACCOUNT],
      ['tenancy', 'default'],
    ],
  ];
  for (const [want, ...pairs] of rows)
    t.same(await instanceIds(ec2, filters(...pairs)), want, JSON.stringify(pairs));
  t.same(await interfaceIds(ec2, filters(['attachment.instance-id', 'i-web'])), ['eni-a', 'eni-b']);
  t.same(await interfaceIds(ec2, filters(['vpc-id', 'vpc-1'], ['tag:Name', 'w*'])), ['eni-a']);
  t.same(await interfaceIds(ec2, filters(['addresses.primary', 'false'])), ['eni-a', 'eni-b']);
  t.same(await interfaceIds(ec2, filters(['association.public-ip', '*'])), []);
  for (const action of [
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeVpcs',
    'DescribeRegions',
  ]) {
    const refused = await ec2.call(action, filters(['colour', 'red']));
    t.match(refused.content.Errors.Error, {
      Code: 'InvalidParameterValue',
      Message: "The filter 'colour' is invalid",
    });
  }
  t.equal(
    await ec2.code('DescribeRegions', filters(['tag:a', 'b'])),
    'InvalidParameterValue',
    'regions have no tags',
  );
});

t.test('networks, subnets, groups, zones and regions', async (t) => {
  const ec2 = await open(t);
  const vpcs = items((await ec2.ok('DescribeVpcs', {})).vpcSet);
  t.match(vpcs, [
    {
      vpcId: 'vpc-1',
      ownerId: ACCOUNT,
      state: 'available',
      cidrBlock: '10.1.0.0/23',
      isDefault: 'false',
      ipv6CidrBlockAssociationSet: {
        item: [{ ipv6CidrBlock: 'fd00:1::/64', ipv6CidrBlockState: { state: 'associated' } }],
      },
    },
    { vpcId: /^vpc-[0-9a-f]{17}$/, isDefault: 'true', cidrBlock: '10.9.0.2/32' },
  ]);
  t.equal(vpcs.length, 2);
  const subnets = items((await ec2.ok('DescribeSubnets', {})).subnetSet);
  t.match(subnets[0], {
    subnetId: 'subnet-1',
    subnetArn: `arn:aws:ec2:us-east-1:${ACCOUNT}:subnet/subnet-1`,
    vpcId: 'vpc-1',
    cidrBlock: '10.1.0.0/23',
    availabilityZone: 'us-east-1b',
    availabilityZoneId: 'use1-az2',
    defaultForAz: 'false',
  });
  t.match(subnets[1], { defaultForAz: 'true', vpcId: vpcs[1].vpcId });
  const ofVpc = await ec2.ok('DescribeSubnets', filters(['vpc-id', 'vpc-1'], ['default-for-az', 'false']));
  t.same(items(ofVpc.subnetSet).length, 1);
  const groups = items((await ec2.ok('DescribeSecurityGroups', {})).securityGroupInfo);
  t.match(groups, [
    { groupId: 'sg-1', groupName: 'sg-1', vpcId: 'vpc-1' },
    { groupId: 'sg-2', ownerId: ACCOUNT },
  ]);
  t.equal(groups.length, 2);
  const zones = items((await ec2.ok('DescribeAvailabilityZones', {})).availabilityZoneInfo);
  t.match(zones, [
    { zoneName: 'us-east-1a', zoneId: 'use1-az1', zoneState: 'available', regionName: 'us-east-1' },
    { zoneName: 'us-east-1b', zoneType: 'availability-zone' },
  ]);
  t.equal(zones.length, 2);
  const { availabilityZoneInfo } = await ec2.ok('DescribeAvailabilityZones', { 'ZoneId.1': 'use1-az2' });
  t.match(items(availabilityZoneInfo), [{ zoneName: 'us-east-1b' }]);
  const { regionInfo } = await ec2.ok('DescribeRegions', { AllRegions: 'true', 'RegionName.1': 'us-east-1' });
  t.same(items(regionInfo), [{ regionName: 'us-east-1', optInStatus: 'opt-in-not-required' }]);
});

t.test('ids that nothing has', async (t) => {
  const ec2 = await open(t);
  const rows: readonly [action: string, parameter: string, code: string][] = [
    ['DescribeInstances', 'InstanceId.1', 'InvalidInstanceID.NotFound'],
    ['DescribeVpcs', 'VpcId.1', 'InvalidVpcID.NotFound'],
    ['DescribeSubnets', 'SubnetId.1', 'InvalidSubnetID.NotFound'],
    ['DescribeSecurityGroups', 'GroupId.1', 'InvalidGroup.NotFound'],
    ['DescribeSecurityGroups', 'GroupName.1', 'InvalidGroup.NotFound'],
    ['DescribeNetworkInterfaces', 'NetworkInterfaceId.1', 'InvalidNetworkInterfaceID.NotFound'],
    ['DescribeAvailabilityZones', 'ZoneName.1', 'InvalidParameterValue'],
    ['DescribeAvailabilityZones', 'ZoneId.1', 'InvalidParameterValue'],
    ['DescribeRegions', 'RegionName.1', 'InvalidParameterValue'],
  ];
  for (const [action, parameter, code] of rows) {
    t.equal(await ec2.code(action, { [parameter]: 'sg-x' }), code, `${action} ${parameter}`);
    t.equal(await ec2.code(action, { DryRun: 'true' }), 'DryRunOperation');
    t.equal(await ec2.code(action, { Colour: 'red' }), 'UnknownParameter');
  }
});

t.test('pages', async (t) => {
  const lines = Array.from(
    { length: 23 },
    (_, index) =>
      `  - { networkInterfaceId: eni-${index}, instanceId: i-${index}, tags: { team: t${index % 2} } }`,
  );
  const ec2 = await open(t, `networkInterfaces:\n${lines.join('\n')}\n`);
  const read = async (values: object): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let NextToken: string | undefined; ; ) {
      const page = await ec2.ok('DescribeInstances', {
        ...values,
        ...(NextToken !== undefined && { NextToken }),
      });
      pages.push(items(page.reservationSet).map(({ instancesSet }) => items(instancesSet)[0].instanceId));
      NextToken = page.nextToken;
      if (NextToken === undefined) return pages;
    }
  };
  const all = await read({ MaxResults: 5 });
  t.same(
    all.map((page) => page.length),
    [5, 5, 5, 5, 3],
  );
  t.same(
    all.flat(),
    lines.map((_, index) => `i-${index}`),
  );
  const even = await read({ MaxResults: 5, ...filters(['tag:team', 't0']) });
  t.same(
    even.map((page) => page.length),
    [5, 5, 2],
  );
  t.equal((await read({})).length, 1, 'all in one without MaxResults');

  for (const MaxResults of [0, 4, 1001, -1])
    t.equal(await ec2.code('DescribeInstances', { MaxResults }), 'InvalidParameterValue', `${MaxResults}`);
  for (const [action, parameter, id] of [
    ['DescribeInstances', 'InstanceId.1', 'i-1'],
    ['DescribeNetworkInterfaces', 'NetworkInterfaceId.1', 'eni-1'],
  ] as const) {
    t.equal(
      await ec2.code(action, { [parameter]: id, MaxResults: 5 }),
      'InvalidParameterCombination',
      action,
    );
  }
  for (const action of ['DescribeRegions', 'DescribeAvailabilityZones'])
    t.equal(await ec2.code(action, { MaxResults: 5 }), 'UnknownParameter', 'there are no pages');

  const { nextToken } = await ec2.ok('DescribeInstances', { MaxResults: 5, ...filters(['tag:team', 't0']) });
  const code = (action: string, values: object, caller?: string): Promise<string> =>
    ec2.code(action, { MaxResults: 5, NextToken: nextToken, ...values }, caller);
  const wrong = 'InvalidPaginationToken';
  t.equal(await code('DescribeInstances', filters(['tag:team', 't0'])), 'none');
  t.equal(
    await code('DescribeInstances', { ...filters(['tag:team', 't0']), MaxResults: 7 }),
    'none',
    'another size',
  );
  t.equal(await code('DescribeInstances', filters(['tag:team', 't1'])), wrong, 'of another filter');
  t.equal(await code('DescribeInstances', {}), wrong, 'of no filter');
  t.equal(await code('DescribeNetworkInterfaces', filters(['tag:team', 't0'])), wrong, 'of another action');
  t.equal(
    await code('DescribeInstances', filters(['tag:team', 't0']), OTHER_ACCOUNT),
    wrong,
    'of another account',
  );
  for (const NextToken of ['', 'x', '[]', Buffer.from('["a",1e999]').toString('base64url'), 'A'.repeat(4096)])
    t.equal(
      await code('DescribeInstances', { ...filters(['tag:team', 't0']), NextToken }),
      wrong,
      NextToken.slice(0, 9),
    );
});

t.test('another account sees what is its own, and what nobody owns', async (t) => {
  const ec2 = await open(t);
  t.same(await interfaceIds(ec2, {}, OTHER_ACCOUNT), ['eni-a', 'eni-b', 'eni-c', 'eni-d', 'eni-e', 'eni-x']);
  const mine = await ec2.call('DescribeInstances', {});
  for (const hidden of ['eni-x', 'sg-x', 'theirs', '02:00:00:00:00:0d', '172.16'])
    t.notOk(mine.body.includes(hidden), hidden);
  const vpcs = await ec2.ok('DescribeVpcs', { 'VpcId.1': 'vpc-1' }, OTHER_ACCOUNT);
  t.match(
    items(vpcs.vpcSet),
    [{ cidrBlock: '0.0.0.0/0' }],
    'with the addresses of the interface that is its own',
  );
  t.equal(await ec2.code('DescribeSecurityGroups', { 'GroupId.1': 'sg-x' }), 'InvalidGroup.NotFound');
  t.equal(await ec2.code('DescribeSecurityGroups', { 'GroupId.1': 'sg-x' }, OTHER_ACCOUNT), 'none');
});

t.test('policies', async (t) => {
  const asked: string[] = [];
  const ec2 = await openEc2(t, {
    configuration: FILE,
    authorize: (_principal, action, arn) => {
      asked.push(`${action} ${arn}`);
      return 'implicit-deny';
    },
  });
  const actions = [
    'Instances',
    'Vpcs',
    'Subnets',
    'SecurityGroups',
    'Regions',
    'AvailabilityZones',
    'NetworkInterfaces',
  ];
  for (const name of actions) {
    t.equal(await ec2.code(`Describe${name}`, {}, principalOf(ACCOUNT)), 'UnauthorizedOperation');
    t.equal(asked.at(-1), `ec2:Describe${name} *`);
  }
});

t.test('tags of the inventory are shown, and changed in the file only', async (t) => {
  const ec2 = await open(t);
  await ec2.ok('CreateTrafficMirrorFilter', {
    'TagSpecification.1.ResourceType': 'traffic-mirror-filter',
    'TagSpecification.1.Tag.1.Key': 'team',
    'TagSpecification.1.Tag.1.Value': 'red',
  });
  const rows = async (values: object, caller = ACCOUNT): Promise<string[]> =>
    items((await ec2.ok('DescribeTags', { ...values }, caller)).tagSet).map(
      ({ resourceType, resourceId, key, value }) =>
        [resourceType, /^tmf-/.test(resourceId) ? 'tmf' : resourceId, key, value].join(' '),
    );
  t.same(await rows(filters(['key', 'team'])), [
    'traffic-mirror-filter tmf team red',
    'network-interface eni-a team red',
    'network-interface eni-b team blue',
    'instance i-web team red',
  ]);
  t.same(await rows(filters(['resource-type', 'instance'], ['key', 'aws:*'])), [
    'instance i-web aws:autoscaling:groupName web',
  ]);
  t.same(await rows(filters(['key', 'secret'])), [], 'of another account');
  t.same((await rows(filters(['key', 'secret']), OTHER_ACCOUNT)).length, 2);
  const all = await rows({});
  const paged: string[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await ec2.ok('DescribeTags', {
      MaxResults: 5,
      ...(NextToken !== undefined && { NextToken }),
    });
    paged.push(...items(page.tagSet).map(({ resourceId, key }) => `${resourceId} ${key}`));
    NextToken = page.nextToken;
    if (NextToken === undefined) break;
  }
  t.equal(paged.length, all.length);
  t.equal(new Set(paged).size, all.length, 'each once');
  for (const action of ['CreateTags', 'DeleteTags']) {
    const tag = { 'Tag.1.Key': 'a', 'Tag.1.Value': 'b' };
    t.equal(await ec2.code(action, { 'ResourceId.1': 'eni-a', ...tag }), 'OperationNotPermitted', action);
    t.equal(await ec2.code(action, { 'ResourceId.1': 'i-web', ...tag }), 'OperationNotPermitted', action);
    t.equal(await ec2.code(action, { 'ResourceId.1': 'eni-x', ...tag }), 'InvalidID', 'as what is not there');
  }
});

t.test('requests that are made to be slow, or large', async (t) => {
  const ec2 = await open(t);
  const many = Object.fromEntries(
    Array.from({ length: 1001 }, (_, index) => [`InstanceId.${index + 1}`, `i-${index}`]),
  );
  t.equal(
    await ec2.code('DescribeInstances', many),
    'InvalidParameterValue',
    'more ids than a list may have',
  );
  const { 'InstanceId.1001': _, ...most } = many;
  t.equal(await ec2.code('DescribeInstances', most), 'InvalidInstanceID.NotFound');
  const wild = '*a'.repeat(400);
  const started = performance.now();
  const answered = await ec2.code(
    'DescribeInstances',
    filters(['tag:team', ...Array.from({ length: 200 }, () => wild)]),
  );
  t.ok(['none', 'FilterLimitExceeded'].includes(answered), answered);
  t.ok(performance.now() - started < 5000, 'in linear time');
  const tooMany = filters(['tag:team', ...Array.from({ length: 201 }, () => 'x')]);
  t.equal(await ec2.code('DescribeInstances', tooMany), 'FilterLimitExceeded');
});

t.test('who owns a subnet', async (t) => {
  const ec2 = await open(
    t,
    `
networkInterfaces:
  - { networkInterfaceId: eni-a, device: veth0, ownerId: "${ACCOUNT}", subnetId: subnet-1, vpcId: vpc-1, securityGroups: [sg-1] }
  - { networkInterfaceId: eni-b, device: veth1, ownerId: "${ACCOUNT}", subnetOwnerId: "${OTHER_ACCOUNT}", subnetId: subnet-1 }
`,
  );
  t.match(items((await ec2.ok('DescribeSubnets', {})).subnetSet), [{ ownerId: OTHER_ACCOUNT }]);
  t.match(items((await ec2.ok('DescribeVpcs', {})).vpcSet), [{ ownerId: OTHER_ACCOUNT }]);
  t.match(items((await ec2.ok('DescribeSecurityGroups', {})).securityGroupInfo), [{ ownerId: ACCOUNT }]);
});
