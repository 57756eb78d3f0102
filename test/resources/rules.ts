/** The rules across resources: what a file may not say, the control API refuses too. */
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { configurationSchema } from '../../src/config/schema.js';
import { checkResources } from '../../src/resources/check-resources.js';
import type { Quotas } from '../../src/resources/quotas.js';
import type { ProblemCode } from '../../src/resources/rules.js';
import { type Ec2Fixture, OTHER_ACCOUNT, openEc2, type Values } from '../fixtures/api/ec2.js';

type Resource = Readonly<Record<string, unknown>>;

interface Document {
  readonly targets?: readonly Resource[];
  readonly filters?: readonly Resource[];
  readonly sessions?: readonly Resource[];
  readonly quotas?: Partial<Quotas>;
}

interface Row {
  readonly name: string;
  /** What the file says, beside the inventory; the API is asked to make the same, one by one. */
  readonly document: Document;
  /** The id of the target that the API makes last; absent: sessions come last. */
  readonly last?: string;
  /** What the file is refused for; absent: it may say this, and the refusal is the API's own. */
  readonly code?: ProblemCode;
  /** The error of the API. */
  readonly error: string;
}

/** Where the rules hold. Of the inventory the API makes nothing, and ids it chooses itself. */
const CODES: Readonly<Record<ProblemCode, 'both' | 'file'>> = {
  'bad-tag': 'both',
  'different-place': 'file',
  'duplicate-address': 'file',
  'duplicate-device': 'file',
  'duplicate-id': 'file',
  'duplicate-listener': 'file',
  'duplicate-option': 'file',
  'duplicate-rule-number': 'both',
  'duplicate-session-number': 'both',
  'interface-both-source-and-target': 'both',
  'load-balancer-packet-length': 'both',
  'missing-reference': 'both',
  'mixed-address-families': 'both',
  'no-address': 'both',
  'no-device': 'both',
  'options-without-geneve': 'file',
  'not-exactly-one-target': 'both',
  'ports-without-protocol': 'both',
  'quota-exceeded': 'both',
  'reversed-range': 'both',
};

const INVENTORY = {
  networkInterfaces: [
    { networkInterfaceId: 'eni-web', device: 'veth0', address: '10.1.0.1' },
    { networkInterfaceId: 'eni-db', device: 'veth1' },
    { networkInterfaceId: 'eni-ids', address: '10.9.0.2' },
    { networkInterfaceId: 'eni-other', device: 'veth2', ownerId: OTHER_ACCOUNT },
  ],
  networkLoadBalancers: [
    { networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.3'] },
    { networkLoadBalancerArn: 'nlb-web', targets: ['10.1.0.1'] },
  ],
  gatewayLoadBalancerEndpoints: [
    { gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.9.0.9' },
    { gatewayLoadBalancerEndpointId: 'vpce-web', address: '10.1.0.1' },
  ],
};

const rule = (changes: Resource = {}): Resource => ({
  ruleNumber: 10,
  ruleAction: 'accept',
  sourceCidrBlock: '0.0.0.0/0',
  destinationCidrBlock: '0.0.0.0/0',
  ...changes,
});

const session = (id: string, changes: Resource = {}): Resource => ({
  trafficMirrorSessionId: id,
  networkInterfaceId: 'eni-web',
  trafficMirrorTargetId: 'tmt-ids',
  trafficMirrorFilterId: 'tmf',
  sessionNumber: 1,
  ...changes,
});

const target = (id: string, receiver: Resource): Resource => ({ trafficMirrorTargetId: id, ...receiver });

const filter = (changes: Resource = {}): Resource => ({ trafficMirrorFilterId: 'tmf', ...changes });

const ids = target('tmt-ids', { networkInterfaceId: 'eni-ids' });

const withSessions = (...sessions: Resource[]): Document => ({
  targets: [ids],
  filters: [filter()],
  sessions,
});

const withRules = (...ingressFilterRules: Resource[]): Document => ({
  filters: [filter({ ingressFilterRules })],
});

const manyTags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'value']));

const IN_USE_BY_TARGET = 'InterfaceInUseByTrafficMirrorTarget';
const IN_USE_BY_SESSION = 'InterfaceInUseByTrafficMirrorSession';

const rows: readonly Row[] = [
  {
    name: 'a session number twice on one source',
    document: withSessions(session('tms-a'), session('tms-b')),
    code: 'duplicate-session-number',
    error: 'InvalidParameterValue',
  },
  {
    name: 'a session number twice on one source, under two names',
    document: withSessions(session('tms-a'), session('tms-b', { networkInterfaceId: 'veth0' })),
    code: 'duplicate-session-number',
    error: 'InvalidParameterValue',
  },
  {
    name: 'a packet length above what load balancers take',
    document: {
      ...withSessions(session('tms', { packetLength: 8501 })),
      targets: [target('tmt-ids', { networkLoadBalancerArn: 'nlb-ids' })],
    },
    code: 'load-balancer-packet-length',
    error: 'InvalidParameterValue',
  },
  {
    name: 'a packet length above what endpoints take',
    document: {
      ...withSessions(session('tms', { packetLength: 8501 })),
      targets: [target('tmt-ids', { gatewayLoadBalancerEndpointId: 'vpce-ids' })],
    },
    code: 'load-balancer-packet-length',
    error: 'InvalidParameterValue',
  },
  ...[
    { networkInterfaceId: 'eni-web' },
    { networkLoadBalancerArn: 'nlb-web' },
    { gatewayLoadBalancerEndpointId: 'vpce-web' },
  ].flatMap((receiver): Row[] => {
    const document = { ...withSessions(session('tms')), targets: [ids, target('tmt-web', receiver)] };
    const code = 'interface-both-source-and-target';
    const name = `a source that is the receiver ${Object.values(receiver)}`;
    return [
      { name, document, code, error: IN_USE_BY_TARGET },
      { name: `${name}, made last`, document, last: 'tmt-web', code, error: IN_USE_BY_SESSION },
    ];
  }),
  {
    name: 'a source without a device',
    document: {
      ...withSessions(session('tms', { networkInterfaceId: 'eni-ids' })),
      targets: [target('tmt-ids', { networkLoadBalancerArn: 'nlb-ids' })],
    },
    code: 'no-device',
    error: 'InvalidParameterValue',
  },
  {
    name: 'a target without an address',
    document: { targets: [target('tmt', { networkInterfaceId: 'eni-db' })] },
    code: 'no-address',
    error: 'InvalidParameterValue',
  },
  {
    name: 'a target with two receivers',
    document: {
      targets: [target('tmt', { networkInterfaceId: 'eni-ids', networkLoadBalancerArn: 'nlb-ids' })],
    },
    code: 'not-exactly-one-target',
    error: 'InvalidParameterCombination',
  },
  {
    name: 'a target with no receiver',
    document: { targets: [target('tmt', {})] },
    code: 'not-exactly-one-target',
    error: 'InvalidParameterCombination',
  },
  {
    name: 'a receiver that is not there',
    document: { targets: [target('tmt', { networkInterfaceId: 'eni-none' })] },
    code: 'missing-reference',
    error: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    name: 'a load balancer that is not there',
    document: { targets: [target('tmt', { networkLoadBalancerArn: 'nlb-none' })] },
    code: 'missing-reference',
    error: 'InvalidParameterValue',
  },
  {
    name: 'an endpoint that is not there',
    document: { targets: [target('tmt', { gatewayLoadBalancerEndpointId: 'vpce-none' })] },
    code: 'missing-reference',
    error: 'InvalidVpcEndpointId.NotFound',
  },
  {
    name: 'a source that is not there and can be no device',
    document: withSessions(session('tms', { networkInterfaceId: 'a/b' })),
    code: 'missing-reference',
    error: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    name: 'a target that is not there',
    document: withSessions(session('tms', { trafficMirrorTargetId: 'tmt-none' })),
    code: 'missing-reference',
    error: 'InvalidTrafficMirrorTargetId.NotFound',
  },
  {
    name: 'a filter that is not there',
    document: withSessions(session('tms', { trafficMirrorFilterId: 'tmf-none' })),
    code: 'missing-reference',
    error: 'InvalidTrafficMirrorFilterId.NotFound',
  },
  {
    name: 'a rule number twice in one direction',
    document: withRules(rule(), rule({ ruleAction: 'reject' })),
    code: 'duplicate-rule-number',
    error: 'TrafficMirrorFilterRuleAlreadyExists',
  },
  {
    name: 'a rule of two families',
    document: withRules(rule({ destinationCidrBlock: '::/0' })),
    code: 'mixed-address-families',
    error: 'InvalidParameterValue',
  },
  {
    name: 'ports without a protocol',
    document: withRules(rule({ sourcePortRange: { fromPort: 1, toPort: 2 } })),
    code: 'ports-without-protocol',
    error: 'InvalidParameterCombination',
  },
  {
    name: 'a reversed range of ports',
    document: withRules(rule({ protocol: 6, destinationPortRange: { fromPort: 2, toPort: 1 } })),
    code: 'reversed-range',
    error: 'InvalidParameterValue',
  },
  {
    name: 'too many tags',
    document: { filters: [filter({ tags: manyTags })] },
    code: 'bad-tag',
    error: 'TagLimitExceeded',
  },
  {
    name: 'a key of a tag that is reserved',
    document: { filters: [filter({ tags: { 'aws:name': 'x' } })] },
    code: 'bad-tag',
    error: 'InvalidParameterValue',
  },
  {
    name: 'too many targets',
    document: {
      targets: [ids, target('tmt-b', { networkLoadBalancerArn: 'nlb-ids' })],
      quotas: { targets: 1 },
    },
    code: 'quota-exceeded',
    error: 'TrafficMirrorTargetLimitExceeded',
  },
  {
    name: 'too many filters',
    document: { filters: [filter(), { trafficMirrorFilterId: 'tmf-b' }], quotas: { filters: 1 } },
    code: 'quota-exceeded',
    error: 'TrafficMirrorFilterLimitExceeded',
  },
  {
    name: 'too many rules',
    document: { ...withRules(rule(), rule({ ruleNumber: 11 })), quotas: { rulesPerFilter: 1 } },
    code: 'quota-exceeded',
    error: 'TrafficMirrorFilterRuleLimitExceeded',
  },
  {
    name: 'too many sessions',
    document: {
      ...withSessions(session('tms-a'), session('tms-b', { networkInterfaceId: 'eni-db' })),
      quotas: { sessions: 1 },
    },
    code: 'quota-exceeded',
    error: 'TrafficMirrorSessionLimitExceeded',
  },
  {
    name: 'too many sessions on one source',
    document: {
      ...withSessions(session('tms-a'), session('tms-b', { sessionNumber: 2 })),
      quotas: { sessionsPerNetworkInterface: 1 },
    },
    code: 'quota-exceeded',
    error: 'TrafficMirrorSessionsPerInterfaceLimitExceeded',
  },
  // The API's own: a file may say so.
  {
    name: 'two targets on one interface',
    document: { targets: [ids, target('tmt-b', { networkInterfaceId: 'eni-ids' })] },
    error: IN_USE_BY_TARGET,
  },
  {
    name: 'a source whose device does not exist yet',
    document: withSessions(session('tms', { networkInterfaceId: 'veth9' })),
    error: 'InvalidNetworkInterfaceID.NotFound',
  },
  {
    name: 'a source that belongs to another account',
    document: withSessions(session('tms', { networkInterfaceId: 'eni-other' })),
    error: 'InvalidNetworkInterfaceID.NotFound',
  },
];

t.test('every rule has a row', async (t) => {
  const covered = new Set(rows.map(({ code }) => code));
  for (const [code, where] of Object.entries(CODES)) {
    t.equal(covered.has(code as ProblemCode), where === 'both', code);
  }
});

for (const row of rows) {
  t.test(row.name, async (t) => {
    const { targets = [], filters = [], sessions = [], quotas = {} } = row.document;
    const text = JSON.stringify({
      ...INVENTORY,
      trafficMirrorTargets: targets,
      trafficMirrorFilters: filters,
      trafficMirrorSessions: sessions,
      quotas,
    });
    t.equal(parseConfiguration(text, 'test.yaml').ok, row.code === undefined, 'through the loader');
    const file = configurationSchema.parse(JSON.parse(text));
    const codes = checkResources(file, file.quotas).map(({ code }) => code);
    t.same(codes, row.code === undefined ? [] : [row.code], 'in a file');

    const ec2 = await openEc2(t, { configuration: JSON.stringify(INVENTORY), quotas });
    t.equal(await firstRefusal(ec2, row), row.error, 'through the API');
  });
}

/** Makes the document, one resource after the other. @returns the error of the last call, which alone is refused */
async function firstRefusal(ec2: Ec2Fixture, { document, last }: Row): Promise<string | undefined> {
  const { targets = [], filters = [], sessions = [] } = document;
  const made = new Map<string, string>();
  const create = async (noun: string, resource: Resource): Promise<string | undefined> => {
    const { [`trafficMirror${noun}Id`]: id, ...members } = resource;
    const answer = await ec2.call(`CreateTrafficMirror${noun}`, valuesOf(noun, members, made));
    if (answer.status !== 200) return answer.content.Errors.Error.Code;
    const content = answer.content[`trafficMirror${noun}`];
    made.set(String(id), content[`trafficMirror${noun}Id`]);
    return undefined;
  };
  const steps: (() => Promise<string | undefined>)[] = [];
  const isLast = ({ trafficMirrorTargetId }: Resource): boolean => trafficMirrorTargetId === last;
  for (const item of targets) if (!isLast(item)) steps.push(() => create('Target', item));
  for (const { ingressFilterRules = [], ...item } of filters) {
    steps.push(() => create('Filter', item));
    for (const own of ingressFilterRules as readonly Resource[]) {
      const trafficMirrorFilterId = item.trafficMirrorFilterId;
      steps.push(() => create('FilterRule', { ...own, trafficMirrorFilterId, trafficDirection: 'ingress' }));
    }
  }
  for (const item of sessions) steps.push(() => create('Session', item));
  for (const item of targets) if (isLast(item)) steps.push(() => create('Target', item));
  for (const [index, step] of steps.entries()) {
    const code = await step();
    if (code === undefined) continue;
    return index === steps.length - 1 ? code : `${code} at step ${index}`;
  }
  return undefined;
}

/** The members of a resource as parameters; ids of the file are those that the API has chosen for them. */
function valuesOf(noun: string, members: Resource, made: ReadonlyMap<string, string>): Values {
  const values: Record<string, string | number> = {};
  const types = { Target: 'target', Filter: 'filter', FilterRule: 'filter-rule', Session: 'session' };
  for (const [name, value] of Object.entries(members)) {
    if (name === 'tags') {
      values['TagSpecification.1.ResourceType'] = `traffic-mirror-${types[noun as keyof typeof types]}`;
      for (const [index, [key, text]] of Object.entries(value as Record<string, string>).entries()) {
        values[`TagSpecification.1.Tag.${index + 1}.Key`] = key;
        values[`TagSpecification.1.Tag.${index + 1}.Value`] = text;
      }
    } else if (typeof value === 'object') {
      const { fromPort, toPort } = value as { fromPort: number; toPort: number };
      values[`${capitalize(name)}.FromPort`] = fromPort;
      values[`${capitalize(name)}.ToPort`] = toPort;
    } else values[capitalize(name)] = made.get(String(value)) ?? (value as string | number);
  }
  return values;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
