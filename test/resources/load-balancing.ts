/** Listeners and zones of load balancers: which sessions mirror, where to, and why the others do not. */
import t from 'tap';
import { inactiveWarnings } from '../../src/config/inactive-sessions.js';
import { type Configuration, parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import type { MirrorPlan } from '../../src/plan/mirror-plan.js';
import { buildPlan } from '../../src/resources/build-plan.js';
import { PlanCache } from '../../src/resources/plan-cache.js';

const UDP = '{ protocol: UDP, port: 4789 }';

interface Case {
  readonly targets?: string;
  /** Of the load balancer, besides. */
  readonly more?: string;
  /** The zone of the first source; the second has zone b, the third none. */
  readonly zone?: string;
}

function configurationOf({ targets = '[10.9.0.2, 10.9.0.3]', more = '', zone = 'a' }: Case) {
  const text = `
networkInterfaces:
  - { networkInterfaceId: eni-a, device: veth0, availabilityZone: ${zone} }
  - { networkInterfaceId: eni-b, device: veth1, availabilityZone: b }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb-ids, targets: ${targets}${more}, healthCheck: { port: 80 } }
  - { networkLoadBalancerArn: nlb-other, targets: [10.9.0.9] }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-ids, networkLoadBalancerArn: nlb-ids }
  - { trafficMirrorTargetId: tmt-other, networkLoadBalancerArn: nlb-other }
trafficMirrorFilters: [{ trafficMirrorFilterId: tmf, networkServices: [amazon-dns] }]
trafficMirrorSessions:
${[
  ['tms-a', 'eni-a', 'tmt-ids', 1],
  ['tms-b', 'eni-b', 'tmt-ids', 1],
  ['tms-none', 'veth2', 'tmt-ids', 1],
  ['tms-other', 'eni-a', 'tmt-other', 2],
]
  .map(
    ([id, source, target, number]) =>
      `  - { trafficMirrorSessionId: ${id}, networkInterfaceId: ${source}, trafficMirrorTargetId: ${target}, ` +
      `trafficMirrorFilterId: tmf, sessionNumber: ${number}, virtualNetworkId: 1 }`,
  )
  .join('\n')}
`;
  const result = parseConfiguration(text, 'test.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result;
}

function planOf(of: Case): MirrorPlan {
  return buildPlan(configurationOf(of).configuration);
}

/** Each session with its addresses, or with why it mirrors nothing. */
function waysOf({ sources, inactiveSessions = [] }: MirrorPlan): Record<string, string> {
  const active = sources.flatMap(({ sessions }) =>
    sessions.map(({ id, targetAddresses }) => [id, targetAddresses.join(' ')] as const),
  );
  const others = inactiveSessions.map(({ id, cause, reason }) => [id, `${cause}: ${reason}`] as const);
  return Object.fromEntries([...active, ...others].sort(([a], [b]) => a.localeCompare(b)));
}

const BOTH = '10.9.0.2 10.9.0.3';
const ZONED = '[{ address: 10.9.0.2, availabilityZone: a }, { address: 10.9.0.3, availabilityZone: b }]';
const NO_LISTENER = 'listener: load balancer "nlb-ids" has no UDP listener on port 4789';

const all = (way: string) => ({ 'tms-a': way, 'tms-b': way, 'tms-none': way, 'tms-other': '10.9.0.9' });

const rows: readonly { readonly name: string; readonly of: Case; readonly want: Record<string, string> }[] = [
  { name: 'a plain list', of: {}, want: all(BOTH) },
  { name: 'the listener, given', of: { more: `, listeners: [${UDP}]` }, want: all(BOTH) },
  {
    name: 'TCP_UDP takes UDP too',
    of: { more: ', listeners: [{ protocol: TCP_UDP, port: 4789 }]' },
    want: all(BOTH),
  },
  {
    name: 'one among others',
    of: { more: `, listeners: [{ protocol: TCP, port: 4789 }, { protocol: UDP, port: 53 }, ${UDP}]` },
    want: all(BOTH),
  },
  { name: 'none', of: { more: ', listeners: []' }, want: all(NO_LISTENER) },
  {
    name: 'another port',
    of: { more: ', listeners: [{ protocol: UDP, port: 6081 }]' },
    want: all(NO_LISTENER),
  },
  {
    name: 'TCP and TLS',
    of: { more: ', listeners: [{ protocol: TCP, port: 4789 }, { protocol: TLS, port: 4789 }]' },
    want: all(NO_LISTENER),
  },
  { name: 'zones make no difference', of: { targets: ZONED }, want: all(BOTH) },
  { name: 'crossZone: true', of: { targets: ZONED, more: ', crossZone: true' }, want: all(BOTH) },
  {
    name: 'crossZone: false',
    of: { targets: ZONED, more: ', crossZone: false' },
    want: {
      'tms-a': '10.9.0.2',
      'tms-b': '10.9.0.3',
      'tms-none':
        'zone: load balancer "nlb-ids" has no address with "veth2", which has no availabilityZone, and crossZone is false',
      'tms-other': '10.9.0.9',
    },
  },
  {
    name: 'the zone that has no name',
    of: { targets: '[10.9.0.2, { address: 10.9.0.3, availabilityZone: b }]', more: ', crossZone: false' },
    want: {
      'tms-a': 'zone: load balancer "nlb-ids" has no address in zone "a" of "eni-a", and crossZone is false',
      'tms-b': '10.9.0.3',
      'tms-none': '10.9.0.2',
      'tms-other': '10.9.0.9',
    },
  },
  {
    name: 'the listener comes before the zone',
    of: { targets: ZONED, more: ', crossZone: false, listeners: []' },
    want: all(NO_LISTENER),
  },
];

for (const { name, of, want } of rows) {
  t.test(name, async (t) => t.strictSame(waysOf(planOf(of)), want));
}

t.test('what the status is told', async (t) => {
  const plan = planOf({ targets: `[10.9.0.4, ${ZONED.slice(1)}`, more: ', crossZone: false, listeners: []' });
  t.strictSame(plan.loadBalancers, [
    {
      networkLoadBalancerArn: 'nlb-ids',
      crossZone: false,
      zones: [
        { addresses: ['10.9.0.4'] },
        { availabilityZone: 'a', addresses: ['10.9.0.2'] },
        { availabilityZone: 'b', addresses: ['10.9.0.3'] },
      ],
      targets: [{ targetId: 'tmt-ids', obstacle: NO_LISTENER.slice('listener: '.length) }],
    },
    {
      networkLoadBalancerArn: 'nlb-other',
      crossZone: true,
      zones: [{ addresses: ['10.9.0.9'] }],
      targets: [{ targetId: 'tmt-other', obstacle: '' }],
    },
  ]);
  t.strictSame(plan.healthChecks, [], 'nobody sends there, so nobody is checked');
  t.strictSame(
    planOf({ targets: ZONED }).healthChecks.map(({ address }) => address),
    ['10.9.0.2', '10.9.0.3'],
  );
  t.strictSame(plan.inactiveSessions?.[0], {
    id: 'tms-a',
    sourceId: 'eni-a',
    sessionNumber: 1,
    vni: 1,
    targetId: 'tmt-ids',
    packetLength: 8500,
    cause: 'listener',
    reason: NO_LISTENER.slice('listener: '.length),
  });
});

t.test('check warns of sessions that would mirror nothing', async (t) => {
  const warningsOf = (of: Case) => configurationOf(of).warnings.map(({ text }) => text);
  t.strictSame(warningsOf({}), []);
  const path = (index: number) =>
    `trafficMirrorSessions[${index}].trafficMirrorTargetId: load balancer "nlb-ids"`;
  t.strictSame(
    warningsOf({ more: ', listeners: []' }),
    [0, 1, 2].map(
      (index) => `${path(index)} has no UDP listener on port 4789, so this session mirrors nothing`,
    ),
  );
  t.match(warningsOf({ targets: ZONED, more: ', crossZone: false' }), [
    `${path(2)} has no address with "veth2"`,
  ]);
});

/** What a reload makes of the plan, with what is kept of the plan before. */
function reloaded(before: Case, after: Case): { before: MirrorPlan; after: MirrorPlan } {
  const cache = new PlanCache();
  const build = (of: Case): MirrorPlan => {
    const { resources, engine }: Configuration = configurationOf(of).configuration;
    return buildPlan({ resources, engine }, cache);
  };
  return { before: build(before), after: build(after) };
}

t.test('a listener that goes and comes changes its own sessions only', async (t) => {
  const none = { more: ', listeners: []' };
  for (const [from, to] of [
    [{}, none],
    [none, {}],
  ] as const) {
    const { before, after } = reloaded(from, to);
    const other = ({ sources }: MirrorPlan) =>
      sources.flatMap(({ sessions }) => sessions).find(({ id }) => id === 'tms-other');
    t.strictSame(other(after), other(before));
    t.strictSame(waysOf(after), waysOf(planOf(to)), 'as built without what is kept');
  }
  const { before, after } = reloaded({}, { zone: 'c' });
  t.equal(after.sources[1], before.sources[1], 'a source that is the same is the same object');
});

t.test('a zone that another interface of the subnet or the instance says', async (t) => {
  const { configuration } = configurationOf({ targets: ZONED, more: ', crossZone: false' });
  const { resources } = configuration;
  for (const shared of [{ subnetId: 'subnet-1' }, { instanceId: 'i-1' }]) {
    const [first, second] = resources.networkInterfaces;
    const { availabilityZone = '', ...silent } = first!;
    t.equal(availabilityZone, 'a');
    const networkInterfaces = [
      { ...silent, ...shared },
      second!,
      {
        networkInterfaceId: 'eni-c',
        device: second!.device!,
        netns: '/run/netns/c' as never,
        availabilityZone,
        ...shared,
      },
    ];
    const changed = { ...resources, networkInterfaces };
    t.match(waysOf(buildPlan({ ...configuration, resources: changed })), {
      'tms-a': '10.9.0.2',
      'tms-b': '10.9.0.3',
    });
    t.notOk(
      inactiveWarnings(changed).some(({ text }) => text.includes('eni-a')),
      'and check does not warn of it',
    );
    const unsaid = { ...resources, networkInterfaces: networkInterfaces.slice(0, 2) };
    t.match(
      waysOf(buildPlan({ ...configuration, resources: unsaid }))['tms-a'],
      /which has no availabilityZone/,
    );
  }
});
