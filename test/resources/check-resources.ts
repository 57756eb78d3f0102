/** The codes and paths that the control API relies on. The texts are tested with test/fixtures/config/bad-*.yaml. */
import t from 'tap';
import { checkResources } from '../../src/resources/check-resources.js';
import type { Draft } from '../../src/resources/draft.js';
import { completeQuotas, type Quotas } from '../../src/resources/quotas.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import type { ProblemCode } from '../../src/resources/rules.js';

/** Loosely typed, as brands do not matter to the checks. */
const rule = (changes: object = {}): object => ({
  ruleNumber: 10,
  ruleAction: 'accept',
  sourceCidrBlock: '0.0.0.0/0',
  destinationCidrBlock: '0.0.0.0/0',
  tags: {},
  ...changes,
});

/** One source, one target of each kind, a filter and a session, all right. */
function resources(
  changes: { readonly [List in keyof ResourceSet]?: readonly unknown[] } = {},
): Draft<ResourceSet> {
  return {
    networkInterfaces: [
      { networkInterfaceId: 'eni-web', device: 'veth0', address: '10.1.0.1' },
      { networkInterfaceId: 'eni-ids', address: '10.9.0.2' },
    ],
    networkLoadBalancers: [{ networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.3', '10.9.0.4'] }],
    gatewayLoadBalancerEndpoints: [{ gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.9.0.9' }],
    trafficMirrorTargets: [
      { trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids', tags: {} },
      { trafficMirrorTargetId: 'tmt-pool', networkLoadBalancerArn: 'nlb-ids', tags: {} },
      { trafficMirrorTargetId: 'tmt-endpoint', gatewayLoadBalancerEndpointId: 'vpce-ids', tags: {} },
    ],
    trafficMirrorFilters: [filter([rule()])],
    trafficMirrorSessions: [session()],
    ...changes,
  } as Draft<ResourceSet>;
}

function filter(ingressFilterRules: readonly object[], egressFilterRules: readonly object[] = []): object {
  return {
    trafficMirrorFilterId: 'tmf',
    networkServices: [],
    ingressFilterRules,
    egressFilterRules,
    tags: {},
  };
}

function session(changes: object = {}): object {
  return {
    trafficMirrorSessionId: 'tms',
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId: 'tmt-ids',
    trafficMirrorFilterId: 'tmf',
    sessionNumber: 1,
    virtualNetworkId: 42,
    tags: {},
    ...changes,
  };
}

interface Row {
  readonly name: string;
  readonly input: Draft<ResourceSet>;
  readonly quotas?: Partial<Quotas>;
  /** Code, then path. */
  readonly want: readonly [ProblemCode, string][];
}

const HTTP = { fromPort: 80, toPort: 80 };

const rows: readonly Row[] = [
  { name: 'no problem', input: resources(), want: [] },
  { name: 'no resources', input: {}, want: [] },
  {
    name: 'an id used three times',
    input: resources({ trafficMirrorSessions: [1, 2, 3].map((sessionNumber) => session({ sessionNumber })) }),
    want: [
      ['duplicate-id', 'trafficMirrorSessions.1.trafficMirrorSessionId'],
      ['duplicate-id', 'trafficMirrorSessions.2.trafficMirrorSessionId'],
    ],
  },
  {
    name: 'a rule id of another filter',
    input: resources({
      trafficMirrorFilters: [
        filter([rule({ trafficMirrorFilterRuleId: 'tmfr' })]),
        { ...filter([], [rule({ trafficMirrorFilterRuleId: 'tmfr' })]), trafficMirrorFilterId: 'tmf-2' },
      ],
    }),
    want: [['duplicate-id', 'trafficMirrorFilters.1.egressFilterRules.0.trafficMirrorFilterRuleId']],
  },
  {
    name: 'one id for resources of two kinds',
    input: resources({
      trafficMirrorFilters: [{ ...filter([]), trafficMirrorFilterId: 'x' }],
      trafficMirrorSessions: [session({ trafficMirrorSessionId: 'x', trafficMirrorFilterId: 'x' })],
    }),
    want: [],
  },
  {
    name: 'options of GENEVE where they do not belong',
    input: resources({
      networkInterfaces: [
        {
          networkInterfaceId: 'eni-a',
          encapsulation: 'geneve',
          encapsulationOptions: ['direction', 'captureTime'],
        },
        { networkInterfaceId: 'eni-b', encapsulationOptions: ['direction'] },
        {
          networkInterfaceId: 'eni-c',
          encapsulation: 'geneve',
          encapsulationOptions: ['direction', 'direction'],
        },
        { networkInterfaceId: 'eni-d', encapsulation: undefined, encapsulationOptions: ['direction'] },
        { networkInterfaceId: 'eni-e', encapsulation: 'vxlan', encapsulationOptions: [] },
      ],
      networkLoadBalancers: [
        { networkLoadBalancerArn: 'nlb', encapsulation: 'vxlan', encapsulationOptions: ['captureTime'] },
      ],
      gatewayLoadBalancerEndpoints: [
        { gatewayLoadBalancerEndpointId: 'vpce', encapsulationOptions: ['sessionNumber'] },
      ],
      trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-2', encapsulationOptions: ['originalLength'] }],
      trafficMirrorSessions: [],
    }),
    want: [
      ['not-exactly-one-target', 'trafficMirrorTargets.0'],
      ['options-without-geneve', 'networkInterfaces.1.encapsulationOptions'],
      ['duplicate-option', 'networkInterfaces.2.encapsulationOptions.1'],
      ['options-without-geneve', 'networkLoadBalancers.0.encapsulationOptions'],
      ['options-without-geneve', 'gatewayLoadBalancerEndpoints.0.encapsulationOptions'],
      ['options-without-geneve', 'trafficMirrorTargets.0.encapsulationOptions'],
    ],
  },
  {
    name: 'everything a rule can have wrong',
    input: resources({
      trafficMirrorFilters: [
        filter([
          rule({
            destinationCidrBlock: '::/0',
            sourcePortRange: HTTP,
            destinationPortRange: { fromPort: 2, toPort: 1 },
          }),
        ]),
      ],
    }),
    want: [
      ['mixed-address-families', 'trafficMirrorFilters.0.ingressFilterRules.0.destinationCidrBlock'],
      ['ports-without-protocol', 'trafficMirrorFilters.0.ingressFilterRules.0.sourcePortRange'],
      ['ports-without-protocol', 'trafficMirrorFilters.0.ingressFilterRules.0.destinationPortRange'],
      ['reversed-range', 'trafficMirrorFilters.0.ingressFilterRules.0.destinationPortRange'],
    ],
  },
  {
    name: 'ports with TCP and UDP',
    input: resources({
      trafficMirrorFilters: [
        filter(
          [rule({ protocol: 6, sourcePortRange: HTTP })],
          [rule({ protocol: 17, destinationPortRange: HTTP })],
        ),
      ],
    }),
    want: [],
  },
  {
    name: 'one rule number in both directions',
    input: resources({ trafficMirrorFilters: [filter([rule()], [rule()])] }),
    want: [],
  },
  {
    name: 'one rule number in one direction',
    input: resources({ trafficMirrorFilters: [filter([], [rule(), rule({ ruleNumber: 5 }), rule()])] }),
    want: [['duplicate-rule-number', 'trafficMirrorFilters.0.egressFilterRules.2.ruleNumber']],
  },
  {
    name: 'one session number on two sources',
    input: resources({
      trafficMirrorSessions: [
        session(),
        session({ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'veth7' }),
      ],
    }),
    want: [],
  },
  {
    name: 'one session number on a source of two names',
    input: resources({
      trafficMirrorSessions: [
        session(),
        session({ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'veth0' }),
      ],
    }),
    want: [['duplicate-session-number', 'trafficMirrorSessions.1.sessionNumber']],
  },
  {
    name: 'the longest packets to a load balancer',
    input: resources({
      trafficMirrorSessions: [session({ trafficMirrorTargetId: 'tmt-pool', packetLength: 8500 })],
    }),
    want: [],
  },
  {
    name: 'longer packets to a load balancer',
    input: resources({
      trafficMirrorSessions: [session({ trafficMirrorTargetId: 'tmt-pool', packetLength: 8501 })],
    }),
    want: [['load-balancer-packet-length', 'trafficMirrorSessions.0.packetLength']],
  },
  {
    name: 'a target interface that is a source',
    input: resources({
      trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-web', tags: {} }],
    }),
    want: [['interface-both-source-and-target', 'trafficMirrorTargets.0.networkInterfaceId']],
  },
  {
    name: 'a target with the address of a source',
    input: resources({
      trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: '10.1.0.1', tags: {} }],
    }),
    want: [['interface-both-source-and-target', 'trafficMirrorTargets.0.networkInterfaceId']],
  },
  {
    name: 'a load balancer before a source',
    input: resources({
      networkLoadBalancers: [{ networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.3', '10.1.0.1'] }],
    }),
    want: [['interface-both-source-and-target', 'trafficMirrorTargets.1.networkLoadBalancerArn']],
  },
  {
    name: 'an endpoint that is a source',
    input: resources({
      gatewayLoadBalancerEndpoints: [{ gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.1.0.1' }],
    }),
    want: [['interface-both-source-and-target', 'trafficMirrorTargets.2.gatewayLoadBalancerEndpointId']],
  },
  {
    name: 'a target with the address of an interface that is no source',
    input: resources({
      trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: '10.1.0.1', tags: {} }],
      trafficMirrorSessions: [session({ networkInterfaceId: 'veth7' })],
    }),
    want: [],
  },
  {
    name: 'rules of both directions in one quota',
    input: resources({
      trafficMirrorFilters: [filter([rule(), rule({ ruleNumber: 20 })], [rule(), rule({ ruleNumber: 20 })])],
    }),
    quotas: { rulesPerFilter: 3 },
    want: [['quota-exceeded', 'trafficMirrorFilters.0.egressFilterRules.1']],
  },
  {
    name: 'quotas of 0',
    input: resources(),
    quotas: { sessions: 0, targets: 0, filters: 0, sessionsPerNetworkInterface: 0, rulesPerFilter: 0 },
    want: [
      ['quota-exceeded', 'trafficMirrorTargets.0'],
      ['quota-exceeded', 'trafficMirrorFilters.0'],
      ['quota-exceeded', 'trafficMirrorSessions.0'],
      ['quota-exceeded', 'trafficMirrorFilters.0.ingressFilterRules.0'],
      ['quota-exceeded', 'trafficMirrorSessions.0.networkInterfaceId'],
    ],
  },
  {
    name: 'tags',
    input: resources({
      trafficMirrorSessions: [
        session({
          tags: { '': 'x', 'aws:x': 'x', ['k'.repeat(127)]: 'x', ['k'.repeat(128)]: 'x', team: 'sec' },
        }),
      ],
    }),
    want: [
      ['bad-tag', 'trafficMirrorSessions.0.tags.'],
      ['bad-tag', 'trafficMirrorSessions.0.tags.aws:x'],
      ['bad-tag', `trafficMirrorSessions.0.tags.${'k'.repeat(128)}`],
    ],
  },
  {
    name: 'more than 50 tags',
    input: resources({
      trafficMirrorSessions: [
        session({ tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ''])) }),
      ],
    }),
    want: [['bad-tag', 'trafficMirrorSessions.0.tags']],
  },
  {
    name: 'tags of an interface',
    input: resources({
      networkInterfaces: [{ networkInterfaceId: 'eni-web', device: 'veth0', tags: { 'aws:x': 'x' } }],
    }),
    want: [
      ['bad-tag', 'networkInterfaces.0.tags.aws:x'],
      ['missing-reference', 'trafficMirrorTargets.0.networkInterfaceId'],
    ],
  },
  {
    name: 'interfaces that say different things of one subnet and one instance',
    input: resources({
      networkInterfaces: [
        { networkInterfaceId: 'eni-web', device: 'veth0', subnetId: 's', instanceId: 'i' },
        { networkInterfaceId: 'eni-ids', address: '10.9.0.2', subnetId: 's', vpcId: 'v' },
        { networkInterfaceId: 'eni-a', subnetId: 's', vpcId: 'w', instanceId: 'i', instanceType: 'big' },
        { networkInterfaceId: 'eni-b', subnetId: 't', vpcId: 'w', instanceId: 'i', instanceType: 'small' },
        {
          networkInterfaceId: 'eni-c',
          subnetId: 't',
          vpcId: undefined,
          instanceId: 'j',
          instanceType: 'small',
        },
      ],
    }),
    want: [
      ['different-place', 'networkInterfaces.2.vpcId'],
      ['different-place', 'networkInterfaces.3.instanceType'],
    ],
  },
  {
    name: 'nothing follows from what was refused',
    input: {
      ...resources({
        networkInterfaces: [{ networkInterfaceId: 'eni-web', device: undefined }, undefined],
        trafficMirrorTargets: [
          { trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: undefined },
          undefined,
        ],
        trafficMirrorFilters: [filter([rule({ protocol: undefined, sourcePortRange: HTTP })])],
        trafficMirrorSessions: [
          session({ sessionNumber: undefined }),
          session({ trafficMirrorSessionId: undefined }),
        ],
      }),
      networkLoadBalancers: undefined,
      gatewayLoadBalancerEndpoints: undefined,
    },
    want: [],
  },
  {
    name: 'nothing follows from lists that were refused',
    input: {
      ...resources(),
      networkInterfaces: undefined,
      networkLoadBalancers: undefined,
      gatewayLoadBalancerEndpoints: undefined,
      trafficMirrorTargets: undefined,
      trafficMirrorFilters: undefined,
    },
    want: [],
  },
];

for (const { name, input, quotas, want } of rows) {
  const problems = checkResources(input, completeQuotas(quotas));
  t.strictSame(
    problems.map(({ code, path }) => [code, path.join('.')]),
    want,
    name,
  );
}
