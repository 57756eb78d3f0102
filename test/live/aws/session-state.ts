/**
 * What unmodified clients make of the state of a session, which EC2 does not have: boto3, the SDK for JavaScript and every
 * `aws` read their responses as before, and can ask by filters. The same for the limit of sources, which EC2 has.
 */
import { readFileSync } from 'node:fs';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeTrafficMirrorSessionsCommand,
  ModifyTrafficMirrorSessionCommand,
} from '@aws-sdk/client-ec2';
import t from 'tap';
import { INVENTORY, startControlApi, startListening } from '../../fixtures/live/daemon/control-api.js';
import {
  awsFolders,
  boto3Interpreters,
  pathWithFirst,
} from '../../fixtures/live/daemon/installed-clients.js';
import { reload } from '../../fixtures/live/daemon/reloading.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const LIMIT = 'TrafficMirrorSourcesPerTargetLimitExceeded';

const BOTO3 = `
import boto3, json, os, sys
from botocore.exceptions import ClientError
ec2 = boto3.client("ec2", endpoint_url=os.environ["ENDPOINT"])
def ids(*filters):
    pages = ec2.get_paginator("describe_traffic_mirror_sessions").paginate(Filters=list(filters))
    return [s["TrafficMirrorSessionId"] for page in pages for s in page["TrafficMirrorSessions"]]
state = lambda value: {"Name": "state", "Values": [value]}
try:
    ec2.create_traffic_mirror_session(NetworkInterfaceId="lo", TrafficMirrorTargetId=sys.argv[1],
        TrafficMirrorFilterId=sys.argv[2], SessionNumber=1)
    code = "none"
except ClientError as error:
    code = error.response["Error"]["Code"]
session = ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"][0]
print(json.dumps({"all": ids(), "active": ids(state("active")), "inactive": ids(state("inactive")),
    "listener": ids({"Name": "state-reason-code", "Values": ["listener"]}), "code": code, "members": sorted(session)}))
`;

/** Those of EC2's model, of a session without description. */
const MEMBERS = [
  'NetworkInterfaceId',
  'OwnerId',
  'PacketLength',
  'SessionNumber',
  'Tags',
  'TrafficMirrorFilterId',
  'TrafficMirrorSessionId',
  'TrafficMirrorTargetId',
  'VirtualNetworkId',
];

t.test('every client', { skip: skipUnless('aws') }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const balancers = [
    { networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.2'] },
    { networkLoadBalancerArn: 'nlb-deaf', targets: ['10.9.0.3'], listeners: [] as object[] },
  ];
  const sections = {
    ...INVENTORY,
    networkLoadBalancers: balancers,
    quotas: { sourcesPerInterfaceTarget: 1 },
    engine: { io: 'ring' },
  };
  const api = await startControlApi(t, stand, sections);
  const { client, daemon } = api;
  const target = async (input: object): Promise<string> => {
    const made = await client.send(new CreateTrafficMirrorTargetCommand(input));
    return made.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  };
  const filter = await client.send(new CreateTrafficMirrorFilterCommand({}));
  const filterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  const rule = [
    '--traffic-mirror-filter-id',
    filterId,
    '--traffic-direction',
    'ingress',
    '--rule-number',
    '1',
  ];
  const everywhere = ['--source-cidr-block', '0.0.0.0/0', '--destination-cidr-block', '0.0.0.0/0'];
  const ruled = await api.run('aws', [
    ...['--endpoint-url', api.endpoint, 'ec2', 'create-traffic-mirror-filter-rule'],
    ...[...rule, '--rule-action', 'accept', ...everywhere],
  ]);
  t.equal(ruled.exitCode, 0, ruled.stderr);
  const targets = [
    await target({ NetworkLoadBalancerArn: 'nlb-ids' }),
    await target({ NetworkLoadBalancerArn: 'nlb-deaf' }),
    await target({ NetworkInterfaceId: 'eni-ids2' }),
  ] as const;
  const sessions: string[] = [];
  for (const [index, TrafficMirrorTargetId] of targets.entries()) {
    const made = await client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: 'eni-web',
        TrafficMirrorTargetId,
        TrafficMirrorFilterId: filterId,
        SessionNumber: index + 1,
      }),
    );
    sessions.push(made.TrafficMirrorSession?.TrafficMirrorSessionId ?? '');
  }
  const [pool = '', deaf = '', plain = ''] = sessions;
  await daemon.until(
    'two active',
    (status) => status.sessions.filter(({ active }) => active).length === 2 && status.sessions.length === 3,
  );

  const ask = async (...filters: { Name: string; Values: string[] }[]): Promise<(string | undefined)[]> => {
    const { TrafficMirrorSessions = [] } = await client.send(
      new DescribeTrafficMirrorSessionsCommand({ Filters: filters }),
    );
    return TrafficMirrorSessions.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId);
  };
  const listed = await client.send(new DescribeTrafficMirrorSessionsCommand({}));
  t.strictSame(
    Object.keys(listed.TrafficMirrorSessions?.[0] ?? {}).sort(),
    MEMBERS,
    'the members of the model',
  );
  t.strictSame(await ask(), sessions);
  t.strictSame(await ask({ Name: 'state', Values: ['active'] }), [pool, plain]);
  t.strictSame(await ask({ Name: 'state-reason-code', Values: ['listener'] }), [deaf]);
  const refused = new CreateTrafficMirrorSessionCommand({
    NetworkInterfaceId: 'lo',
    TrafficMirrorTargetId: targets[2],
    TrafficMirrorFilterId: filterId,
    SessionNumber: 1,
  });
  await t.rejects(client.send(refused), {
    name: LIMIT,
    message: 'Sources per interface-target limit reached (2)',
    $metadata: { httpStatusCode: 400 },
  });

  for (const interpreter of boto3Interpreters()) {
    const { stdout, stderr } = await api.run(interpreter, ['-c', BOTO3, targets[2], filterId]);
    t.strictSame(
      JSON.parse(stdout || JSON.stringify(stderr)),
      {
        all: sessions,
        active: [pool, plain],
        inactive: [deaf],
        listener: [deaf],
        code: LIMIT,
        members: MEMBERS,
      },
      `boto3 of ${interpreter}`,
    );
  }
  for (const folder of awsFolders()) {
    const aws = (...args: string[]) =>
      api.run('aws', ['--endpoint-url', api.endpoint, '--output', 'json', 'ec2', ...args], {
        PATH: pathWithFirst(folder),
      });
    const query = ['--query', 'TrafficMirrorSessions[].TrafficMirrorSessionId'];
    const found = await aws(
      ...['describe-traffic-mirror-sessions', '--filters', 'Name=state,Values=inactive', ...query],
    );
    t.strictSame(JSON.parse(found.stdout || JSON.stringify(found.stderr)), [deaf], folder);
    const all = await aws('describe-traffic-mirror-sessions');
    const [shown = {}] = (JSON.parse(all.stdout) as { TrafficMirrorSessions: object[] })
      .TrafficMirrorSessions;
    t.strictSame(Object.keys(shown).sort(), MEMBERS);
    const sourced = await aws(
      ...['create-traffic-mirror-session', '--network-interface-id', 'lo', '--session-number', '1'],
      ...['--traffic-mirror-target-id', targets[2], '--traffic-mirror-filter-id', filterId],
    );
    t.match(sourced.stderr, `(${LIMIT})`);
  }

  // The listener comes by a reload, and the session to the deaf one mirrors; another one is changed by the API.
  const written = readFileSync(api.configFile, 'utf8');
  stand.configure({
    ...(JSON.parse(written) as object),
    networkLoadBalancers: balancers.map(({ listeners, ...balancer }) => balancer),
  });
  await reload(daemon);
  t.strictSame(await ask({ Name: 'state', Values: ['inactive'] }), []);
  await client.send(
    new ModifyTrafficMirrorSessionCommand({
      TrafficMirrorSessionId: plain,
      TrafficMirrorTargetId: targets[1],
    }),
  );
  t.strictSame(await ask({ Name: 'state', Values: ['active'] }), sessions);
  t.equal(await daemon.stop(), 0, 'exit code');

  stand.configure(JSON.parse(written));
  const next = await startListening(stand, api.configFile);
  await next.until('one active', ({ sessions }) => sessions.filter(({ active }) => active).length === 1);
  t.strictSame(
    await ask({ Name: 'state-reason-code', Values: ['listener'] }),
    [deaf, plain],
    'the next daemon',
  );
  t.equal(await next.stop(), 0, 'exit code');
});
