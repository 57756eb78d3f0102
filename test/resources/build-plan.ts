import t from 'tap';
import { type Configuration, loadConfiguration, parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { ENCAPSULATION_OPTIONS } from '../../src/plan/mirror-plan.js';
import { buildPlan } from '../../src/resources/build-plan.js';
import { fromRoot } from '../fixtures/root.js';

function configurationOf(text: string): Configuration {
  const result = parseConfiguration(text, 'test.yaml');
  if (result.ok) return result.configuration;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}

const EVERYTHING = `
networkInterfaces:
  - { networkInterfaceId: eni-idle, device: veth9 }
  - { networkInterfaceId: eni-app, device: veth1, netns: /run/netns/app, perspective: peer }
  - { networkInterfaceId: eni-web, device: veth0, address: 10.1.0.1 }
  - { networkInterfaceId: eni-ids, address: 10.9.0.2 }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb-ids, targets: [10.9.0.3, 10.9.0.4] }
gatewayLoadBalancerEndpoints:
  - { gatewayLoadBalancerEndpointId: vpce-ids, address: 10.9.0.10 }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-ids, networkInterfaceId: eni-ids }
  - { trafficMirrorTargetId: tmt-pool, networkLoadBalancerArn: nlb-ids }
  - { trafficMirrorTargetId: tmt-endpoint, gatewayLoadBalancerEndpointId: vpce-ids }
  - { trafficMirrorTargetId: tmt-literal, networkInterfaceId: 10.9.0.9 }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf-dns, networkServices: [amazon-dns] }
  - trafficMirrorFilterId: tmf-web
    ingressFilterRules:
      - { ruleNumber: 20, ruleAction: reject, sourceCidrBlock: "fd00::1/8", destinationCidrBlock: "::/0" }
      - trafficMirrorFilterRuleId: tmfr-1
        ruleNumber: 10
        ruleAction: accept
        protocol: 6
        sourcePortRange: { fromPort: 1024, toPort: 65535 }
        destinationPortRange: { fromPort: 80, toPort: 80 }
        sourceCidrBlock: 10.1.2.3/16
        destinationCidrBlock: 0.0.0.0/0
    egressFilterRules:
      - { ruleNumber: 7, ruleAction: accept, protocol: 0, sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0 }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-local, networkInterfaceId: veth7, trafficMirrorTargetId: tmt-literal,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 1, virtualNetworkId: 1 }
  - { trafficMirrorSessionId: tms-pool, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-pool,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 20, virtualNetworkId: 0 }
  - { trafficMirrorSessionId: tms-endpoint, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-endpoint,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 30, virtualNetworkId: 7 }
  - { trafficMirrorSessionId: tms-web, networkInterfaceId: veth0, trafficMirrorTargetId: tmt-ids,
      trafficMirrorFilterId: tmf-web, sessionNumber: 3, virtualNetworkId: 42, packetLength: 128 }
  - { trafficMirrorSessionId: tms-app, networkInterfaceId: eni-app, trafficMirrorTargetId: tmt-ids,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 1, virtualNetworkId: 42 }
engine:
  io: libpcap
  ringMegabytes: 8
  unmirroredTraffic: [windows-activation, amazon-time-sync, arp]
  amazonDnsAddresses: [10.0.0.2]
`;

const IPV4_ALL = { family: 4, words: [0], length: 0 };

t.test('everything', async (t) => {
  const unmirrored = ['arp', 'amazon-time-sync', 'windows-activation'];
  const amazonDnsAddresses = [{ family: 4, words: [0x0a000002] }];
  const noRules = { ingress: [], egress: [] };
  t.strictSame(buildPlan(configurationOf(EVERYTHING)), {
    engine: {
      io: 'libpcap',
      workers: 1,
      workerCpus: [],
      ringMegabytes: 8,
      ringMemoryMegabytes: 'auto',
      xdpMegabytes: 256,
      oversize: 'truncate',
      emit: 'auto',
      dscp: 8,
    },
    healthChecks: [],
    loadBalancers: [
      {
        networkLoadBalancerArn: 'nlb-ids',
        crossZone: true,
        zones: [{ addresses: ['10.9.0.3', '10.9.0.4'] }],
        targets: [{ targetId: 'tmt-pool', obstacle: '' }],
      },
    ],
    sources: [
      {
        id: 'eni-app',
        device: 'veth1',
        netns: '/run/netns/app',
        perspective: 'peer',
        unmirrored,
        amazonDnsAddresses,
        sessions: [
          {
            id: 'tms-app',
            sessionNumber: 1,
            vni: 42,
            amazonDns: true,
            rules: noRules,
            targetId: 'tmt-ids',
            targetAddresses: ['10.9.0.2'],
          },
        ],
      },
      {
        id: 'eni-web',
        device: 'veth0',
        address: '10.1.0.1',
        unmirrored,
        amazonDnsAddresses,
        sessions: [
          {
            id: 'tms-web',
            sessionNumber: 3,
            vni: 42,
            packetLength: 128,
            amazonDns: false,
            rules: {
              ingress: [
                {
                  id: 'tmfr-1',
                  ruleNumber: 10,
                  action: 'accept',
                  protocol: 6,
                  source: { family: 4, words: [0x0a010000], length: 16 },
                  destination: IPV4_ALL,
                  sourcePorts: { from: 1024, to: 65_535 },
                  destinationPorts: { from: 80, to: 80 },
                },
                {
                  id: 'tmf-web/ingress/20',
                  ruleNumber: 20,
                  action: 'reject',
                  source: { family: 6, words: [0xfd000000, 0, 0, 0], length: 8 },
                  destination: { family: 6, words: [0, 0, 0, 0], length: 0 },
                },
              ],
              egress: [
                {
                  id: 'tmf-web/egress/7',
                  ruleNumber: 7,
                  action: 'accept',
                  protocol: 0,
                  source: IPV4_ALL,
                  destination: IPV4_ALL,
                },
              ],
            },
            targetId: 'tmt-ids',
            targetAddresses: ['10.9.0.2'],
          },
          {
            id: 'tms-pool',
            sessionNumber: 20,
            vni: 0,
            packetLength: 8500,
            amazonDns: true,
            rules: noRules,
            targetId: 'tmt-pool',
            targetAddresses: ['10.9.0.3', '10.9.0.4'],
          },
          {
            id: 'tms-endpoint',
            sessionNumber: 30,
            vni: 7,
            packetLength: 8500,
            amazonDns: true,
            rules: noRules,
            targetId: 'tmt-endpoint',
            targetAddresses: ['10.9.0.10'],
          },
        ],
      },
      {
        id: 'veth7',
        device: 'veth7',
        unmirrored,
        amazonDnsAddresses,
        sessions: [
          {
            id: 'tms-local',
            sessionNumber: 1,
            vni: 1,
            amazonDns: true,
            rules: noRules,
            targetId: 'tmt-literal',
            targetAddresses: ['10.9.0.9'],
          },
        ],
      },
    ],
  });
});

t.test('a plan is plain data', async (t) => {
  const plan = buildPlan(configurationOf(EVERYTHING));
  t.strictSame(JSON.parse(JSON.stringify(plan)), plan);
});

t.test('no sessions, no sources', async (t) => {
  t.strictSame(
    buildPlan(configurationOf('networkInterfaces: [{ networkInterfaceId: eni, device: veth0 }]')).sources,
    [],
  );
});

t.test('random virtual network ids are chosen when the file is loaded, not later', async (t) => {
  const configuration = configurationOf(EVERYTHING.replaceAll(/, virtualNetworkId: \d+/g, ''));
  const plan = buildPlan(configuration);
  t.strictSame(buildPlan(configuration), plan);
  const vnis = plan.sources.flatMap((source) => source.sessions.map((session) => session.vni));
  t.equal(new Set(vnis).size, 5);
});

t.test('resources that were not checked', async (t) => {
  const { engine, resources } = configurationOf(EVERYTHING);
  t.throws(() => buildPlan({ engine, resources: { ...resources, trafficMirrorTargets: [] } }), {
    message: 'build plan: no trafficMirrorTargetId tmt-literal',
  });
});

/** The documents' worked examples: source and destination blocks, protocol and action, in the order they are tried. */
const examples = [
  {
    name: 'inbound-tcp-one-appliance',
    want: [{ to: ['10.9.0.2'], ingress: ['accept 6 0/0 0/0'], egress: [] }],
  },
  {
    name: 'tcp-and-udp-two-appliances',
    want: [
      { to: ['10.9.0.2'], ingress: ['accept 6 0/0 0/0'], egress: [] },
      { to: ['10.9.0.3'], ingress: ['accept 17 0/0 0/0'], egress: [] },
    ],
  },
  {
    name: 'non-local-traffic',
    want: [
      {
        to: ['10.9.0.2'],
        ingress: ['reject all a000000/16 0/0', 'accept all 0/0 0/0'],
        egress: ['reject all 0/0 a000000/16', 'accept all 0/0 0/0'],
      },
    ],
  },
];

for (const { name, want } of examples) {
  t.test(name, async (t) => {
    const result = await loadConfiguration(fromRoot(`config/examples/${name}.yaml`));
    if (!result.ok) {
      t.fail(result.problems.map(formatProblem).join('\n'));
      return;
    }
    const { sources } = buildPlan(result.configuration);
    t.strictSame(
      sources.map(({ id, device }) => [id, device]),
      [['eni-source', 'veth0']],
    );
    const block = ({ words, length }: { words: readonly number[]; length: number }): string =>
      `${words[0]?.toString(16)}/${length}`;
    const sessions = sources[0]?.sessions.map(({ rules, targetAddresses }) => {
      const [ingress, egress] = [rules.ingress, rules.egress].map((list) =>
        list.map(
          (rule) =>
            `${rule.action} ${rule.protocol ?? 'all'} ${block(rule.source)} ${block(rule.destination)}`,
        ),
      );
      return { to: targetAddresses, ingress, egress };
    });
    t.strictSame(sessions, want);
  });
}

t.test('limits of the rate', async (t) => {
  const session = (number: number, target: string) =>
    `  - { trafficMirrorSessionId: s${number}, networkInterfaceId: eni-web, trafficMirrorTargetId: ${target}, ` +
    `trafficMirrorFilterId: tmf, sessionNumber: ${number}, virtualNetworkId: ${number} }`;
  const { sources, engine } = buildPlan(
    configurationOf(`
networkInterfaces:
  - { networkInterfaceId: eni-web, device: veth0, maximumBitsPerSecond: 2000 }
  - { networkInterfaceId: eni-ids, address: 10.9.0.2, maximumBitsPerSecond: 3000 }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb, targets: [10.9.0.3], maximumBitsPerSecond: 4000 }
gatewayLoadBalancerEndpoints:
  - { gatewayLoadBalancerEndpointId: vpce, address: 10.9.0.10, maximumBitsPerSecond: 5000 }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-ids, networkInterfaceId: eni-ids, maximumBitsPerSecond: 6000 }
  - { trafficMirrorTargetId: tmt-pool, networkLoadBalancerArn: nlb }
  - { trafficMirrorTargetId: tmt-endpoint, gatewayLoadBalancerEndpointId: vpce }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf, networkServices: [amazon-dns] }
trafficMirrorSessions:
${session(1, 'tmt-ids')}
${session(2, 'tmt-pool')}
${session(3, 'tmt-endpoint')}
engine: { maximumBitsPerSecond: 1000 }
`),
  );
  t.equal(engine.maximumBitsPerSecond, 1000);
  t.equal(sources[0]?.maximumBitsPerSecond, 2000);
  t.strictSame(
    sources[0]?.sessions.map(({ limits }) => limits),
    [
      [
        { name: 'target tmt-ids', bitsPerSecond: 6000 },
        { name: 'networkInterfaceId eni-ids', bitsPerSecond: 3000 },
      ],
      [{ name: 'networkLoadBalancerArn nlb', bitsPerSecond: 4000 }],
      [{ name: 'gatewayLoadBalancerEndpointId vpce', bitsPerSecond: 5000 }],
    ],
  );
});

t.test('the encapsulation is that of the target, else of its receiver, else VXLAN', async (t) => {
  const all = 'captureTime, direction, originalLength, sessionNumber, networkInterface';
  const receivers = `
networkInterfaces:
  - { networkInterfaceId: eni-web, device: veth0 }
  - { networkInterfaceId: eni-plain, address: 10.9.0.2 }
  - { networkInterfaceId: eni-geneve, address: 10.9.0.3, encapsulation: geneve, encapsulationOptions: [${all}] }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb, targets: [10.9.0.4], encapsulation: geneve }
gatewayLoadBalancerEndpoints:
  - { gatewayLoadBalancerEndpointId: vpce, address: 10.9.0.5, encapsulation: geneve, encapsulationOptions: [direction] }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf }
`;
  const options = ENCAPSULATION_OPTIONS;
  const rows = [
    { target: 'networkInterfaceId: eni-plain', want: undefined },
    { target: 'networkInterfaceId: 10.9.0.9', want: undefined },
    { target: 'networkInterfaceId: 10.9.0.9, encapsulation: geneve', want: { name: 'geneve' } },
    {
      target: 'networkInterfaceId: eni-geneve',
      want: { name: 'geneve', options, networkInterface: 'eni-web' },
    },
    { target: 'networkInterfaceId: eni-geneve, encapsulation: vxlan', want: undefined },
    { target: 'networkInterfaceId: eni-geneve, encapsulation: geneve', want: { name: 'geneve' } },
    {
      target: 'networkInterfaceId: eni-plain, encapsulation: geneve, encapsulationOptions: [sessionNumber]',
      want: { name: 'geneve', options: ['sessionNumber'] },
    },
    { target: 'networkLoadBalancerArn: nlb', want: { name: 'geneve' } },
    { target: 'gatewayLoadBalancerEndpointId: vpce', want: { name: 'geneve', options: ['direction'] } },
  ];
  for (const { target, want } of rows) {
    const { sources } = buildPlan(
      configurationOf(`${receivers}
trafficMirrorTargets: [{ trafficMirrorTargetId: tmt, ${target} }]
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms, networkInterfaceId: veth0, trafficMirrorTargetId: tmt, trafficMirrorFilterId: tmf,
      sessionNumber: 1 }
`),
    );
    t.same(sources[0]?.sessions[0]?.encapsulation, want, target);
  }
});
