/** GetStatus: what each account sees, pages, and how often the daemon is asked. */
import t, { type Test } from 'tap';
import type { DaemonStatus } from '../../../src/api/traffic-mirror/daemon-status.js';
import type { GetStatusResponse, StatusDocument } from '../../../src/api/traffic-mirror/shape.js';
import { StatusReadings } from '../../../src/api/traffic-mirror/status-readings.js';
import { IDLE_STATUS } from '../../fixtures/api/daemon-links.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT } from '../../fixtures/api/ec2.js';
import { laneCounts, sessionCounts } from '../../fixtures/api/lanes.js';
import { xmlTextAt } from '../../fixtures/api/parse-xml.js';
import { ALLOW_ALL, openServices, type ServicesFixture, userOf } from '../../fixtures/api/services.js';

const DECLARED = `${INVENTORY}
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-file, networkLoadBalancerArn: nlb-ids }
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf-file
    ingressFilterRules:
      - { ruleNumber: 1, ruleAction: accept, sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0 }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-file, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-file,
      trafficMirrorFilterId: tmf-file, sessionNumber: 1, virtualNetworkId: 7 }
`;
const host = userOf(ACCOUNT, 'admin', ALLOW_ALL);
const other = userOf(OTHER_ACCOUNT, 'other', ALLOW_ALL);
const SINCE = '2026-11-30T00:00:01.000Z';
const METRICS = {
  NetworkMirrorIn: 300,
  NetworkMirrorOut: 0,
  NetworkSkipMirrorIn: 0,
  NetworkSkipMirrorOut: 0,
  NetworkPacketsMirrorIn: 3,
  NetworkPacketsMirrorOut: 0,
  NetworkPacketsSkipMirrorIn: 5,
  NetworkPacketsSkipMirrorOut: 0,
};

interface Stand {
  readonly fixture: ServicesFixture;
  /** Of the other account, on eni-web. */
  readonly session: string;
  readonly target: string;
  status: DaemonStatus;
  get(input: object, principal?: typeof host): Promise<GetStatusResponse>;
}

/** A session of the file, and one of the other account on the same source. */
async function setUp(t: Test): Promise<Stand> {
  const stand = { status: IDLE_STATUS };
  const fixture = await openServices(t, DECLARED, { links: { status: () => stand.status } });
  const made = async (action: string, input: object): Promise<string> => {
    const { body } = await fixture.call('ec2', action, input, other);
    return xmlTextAt(String(body), `/t${action.slice(7)}Id`);
  };
  const target = await made('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids2' });
  const session = await made('CreateTrafficMirrorSession', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: target,
    TrafficMirrorFilterId: await made('CreateTrafficMirrorFilter', {}),
    SessionNumber: 2,
  });
  stand.status = statusWith(session);
  return Object.assign(stand, {
    fixture,
    session,
    target,
    get: async (input: object, principal = host) => {
      const { status, body } = await fixture.call('traffic-mirror', 'GetStatus', input, principal);
      if (status !== 200) throw new Error(String(body));
      return JSON.parse(String(body)) as GetStatusResponse;
    },
  });
}

/** The file's session mirrors in part, the other account's not at all. */
function statusWith(session: string): DaemonStatus {
  const amount = (packets: number) => ({ packets, bytes: 100 * packets });
  const lane = laneCounts(
    'eni-web',
    'ingress',
    [
      sessionCounts('tms-file', { matched: amount(2), mirrored: amount(2) }),
      sessionCounts(session, { matched: amount(1), mirrored: amount(1) }),
    ],
    5,
  );
  const way = { device: 'mir0', mtu: 1500, maximumInnerLength: 1450, emission: 'routed', emissionReason: '' };
  return {
    ...IDLE_STATUS,
    engines: [
      {
        worker: 1,
        readPackets: 9,
        ringDropped: 5,
        pid: 8,
        restarts: 0,
        lastExit: null,
        nextTryAt: null,
        beatAgeMs: 3,
        countersAgeMs: 250,
        loopDelayMs: 1,
        xdpInvalidDescriptors: 0,
      },
    ],
    health: {
      state: 'degraded',
      reasons: ['target 10.9.0.4 suspect: refused'],
      notes: [
        `session ${session} is inactive: target 10.9.0.5: secret`,
        'source eni-web: 1 % of its copies …',
      ],
    },
    sources: [
      {
        ...METRICS,
        sourceId: 'eni-web',
        device: 'veth0',
        ringDropped: 5,
        ringBytes: 1,
        ringWantedBytes: 2,
        troubles: [],
      },
    ],
    lanes: [
      {
        ...lane,
        netns: '/run/netns/web',
        state: 'capturing',
        reason: '',
        since: SINCE,
        blindSeconds: 0,
        timesLost: 0,
        carrier: true,
        ringFill: 0.5,
        behindSeconds: 0,
      },
    ],
    sessions: [
      {
        sessionId: 'tms-file',
        sourceId: 'eni-web',
        targetAddresses: ['10.9.0.3', '10.9.0.4'],
        active: true,
        since: SINCE,
        cause: '',
        reason: '',
      },
      {
        sessionId: session,
        sourceId: 'eni-web',
        targetAddresses: ['10.9.0.5'],
        active: false,
        since: SINCE,
        cause: 'source',
        reason: 'target 10.9.0.5: secret',
      },
    ],
    targets: [
      { address: '10.9.0.3', state: 'reachable', reason: '', ...way },
      { address: '10.9.0.4', state: 'suspect', reason: 'refused', ...way },
      { address: '10.9.0.5', state: 'unreachable', reason: 'no route', ...way },
    ],
    loadBalancers: [
      {
        networkLoadBalancerArn: 'nlb-ids',
        crossZone: true,
        zones: [{ availabilityZone: null, addresses: 2, healthy: 2 }],
        targets: [{ targetId: 'tmt-file', active: true, reason: '' }],
      },
    ],
  };
}

t.test('the account of the configuration file', async (t) => {
  const { get, session, target } = await setUp(t);
  const { Status } = await get({});
  const { daemon, sources, sessions, targets, filters, health } = Status;
  t.equal(Status.countersSeconds, 99.75, 'when the engine told them');
  t.match(daemon, { pid: 7, configurationFile: '/etc/traffic-mirror/config.yaml' });
  t.match(sources, [
    { ...METRICS, sourceId: 'eni-web', netns: '/run/netns/web', ringDropped: 5, lanes: [{ counts: {} }] },
  ]);
  t.match(sessions, [
    {
      sessionId: 'tms-file',
      declared: true,
      filterId: 'tmf-file',
      state: 'degraded',
      cause: 'target',
      reason: 'target 10.9.0.4 suspect: refused',
      targetAddresses: ['10.9.0.3', '10.9.0.4'],
      counts: { ingress: { mirrored: { packets: 2 } } },
    },
  ]);
  t.match(targets, [
    { targetId: 'tmt-file', state: 'reachable', addresses: [{ device: 'mir0' }, { mtu: 1500 }] },
  ]);
  t.strictSame(filters, [{ filterId: 'tmf-file', ownerId: ACCOUNT, declared: true }]);
  t.strictSame(health.notes, ['source eni-web: 1 % of its copies …'], 'no session of another account');
  t.match(Status.endpoints, [{ gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.9.0.9' }]);
  for (const id of [session, target, OTHER_ACCOUNT]) t.notMatch(JSON.stringify(Status), id);
});

t.test('another account', async (t) => {
  const { get, session, target } = await setUp(t);
  const { Status } = await get({}, other);
  t.match(Status.sessions, [
    {
      sessionId: session,
      declared: false,
      state: 'inactive',
      cause: 'source',
      reason: 'The source is not captured',
      counts: { ingress: { mirrored: { packets: 1 } } },
    },
  ]);
  t.strictSame(Status.health, {
    state: 'failing',
    reasons: [`session ${session} is inactive: The source is not captured`],
    notes: [],
  });
  t.match(Status.targets, [{ targetId: target, state: 'unreachable', reason: '10.9.0.5: no route' }]);
  t.equal(Status.sources?.[0]?.NetworkPacketsMirrorIn, 1, 'of its own session alone');
  t.equal(Status.sources?.[0]?.NetworkPacketsSkipMirrorIn, 0, 'what the ring dropped is nobody’s');
  t.strictSame(Status.endpoints, [{ gatewayLoadBalancerEndpointId: 'vpce-ids' }]);
  const text = JSON.stringify(Status);
  for (const secret of [
    'tms-file',
    'tmt-file',
    'nlb-ids',
    'netns',
    'mir0',
    'ringDropped',
    'config.yaml',
    'secret',
    ACCOUNT,
  ]) {
    t.notMatch(text, secret);
  }
});

t.test('only what is asked for', async (t) => {
  const { get, session } = await setUp(t);
  const { Status, NextToken } = await get({ SessionIds: ['tms-file', session, 'tms-absent'] });
  t.strictSame(idsOf(Status), ['eni-web', 'tms-file', 'tmt-file', 'tmf-file']);
  t.equal(NextToken, undefined);
  const some = await get({ TargetIds: ['tmt-file'], Include: ['targets'] });
  t.strictSame(idsOf(some.Status), ['tmt-file']);
  t.notOk('sessions' in some.Status || 'daemon' in some.Status);
});

t.test('pages have everything once', async (t) => {
  const { get } = await setUp(t);
  const whole = idsOf((await get({})).Status);
  const paged: string[] = [];
  let pages = 0;
  let token: string | undefined;
  do {
    const { Status, NextToken } = await get({
      MaxResults: 1,
      ...(token !== undefined && { NextToken: token }),
    });
    t.equal('daemon' in Status, pages === 0, 'in the first page only');
    paged.push(...idsOf(Status));
    token = NextToken;
    pages += 1;
  } while (token !== undefined && pages < 10);
  t.strictSame(paged, whole);
  t.equal(pages, 4);
});

t.test('what is no such request', async (t) => {
  const { fixture } = await setUp(t);
  const token = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const rows: readonly [object, string][] = [
    [{ MaxResults: 0 }, 'InvalidParameterValueException'],
    [{ MaxResults: 1001 }, 'InvalidParameterValueException'],
    [{ SessionIds: [] }, 'InvalidParameterValueException'],
    [{ SessionIds: Array.from({ length: 101 }, () => 'a') }, 'InvalidParameterValueException'],
    [{ SessionIds: ['a'.repeat(256)] }, 'InvalidParameterValueException'],
    [{ Include: ['secrets'] }, 'InvalidParameterValueException'],
    [{ sessionIds: ['a'] }, 'InvalidParameterValueException'],
    [{ SessionIds: ['a'], MaxResults: 1 }, 'InvalidParameterCombinationException'],
    [{ NextToken: 'x' }, 'InvalidNextTokenException'],
    [{ NextToken: token(['daemon', 'a']) }, 'InvalidNextTokenException'],
    [{ NextToken: token(['sessions', 1]) }, 'InvalidNextTokenException'],
    [{ NextToken: token(['sessions', 'a', 'b']) }, 'InvalidNextTokenException'],
    [{ NextToken: token(['sessions', 'a']), Include: ['targets'] }, 'InvalidNextTokenException'],
    [{ NextToken: 'a'.repeat(5000) }, 'InvalidParameterValueException'],
  ];
  for (const [input, code] of rows) {
    const { status, outcome } = await fixture.call('traffic-mirror', 'GetStatus', input, host);
    t.strictSame([status, outcome], [400, code], JSON.stringify(input).slice(0, 80));
  }
});

t.test('the daemon is asked once for all, and a tenth of the time at most', async (t) => {
  let [now, reads] = [0, 0];
  const readings = new StatusReadings(
    () => {
      reads += 1;
      now += 100;
      return IDLE_STATUS;
    },
    () => now,
  );
  const first = readings.read();
  now += 999;
  t.equal(readings.read(), first);
  now += 1;
  t.not(readings.read(), first);
  t.equal(reads, 2);
});

t.test('lists follow changes of resources, a few times a second', async (t) => {
  let now = 0;
  const read = (): DaemonStatus => {
    now += 1000;
    return IDLE_STATUS;
  };
  const readings = new StatusReadings(read, () => now);
  let made = 0;
  const derive = (): number =>
    readings.read().derive('lists', () => {
      made += 1;
      return made;
    });
  t.equal(derive(), 1);
  t.equal(derive(), 1);
  readings.changed();
  t.equal(derive(), 2, 'at once');
  for (let time = 0; time < 10; time += 1) {
    readings.changed();
    derive();
  }
  t.equal(made, 2);
  now += 200;
  t.equal(derive(), 3);
});

t.test('a session that was just made is in the lists', async (t) => {
  const { fixture, get } = await setUp(t);
  const before = idsOf((await get({}, other)).Status);
  const { body } = await fixture.call('ec2', 'CreateTrafficMirrorFilter', {}, other);
  const id = xmlTextAt(String(body), '/trafficMirrorFilter/trafficMirrorFilterId');
  t.notOk(before.includes(id));
  t.ok(idsOf((await get({}, other)).Status).includes(id));
});

t.test('named sessions have their rules while the answer is short', async (t) => {
  const rules = Array.from({ length: 25_000 }, (_, index) => ({
    ruleId: `tmfr-${String(index).padStart(17, '0')}`,
    packets: index,
  }));
  const ids = ['tms-1', 'tms-2'];
  const declared = ids.map(
    (id, index) =>
      `  - { trafficMirrorSessionId: ${id}, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-file,
      trafficMirrorFilterId: tmf-file, sessionNumber: ${index + 2}, virtualNetworkId: ${index + 8} }\n`,
  );
  const lane = laneCounts(
    'eni-web',
    'ingress',
    ids.map((id) => sessionCounts(id, { rules })),
    0,
  ) as DaemonStatus['lanes'][number];
  const status = { ...IDLE_STATUS, lanes: [lane] };
  const fixture = await openServices(t, DECLARED + declared.join(''), { links: { status: () => status } });
  const ask = async (SessionIds: readonly string[]): Promise<StatusDocument> => {
    const { body } = await fixture.call('traffic-mirror', 'GetStatus', { SessionIds }, host);
    return (JSON.parse(String(body)) as GetStatusResponse).Status;
  };
  const counts = (await ask(ids)).sessions?.map((one) => one.counts?.ingress);
  t.strictSame(
    counts?.map((one) => [one?.rules.length, one?.areRulesLeftOut]),
    [
      [rules.length, undefined],
      [0, true],
    ],
  );
  t.equal((await ask(['tms-2'])).sessions?.[0]?.counts?.ingress?.rules.length, rules.length, 'fewer ids');
});

t.test('load balancers and endpoints of what is named alone', async (t) => {
  const { get, target } = await setUp(t);
  const { Status } = await get({ TargetIds: ['tmt-file'] });
  t.match(Status.loadBalancers, [{ networkLoadBalancerArn: 'nlb-ids' }]);
  t.strictSame(Status.endpoints, []);
  t.strictSame((await get({ TargetIds: [target] }, other)).Status.loadBalancers, []);
  t.strictSame((await get({ TargetIds: ['tmt-absent'] })).Status.loadBalancers, []);
});

function idsOf({ sources = [], sessions = [], targets = [], filters = [] }: StatusDocument): string[] {
  return [
    ...sources.map(({ sourceId }) => sourceId),
    ...sessions.map(({ sessionId }) => sessionId),
    ...targets.map(({ targetId }) => targetId),
    ...filters.map(({ filterId }) => filterId),
  ];
}
