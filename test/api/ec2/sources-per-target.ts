/** How many sources an interface takes copies of: quotas.sourcesPerInterfaceTarget and sourcesPerLargeInterfaceTarget. */
import t, { type Test } from 'tap';
import type { Quotas } from '../../../src/resources/quotas.js';
import { type Ec2Fixture, OTHER_ACCOUNT, openEc2, type Values } from '../../fixtures/api/ec2.js';

const LIMIT = 'TrafficMirrorSourcesPerTargetLimitExceeded';
const DEVICES = 120;

/** @param more lines of the file. */
function fileOf(more = ''): string {
  const devices = Array.from(
    { length: DEVICES },
    (_, index) => `  - { networkInterfaceId: eni-${index}, device: veth${index} }`,
  );
  return `
networkInterfaces:
${devices.join('\n')}
  - { networkInterfaceId: eni-ids, address: 10.9.0.2 }
  - { networkInterfaceId: eni-large, address: 10.9.0.3, size: large }
networkLoadBalancers: [{ networkLoadBalancerArn: nlb-ids, targets: [10.9.0.4] }]
trafficMirrorFilters: [{ trafficMirrorFilterId: tmf }]
${more}`;
}

interface Stand {
  readonly ec2: Ec2Fixture;
  target(receiver: Values): Promise<string>;
  /** The error code of a new session, or none. */
  session(source: number, targetId: string, more?: Values): Promise<string>;
}

async function open(t: Test, quotas: Partial<Quotas> = {}, more = ''): Promise<Stand> {
  const shares = { isSharedWith: () => true };
  const ec2 = await openEc2(t, { configuration: fileOf(more), quotas, shares });
  return {
    ec2,
    target: async (receiver) =>
      (await ec2.ok('CreateTrafficMirrorTarget', receiver)).trafficMirrorTarget.trafficMirrorTargetId,
    session: (source, targetId, values = {}) =>
      ec2.code('CreateTrafficMirrorSession', {
        NetworkInterfaceId: `eni-${source}`,
        TrafficMirrorTargetId: targetId,
        TrafficMirrorFilterId: 'tmf',
        SessionNumber: 1,
        ...values,
      }),
  };
}

async function fill(stand: Stand, targetId: string, count: number): Promise<void> {
  for (let source = 0; source < count; source++) {
    const code = await stand.session(source, targetId);
    if (code !== 'none') throw new Error(`${source}: ${code}`);
  }
}

const SOME = { sourcesPerInterfaceTarget: 2, sourcesPerLargeInterfaceTarget: 4 };

t.test('ten by default, and a hundred to a large one', async (t) => {
  const stand = await open(t);
  const small = await stand.target({ NetworkInterfaceId: 'eni-ids' });
  const large = await stand.target({ NetworkInterfaceId: 'eni-large' });
  await fill(stand, small, 10);
  const refused = await stand.ec2.call('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-10',
    TrafficMirrorTargetId: small,
    TrafficMirrorFilterId: 'tmf',
    SessionNumber: 1,
  });
  t.equal(refused.status, 400);
  t.strictSame(refused.content.Errors.Error, {
    Code: LIMIT,
    Message: 'Sources per interface-target limit reached (11)',
  });
  t.equal(await stand.session(3, small, { SessionNumber: 2 }), 'none', 'a source that is there has room');
  for (let source = 10; source < 110; source++) t.equal(await stand.session(source, large), 'none');
  t.equal(await stand.session(110, large), LIMIT);
  t.equal(
    (await stand.ec2.ok('DescribeTrafficMirrorSessions', { MaxResults: 1000 })).trafficMirrorSessionSet.item
      .length,
    111,
    'nothing was made of what was refused',
  );
});

t.test('a session that goes makes room, when it was the last of its source', async (t) => {
  const stand = await open(t, SOME);
  const target = await stand.target({ NetworkInterfaceId: 'eni-ids' });
  await fill(stand, target, 2);
  t.equal(await stand.session(0, target, { SessionNumber: 2 }), 'none');
  const listed = await stand.ec2.ok('DescribeTrafficMirrorSessions', {
    'Filter.1.Name': 'network-interface-id',
    'Filter.1.Value.1': 'eni-0',
  });
  const [first, second] = listed.trafficMirrorSessionSet.item.map(
    (item: { trafficMirrorSessionId: string }) => item.trafficMirrorSessionId,
  );
  await stand.ec2.ok('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: first });
  t.equal(await stand.session(2, target), LIMIT, 'the source has another one');
  await stand.ec2.ok('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: second });
  t.equal(await stand.session(2, target), 'none');
});

t.test('ModifyTrafficMirrorSession', async (t) => {
  const stand = await open(t, SOME);
  const { ec2 } = stand;
  const target = await stand.target({ NetworkInterfaceId: 'eni-ids' });
  const pool = await stand.target({ NetworkLoadBalancerArn: 'nlb-ids' });
  await fill(stand, target, 2);
  t.equal(await stand.session(5, pool), 'none');
  const { trafficMirrorSessionSet } = await ec2.ok('DescribeTrafficMirrorSessions');
  const idOf = (interfaceId: string): string =>
    trafficMirrorSessionSet.item.find(
      ({ networkInterfaceId }: { networkInterfaceId: string }) => networkInterfaceId === interfaceId,
    ).trafficMirrorSessionId;
  const modify = (id: string, values: Values) =>
    ec2.code('ModifyTrafficMirrorSession', { TrafficMirrorSessionId: id, ...values });
  t.equal(await modify(idOf('eni-5'), { TrafficMirrorTargetId: target }), LIMIT);
  t.equal(await modify(idOf('eni-5'), { TrafficMirrorTargetId: target, DryRun: true }), LIMIT);
  t.equal(await modify(idOf('eni-0'), { TrafficMirrorTargetId: target }), 'none', 'it goes there already');
  t.equal(await modify(idOf('eni-0'), { TrafficMirrorTargetId: pool }), 'none');
  t.equal(await modify(idOf('eni-5'), { TrafficMirrorTargetId: target }), 'none', 'now there is room');
  t.equal(await modify(idOf('eni-0'), { TrafficMirrorTargetId: target }), LIMIT);
});

t.test('no limit: 0, load balancers, and sessions of the file', async (t) => {
  const none = await open(t, { sourcesPerInterfaceTarget: 0, sourcesPerLargeInterfaceTarget: 0 });
  for (const name of ['eni-ids', 'eni-large']) {
    const target = await none.target({ NetworkInterfaceId: name });
    for (let source = 0; source < 15; source++) {
      t.equal(await none.session(source + (name === 'eni-ids' ? 0 : 50), target), 'none');
    }
  }
  const pool = await open(t, SOME);
  const balanced = await pool.target({ NetworkLoadBalancerArn: 'nlb-ids' });
  for (let source = 0; source < 15; source++) t.equal(await pool.session(source, balanced), 'none');

  const sessions = Array.from(
    { length: 20 },
    (_, index) =>
      `  - { trafficMirrorSessionId: tms-${index}, networkInterfaceId: eni-${50 + index}, trafficMirrorTargetId: tmt-a, ` +
      `trafficMirrorFilterId: tmf, sessionNumber: 1 }`,
  );
  const more = `
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-a, networkInterfaceId: eni-ids }
  - { trafficMirrorTargetId: tmt-b, networkInterfaceId: eni-ids }
trafficMirrorSessions:
${sessions.join('\n')}
`;
  const file = await open(t, SOME, more);
  t.equal(await file.session(0, 'tmt-a'), 'none', 'those of the file are not counted');
  t.equal(await file.session(1, 'tmt-b'), 'none');
  t.equal(await file.session(2, 'tmt-a'), LIMIT, 'two targets of the file are one interface');
  t.equal(await file.session(2, 'tmt-b'), LIMIT);
  t.equal(await file.session(1, 'tmt-a', { SessionNumber: 2 }), 'none');
  t.equal(
    await file.session(55, 'tmt-a', { SessionNumber: 2 }),
    LIMIT,
    'a source of the file with a session of the API',
  );
});

t.test('sources of all accounts count', async (t) => {
  const stand = await open(t, SOME);
  const target = await stand.target({ NetworkInterfaceId: 'eni-ids' });
  await fill(stand, target, 1);
  const filter = await stand.ec2.ok('CreateTrafficMirrorFilter', {}, OTHER_ACCOUNT);
  const other = (source: number): Promise<string> =>
    stand.ec2.code(
      'CreateTrafficMirrorSession',
      {
        NetworkInterfaceId: `eni-${source}`,
        TrafficMirrorTargetId: target,
        TrafficMirrorFilterId: filter.trafficMirrorFilter.trafficMirrorFilterId,
        SessionNumber: 7,
      },
      OTHER_ACCOUNT,
    );
  t.equal(await other(1), 'none');
  t.equal(await other(2), LIMIT);
  t.equal(await other(0), 'none', 'a source that another account has there');
});

t.test('what is there stays when the quota is lowered, also over a restart', async (t) => {
  const stand = await open(t, SOME);
  const target = await stand.target({ NetworkInterfaceId: 'eni-ids' });
  await fill(stand, target, 2);
  await stand.ec2.state.close();
  const ec2 = await openEc2(t, {
    configuration: fileOf(),
    quotas: { sourcesPerInterfaceTarget: 1 },
    directory: stand.ec2.directory,
  });
  const { resources, inactive } = ec2.state.active;
  t.equal(resources.trafficMirrorSessions.length, 2);
  t.strictSame(inactive, []);
  t.equal(
    await ec2.code('CreateTrafficMirrorSession', {
      NetworkInterfaceId: 'eni-9',
      TrafficMirrorTargetId: target,
      TrafficMirrorFilterId: 'tmf',
      SessionNumber: 1,
    }),
    LIMIT,
  );
});
