/** Elastic Load Balancing as AWS's SDK reads it: load balancers, listeners, target groups and the health of targets. */
import {
  DescribeListenersCommand,
  type DescribeListenersCommandInput,
  DescribeLoadBalancersCommand,
  type DescribeLoadBalancersCommandInput,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import t, { type Test } from 'tap';
import type { PolicyStatement } from '../../../src/api/service.js';
import { ACCOUNT, OTHER_ACCOUNT } from '../../fixtures/api/ec2.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';
import { ALLOW_ALL, openServices, userOf } from '../../fixtures/api/services.js';

const ARN = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/net/ids/50dc6c495c0c9188`;

const FILE = `
networkLoadBalancers:
  - networkLoadBalancerArn: ${ARN}
    targets: [10.9.0.3, 10.9.0.4, 10.9.0.5, "fd00:9::6"]
    healthCheck: { protocol: HTTP, port: 8080, path: /health }
  - { networkLoadBalancerArn: nlb plain, targets: [10.9.0.7] }
`;

const HEALTH = {
  '10.9.0.3': { state: 'reachable', reason: '' },
  '10.9.0.4': { state: 'unreachable', reason: 'health check fails' },
  '10.9.0.5': { state: 'suspect', reason: 'copies are refused' },
} as const;

async function open(
  t: Test,
  configuration = FILE,
  accountId = ACCOUNT,
  statements: readonly PolicyStatement[] = [ALLOW_ALL],
): Promise<ElasticLoadBalancingV2Client> {
  const { services } = await openServices(t, configuration, { health: HEALTH });
  const key = { ...CREDENTIALS, principal: userOf(accountId, 'admin', ...statements) };
  const { port } = await startServer(t, services.elasticloadbalancing, {
    accessKeys: () => new Map([[key.accessKeyId, key]]),
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new ElasticLoadBalancingV2Client({
    region: REGION,
    endpoint,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  t.teardown(() => client.destroy());
  return client;
}

t.test('from a load balancer to the health of its targets', async (t) => {
  const client = await open(t);
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}));
  t.match(LoadBalancers, [
    {
      LoadBalancerArn: ARN,
      LoadBalancerName: 'ids',
      Type: 'network',
      Scheme: 'internal',
      State: { Code: 'active' },
      VpcId: /^vpc-[0-9a-f]{17}$/,
      IpAddressType: 'dualstack',
      AvailabilityZones: [{ ZoneName: 'us-east-1a', SubnetId: /^subnet-[0-9a-f]{17}$/ }],
    },
    { LoadBalancerArn: 'nlb plain', LoadBalancerName: 'nlb plain', IpAddressType: 'ipv4' },
  ]);
  t.equal(LoadBalancers.length, 2);

  const { Listeners = [] } = await client.send(new DescribeListenersCommand({ LoadBalancerArn: ARN }));
  const [listener] = Listeners;
  t.equal(Listeners.length, 1);
  t.match(listener, {
    LoadBalancerArn: ARN,
    Port: 4789,
    Protocol: 'UDP',
    ListenerArn: new RegExp(`^${ARN.replace(':loadbalancer/', ':listener/')}/[0-9a-f]{16}$`),
    DefaultActions: [{ Type: 'forward', Order: 1 }],
  });
  const TargetGroupArn = listener?.DefaultActions?.[0]?.TargetGroupArn ?? '';
  t.match(
    TargetGroupArn,
    /^arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup\/ids-4789\/[0-9a-f]{16}$/,
  );
  const groups = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }));
  t.match(groups.TargetGroups, [
    {
      TargetGroupName: 'ids-4789',
      Protocol: 'UDP',
      Port: 4789,
      TargetType: 'ip',
      LoadBalancerArns: [ARN],
      HealthCheckEnabled: true,
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: '8080',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 10,
    },
  ]);
  const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  t.match(TargetHealthDescriptions, [
    {
      Target: { Id: '10.9.0.3', Port: 4789, AvailabilityZone: 'us-east-1a' },
      TargetHealth: { State: 'healthy' },
    },
    {
      Target: { Id: '10.9.0.4' },
      HealthCheckPort: '8080',
      TargetHealth: {
        State: 'unhealthy',
        Reason: 'Target.FailedHealthChecks',
        Description: 'health check fails',
      },
    },
    { Target: { Id: '10.9.0.5' }, TargetHealth: { State: 'healthy' } },
    { Target: { Id: 'fd00:9::6' }, TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } },
  ]);
  const some = await client.send(
    new DescribeTargetHealthCommand({
      TargetGroupArn,
      Targets: [{ Id: '10.9.0.4' }, { Id: '10.9.0.9', Port: 1 }],
    }),
  );
  t.match(some.TargetHealthDescriptions, [
    { Target: { Id: '10.9.0.4' }, TargetHealth: { State: 'unhealthy' } },
    {
      Target: { Id: '10.9.0.9', Port: 1 },
      TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' },
    },
  ]);
});

t.test('receivers with IPv6 addresses, also in zones, make a load balancer dualstack', async (t) => {
  const client = await open(
    t,
    `
networkLoadBalancers:
  - { networkLoadBalancerArn: zoned, targets: [{ address: "fd00:9::6", availabilityZone: ${REGION}b }] }
  - { networkLoadBalancerArn: both, targets: [10.9.0.3, { address: "fd00:9::7", availabilityZone: ${REGION}a }] }
  - { networkLoadBalancerArn: one, targets: [{ address: 10.9.0.4, availabilityZone: ${REGION}a }] }
`,
  );
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}));
  t.strictSame(
    LoadBalancers.map(({ LoadBalancerName, IpAddressType }) => [LoadBalancerName, IpAddressType]),
    [
      ['zoned', 'dualstack'],
      ['both', 'dualstack'],
      ['one', 'ipv4'],
    ],
  );
});

t.test('by names and ARNs', async (t) => {
  const client = await open(t);
  const named = await client.send(new DescribeLoadBalancersCommand({ Names: ['ids'] }));
  t.match(named.LoadBalancers, [{ LoadBalancerArn: ARN }]);
  const byArn = await client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: ['nlb plain'] }));
  t.match(byArn.LoadBalancers, [{ LoadBalancerArn: 'nlb plain' }]);
  const all = await client.send(new DescribeTargetGroupsCommand({}));
  t.equal(all.TargetGroups?.length, 2);
  const { Listeners } = await client.send(new DescribeListenersCommand({ LoadBalancerArn: 'nlb plain' }));
  const arn = Listeners?.[0]?.ListenerArn ?? '';
  t.match(
    arn,
    /^arn:aws:elasticloadbalancing:us-east-1:111122223333:listener\/net\/nlb-plain\/[0-9a-f]{16}\/[0-9a-f]{16}$/,
  );
  t.same((await client.send(new DescribeListenersCommand({ ListenerArns: [arn] }))).Listeners, Listeners);
  const balancers = (input: DescribeLoadBalancersCommandInput) => () =>
    client.send(new DescribeLoadBalancersCommand(input));
  const listeners = (input: DescribeListenersCommandInput) => () =>
    client.send(new DescribeListenersCommand(input));
  const health = (TargetGroupArn: string | undefined) => () =>
    client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  const groups = { Names: ['a'], TargetGroupArns: ['b'] };
  const rows: readonly (readonly [ask: () => Promise<unknown>, name: string, message: RegExp])[] = [
    [balancers({ Names: ['ids', 'none'] }), 'LoadBalancerNotFoundException', /\[none\]/],
    [balancers({ Names: ['ids'], LoadBalancerArns: [ARN] }), 'ValidationError', /same time/],
    [balancers({ PageSize: 401 }), 'ValidationError', /PageSize/],
    [balancers({ PageSize: 0 }), 'ValidationError', /PageSize/],
    [balancers({ Marker: 'x' }), 'ValidationError', /marker/],
    [balancers({ Names: Array.from({ length: 21 }, () => 'ids') }), 'ValidationError', /Names/],
    [listeners({}), 'ValidationError', /either/],
    [listeners({ LoadBalancerArn: 'x' }), 'LoadBalancerNotFoundException', /x/],
    [listeners({ ListenerArns: ['x'] }), 'ListenerNotFoundException', /x/],
    [() => client.send(new DescribeTargetGroupsCommand(groups)), 'ValidationError', /one of/],
    [health('x'), 'TargetGroupNotFoundException', /x/],
    [health(undefined), 'ValidationError', /TargetGroupArn is required/],
  ];
  for (const [ask, name, message] of rows) {
    await t.rejects(ask(), { name, message, $metadata: { httpStatusCode: 400 } }, `${name} ${message}`);
  }
});

t.test('pages, whose markers are for the same list', async (t) => {
  const lines = Array.from(
    { length: 7 },
    (_, index) => `  - { networkLoadBalancerArn: nlb-${index}, targets: [10.9.0.3] }`,
  );
  const client = await open(t, `networkLoadBalancers:\n${lines.join('\n')}\n`);
  const names: (string | undefined)[][] = [];
  for await (const page of paginateDescribeLoadBalancers({ client }, { PageSize: 3 })) {
    names.push((page.LoadBalancers ?? []).map(({ LoadBalancerName }) => LoadBalancerName));
  }
  t.same(names, [['nlb-0', 'nlb-1', 'nlb-2'], ['nlb-3', 'nlb-4', 'nlb-5'], ['nlb-6']]);
  const { NextMarker: Marker } = await client.send(new DescribeLoadBalancersCommand({ PageSize: 3 }));
  const other = client.send(new DescribeLoadBalancersCommand({ PageSize: 3, Names: ['nlb-1'], Marker }));
  await t.rejects(other, { name: 'ValidationError' });
});

t.test('who may look', async (t) => {
  const other = await open(t, FILE, OTHER_ACCOUNT);
  t.equal((await other.send(new DescribeLoadBalancersCommand({}))).LoadBalancers?.length, 2, 'every account');
  const statements: PolicyStatement[] = [
    { Effect: 'Allow', Action: ['elasticloadbalancing:DescribeL*', 'ec2:*'], Resource: ['*'] },
  ];
  const some = await open(t, FILE, ACCOUNT, statements);
  t.ok(await some.send(new DescribeListenersCommand({ LoadBalancerArn: ARN })));
  await t.rejects(some.send(new DescribeTargetGroupsCommand({})), {
    name: 'AccessDenied',
    message: /is not authorized to perform: elasticloadbalancing:DescribeTargetGroups because/,
    $metadata: { httpStatusCode: 403 },
  });
});

t.test('Classic Load Balancers and unknown actions', async (t) => {
  const { call } = await openServices(t, FILE);
  const admin = userOf(ACCOUNT, 'admin', ALLOW_ALL);
  const classic = await call(
    'elasticloadbalancing',
    'DescribeLoadBalancers',
    { Version: '2012-06-01' },
    admin,
  );
  t.match([classic.status, classic.outcome], [400, 'NoSuchVersion']);
  const unknown = await call('elasticloadbalancing', 'CreateLoadBalancer', {}, admin);
  t.match([unknown.status, unknown.outcome], [400, 'InvalidAction']);
});
