/** Outputs of `aws ec2 describe-…`: what is made of them, what is told, and what is refused. */
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { readDocuments } from '../../src/transfer/documents.js';
import { importAws } from '../../src/transfer/import-aws.js';
import type { Choices } from '../../src/transfer/inventory.js';

const ENI = 'eni-0123456789abcdef0';
const IDS = 'eni-0fedcba9876543210';

const target = {
  TrafficMirrorTargetId: 'tmt-1',
  NetworkInterfaceId: IDS,
  Type: 'network-interface',
  Description: 'the IDS',
  OwnerId: '111122223333',
  Tags: [{ Key: 'team', Value: 'sec' }],
};
const rule = {
  TrafficMirrorFilterRuleId: 'tmfr-1',
  TrafficMirrorFilterId: 'tmf-1',
  TrafficDirection: 'ingress',
  RuleNumber: 10,
  RuleAction: 'accept',
  Protocol: 6,
  DestinationPortRange: { FromPort: 80, ToPort: 80 },
  SourceCidrBlock: '0.0.0.0/0',
  DestinationCidrBlock: '0.0.0.0/0',
};
const filter = {
  TrafficMirrorFilterId: 'tmf-1',
  IngressFilterRules: [rule],
  EgressFilterRules: [],
  NetworkServices: ['amazon-dns'],
  Tags: [],
};
const session = {
  TrafficMirrorSessionId: 'tms-1',
  TrafficMirrorTargetId: 'tmt-1',
  TrafficMirrorFilterId: 'tmf-1',
  NetworkInterfaceId: ENI,
  OwnerId: '111122223333',
  PacketLength: 128,
  SessionNumber: 1,
  VirtualNetworkId: 42,
  Tags: [],
};
const targets = { TrafficMirrorTargets: [target] };
const filters = { TrafficMirrorFilters: [filter] };
const sessions = { TrafficMirrorSessions: [session] };

/** @param documents each a file of its own: `0.json` and so on. */
function run(documents: readonly object[], choices: Partial<Record<keyof Choices, object>> = {}) {
  const read = documents.map((document, index) =>
    readDocuments(JSON.stringify(document, null, 1), `${index}.json`),
  );
  const all = read.flatMap((one) => (one.ok ? one.documents : []));
  const result = importAws(
    all,
    {
      devices: new Map(Object.entries(choices.devices ?? {})),
      addresses: new Map(Object.entries(choices.addresses ?? {})),
    },
    ['0.json'],
  );
  if (!result.ok) {
    return {
      text: '',
      notes: [],
      resources: undefined,
      problems: [...result.problems.map(formatProblem), ...result.wrongUsage],
    };
  }
  const checked = parseConfiguration(result.text, 'imported.yaml');
  if (!checked.ok) throw new Error(`${checked.problems.map(formatProblem).join('\n')}\n${result.text}`);
  return { text: result.text, notes: result.notes, resources: checked.configuration.resources, problems: [] };
}

t.test('targets, filters and sessions, with what only the user knows', async (t) => {
  const { resources, text, notes } = run([targets, filters, sessions], {
    devices: { [ENI]: 'eth1' },
    addresses: { [IDS]: ['10.9.0.2'] },
  });
  t.strictSame(resources, {
    networkInterfaces: [
      { networkInterfaceId: IDS, address: '10.9.0.2', perspective: 'host' },
      { networkInterfaceId: ENI, device: 'eth1', perspective: 'host' },
    ],
    networkLoadBalancers: [],
    gatewayLoadBalancerEndpoints: [],
    trafficMirrorTargets: [
      {
        trafficMirrorTargetId: 'tmt-1',
        networkInterfaceId: IDS,
        description: 'the IDS',
        tags: { team: 'sec' },
      },
    ],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf-1',
        networkServices: ['amazon-dns'],
        ingressFilterRules: [
          {
            trafficMirrorFilterRuleId: 'tmfr-1',
            ruleNumber: 10,
            ruleAction: 'accept',
            protocol: 6,
            destinationPortRange: { fromPort: 80, toPort: 80 },
            sourceCidrBlock: '0.0.0.0/0',
            destinationCidrBlock: '0.0.0.0/0',
            tags: {},
          },
        ],
        egressFilterRules: [],
        tags: {},
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms-1',
        trafficMirrorTargetId: 'tmt-1',
        trafficMirrorFilterId: 'tmf-1',
        networkInterfaceId: ENI,
        packetLength: 128,
        sessionNumber: 1,
        virtualNetworkId: 42,
        tags: {},
      },
    ],
  });
  t.match(text, /^# Made by traffic-mirror import of 0\.json\.\n/);
  t.notMatch(text, 'placeholder');
  const owner = 'a configuration has no owners: its first account owns what it declares';
  t.strictSame(notes, [
    `0.json:8: TrafficMirrorTargets[].OwnerId is ignored: ${owner}`,
    `2.json:8: TrafficMirrorSessions[].OwnerId is ignored: ${owner}`,
  ]);
});

t.test('placeholders are marked, and told', async (t) => {
  const balanced = { TrafficMirrorTargetId: 'tmt-2', NetworkLoadBalancerArn: 'arn:nlb' };
  const endpoint = { TrafficMirrorTargetId: 'tmt-3', GatewayLoadBalancerEndpointId: 'vpce-1' };
  const { resources, text, notes } = run([
    { TrafficMirrorTargets: [{ ...target, OwnerId: null }, balanced, endpoint] },
    filters,
    { TrafficMirrorSessions: [{ ...session, OwnerId: null }] },
  ]);
  t.match(text, '# Replace what is marked as a placeholder.');
  t.match(text, `address: 192.0.2.1 # placeholder: the address of "${IDS}"`);
  t.match(text, '- 192.0.2.2 # placeholder: the address of "arn:nlb"');
  t.match(text, 'address: 192.0.2.3 # placeholder: the address of "vpce-1"');
  t.match(text, `device: CHANGE-ME-1 # placeholder: the local device of "${ENI}"`);
  t.match(resources?.networkLoadBalancers, [{ networkLoadBalancerArn: 'arn:nlb', targets: ['192.0.2.2'] }]);
  t.strictSame(notes, [
    `0.json:5: the address of "${IDS}" is not known, 192.0.2.1 stands for it: give --address ${IDS}=ADDRESS or the ` +
      'output of describe-network-interfaces',
    '0.json:18: the address of "arn:nlb" is not known, 192.0.2.2 stands for it: give --address arn:nlb=ADDRESS',
    '0.json:22: the address of "vpce-1" is not known, 192.0.2.3 stands for it: give --address vpce-1=ADDRESS',
    `2.json:7: the local device of "${ENI}" is not known, CHANGE-ME-1 stands for it: give --device ${ENI}=DEVICE`,
  ]);
});

t.test('more placeholders than there are addresses for documentation', async (t) => {
  const many = Array.from({ length: 1000 }, (_, index) => ({
    TrafficMirrorTargetId: `tmt-${index}`,
    NetworkInterfaceId: `eni-${index.toString().padStart(17, '0')}`,
  }));
  const { resources, notes } = run([{ TrafficMirrorTargets: many }]);
  const addresses = new Set(resources?.networkInterfaces.map(({ address }) => address));
  t.equal(addresses.size, 1000);
  t.equal(notes.length, 1000);
});

t.test('addresses from describe-network-interfaces', async (t) => {
  const interfaces = {
    NetworkInterfaces: [
      { NetworkInterfaceId: IDS, PrivateIpAddress: '10.9.0.7', VpcId: 'vpc-1', Ipv6Addresses: [] },
      { NetworkInterfaceId: 'eni-0aaaaaaaaaaaaaaaa', PrivateIpAddress: '10.9.0.8', VpcId: 'vpc-1' },
    ],
  };
  const { resources, notes } = run([interfaces, targets, filters, sessions], { devices: { [ENI]: 'eth1' } });
  t.match(resources?.networkInterfaces, [
    { networkInterfaceId: IDS, address: '10.9.0.7' },
    { device: 'eth1' },
  ]);
  t.match(notes.join('\n'), 'NetworkInterfaces[].VpcId is ignored (2 times)');
  t.match(notes.join('\n'), 'an interface of NetworkInterfaces is ignored: no target or session names it');
  const ipv6 = {
    NetworkInterfaces: [{ NetworkInterfaceId: IDS, Ipv6Addresses: [{ Ipv6Address: 'fd00::7' }] }],
  };
  t.match(run([ipv6, targets]).resources?.networkInterfaces, [{ address: 'fd00::7' }]);
});

t.test('local devices, and quotas that are higher', async (t) => {
  const many = [1, 2, 3, 4].map((number) => ({
    ...session,
    TrafficMirrorSessionId: `tms-${number}`,
    NetworkInterfaceId: 'eth0',
    SessionNumber: number,
  }));
  const rules = Array.from({ length: 12 }, (_, index) => ({
    ...rule,
    TrafficMirrorFilterRuleId: `tmfr-${index}`,
    RuleNumber: index + 1,
  }));
  const { text, notes } = run([
    targets,
    { TrafficMirrorFilters: [{ ...filter, IngressFilterRules: rules }] },
    { TrafficMirrorSessions: many },
  ]);
  t.match(text, /quotas:\n {2}sessionsPerNetworkInterface: 4\n {2}rulesPerFilter: 12\n/);
  t.match(notes.join('\n'), '"eth0" is taken for the local device of that name');
});

t.test('pages, repeated resources, and rules from two commands', async (t) => {
  const second = { ...target, TrafficMirrorTargetId: 'tmt-2', NetworkInterfaceId: '10.9.0.9' };
  const pages = [
    { TrafficMirrorTargets: [target], NextToken: 'abc' },
    { TrafficMirrorTargets: [target, second] },
  ];
  t.equal(run(pages).resources?.trafficMirrorTargets.length, 2);
  const tagged = { ...rule, Tags: [{ Key: 'a', Value: 'b' }] };
  const other = { ...rule, TrafficMirrorFilterRuleId: 'tmfr-2', TrafficDirection: 'egress' };
  const { resources } = run([{ TrafficMirrorFilterRules: [tagged, other] }, filters]);
  t.match(resources?.trafficMirrorFilters, [
    {
      ingressFilterRules: [{ trafficMirrorFilterRuleId: 'tmfr-1', tags: { a: 'b' } }],
      egressFilterRules: [{ trafficMirrorFilterRuleId: 'tmfr-2' }],
    },
  ]);
  t.equal(resources?.trafficMirrorFilters[0]?.ingressFilterRules.length, 1);
  t.strictSame(run([pages[0] ?? {}]).problems, [
    '0.json:2: TrafficMirrorTargets: NextToken says that TrafficMirrorTargets goes on: give the other pages too (aws ' +
      'ec2 describe-traffic-mirror-targets)',
  ]);
});

t.test('nothing is dropped without a word', async (t) => {
  const { notes, resources } = run([
    {
      TrafficMirrorTargets: [
        {
          ...target,
          NewAttribute: { deep: [1] },
          'x\nin.json:1: \u001b]52;': 1,
          Tags: [
            { Key: 'aws:cloudformation:stack-name', Value: 'a' },
            { Key: '__proto__', Value: 'b' },
            { Key: 'kept', Value: 'c', Extra: 1 },
            { Key: 'empty' },
          ],
        },
      ],
      ResponseMetadata: {},
    },
  ]);
  t.strictSame(resources?.trafficMirrorTargets[0]?.tags, { kept: 'c', empty: '' });
  const told = notes.join('\n');
  t.match(told, 'TrafficMirrorTargets[]."x\\nin.json:1: \\u001b]52;" is ignored');
  t.notMatch(told, '\u001b');
  t.match(told, '"ResponseMetadata" is ignored: it is no list of resources');
  t.match(told, 'TrafficMirrorTargets[].NewAttribute is ignored: a configuration has no such attribute');
  t.match(told, 'tag "aws:cloudformation:stack-name" is left out: AWS reserves its prefix');
  t.match(told, 'tag "__proto__" is left out: no file can have its key');
  t.match(told, '"Extra" of tags is ignored');
});

t.test('protocol 0 comes as it is, and is told', async (t) => {
  const zero = { ...rule, Protocol: 0, DestinationPortRange: null };
  const { resources, notes } = run([{ TrafficMirrorFilters: [{ ...filter, IngressFilterRules: [zero] }] }]);
  t.equal(resources?.trafficMirrorFilters[0]?.ingressFilterRules[0]?.protocol, 0);
  t.strictSame(notes, ['0.json:12: protocol 0 is the hop-by-hop options of IPv6, not all protocols']);
});

t.test('one line for each thing that is wrong', async (t) => {
  const rows: { name: string; documents: object[]; want: string[]; devices?: object; addresses?: object }[] =
    [
      {
        name: 'another output',
        documents: [{ Vpcs: [] }],
        want: [
          '0.json:1: holds none of TrafficMirrorTargets, TrafficMirrorFilters, TrafficMirrorFilterRules, ' +
            'TrafficMirrorSessions, NetworkInterfaces: give what aws ec2 describe-traffic-mirror-targets and the like print',
        ],
      },
      {
        name: 'no list',
        documents: [{ TrafficMirrorTargets: 'a' }],
        want: ['0.json:2: TrafficMirrorTargets: expected a list, got "a"'],
      },
      {
        name: 'no mapping',
        documents: [{ TrafficMirrorTargets: [target, 7] }],
        want: ['0.json:16: TrafficMirrorTargets[1]: expected a mapping, got 7'],
      },
      {
        name: 'references to what was not given',
        documents: [sessions],
        want: [
          '0.json:5: TrafficMirrorSessions[0].TrafficMirrorTargetId: "tmt-1" is not declared under trafficMirrorTargets: ' +
            'give the output of describe-traffic-mirror-targets too',
          '0.json:6: TrafficMirrorSessions[0].TrafficMirrorFilterId: "tmf-1" is not declared under trafficMirrorFilters: ' +
            'give the output of describe-traffic-mirror-filters too',
        ],
      },
      {
        name: 'a rule of a filter that was not given',
        documents: [{ TrafficMirrorFilterRules: [rule] }],
        want: [
          '0.json:5: TrafficMirrorFilterRules[0].TrafficMirrorFilterId: "tmf-1" is in no input: give the output of ' +
            'describe-traffic-mirror-filters too',
        ],
      },
      {
        name: 'wrong values',
        documents: [
          { TrafficMirrorSessions: [{ ...session, SessionNumber: '1', VirtualNetworkId: 2 ** 24 }] },
          targets,
          filters,
        ],
        want: [
          '0.json:10: TrafficMirrorSessions[0].SessionNumber: expected a number from 1 to 32766, got "1"',
          '0.json:11: TrafficMirrorSessions[0].VirtualNetworkId: expected a number from 0 to 16777215, got 16777216',
        ],
      },
      {
        name: 'a wrong rule',
        documents: [
          { TrafficMirrorFilters: [{ ...filter, IngressFilterRules: [{ ...rule, Protocol: 1 }] }] },
        ],
        want: [
          '0.json:13: TrafficMirrorFilters[0].IngressFilterRules[0].DestinationPortRange: a port range needs protocol 6 ' +
            '(TCP) or 17 (UDP)',
        ],
      },
      {
        name: 'two that differ',
        documents: [targets, { TrafficMirrorTargets: [{ ...target, Description: 'other' }] }],
        want: ['1.json:7: TrafficMirrorTargets[0].Description: differs from the same resource at 0.json:7'],
      },
      {
        name: 'a type that does not fit',
        documents: [{ TrafficMirrorTargets: [{ ...target, Type: 'network-load-balancer' }] }],
        want: [
          '0.json:6: TrafficMirrorTargets[0].Type: "network-load-balancer" does not fit the receiver, which is a ' +
            'network-interface',
        ],
      },
      {
        name: 'a rule in the wrong list',
        documents: [
          {
            TrafficMirrorFilters: [
              { ...filter, IngressFilterRules: [{ ...rule, TrafficDirection: 'egress' }] },
            ],
          },
        ],
        want: [
          '0.json:9: TrafficMirrorFilters[0].IngressFilterRules[0].TrafficDirection: expected ingress, got "egress"',
        ],
      },
      {
        name: 'a rule of another filter',
        documents: [
          {
            TrafficMirrorFilters: [
              { ...filter, IngressFilterRules: [{ ...rule, TrafficMirrorFilterId: 'x' }] },
            ],
          },
        ],
        want: [
          '0.json:8: TrafficMirrorFilters[0].IngressFilterRules[0].TrafficMirrorFilterId: "x" is not the filter in which ' +
            'the rule stands',
        ],
      },
      {
        name: 'a target that is a source',
        documents: [{ TrafficMirrorTargets: [{ ...target, NetworkInterfaceId: ENI }] }, filters, sessions],
        want: [
          `0.json:5: TrafficMirrorTargets[0].NetworkInterfaceId: has the same id "${ENI}" as the source of ` +
            'trafficMirrorSessions[0]: an interface is a source or a target',
        ],
      },
      {
        name: 'a tag twice',
        documents: [{ TrafficMirrorTargets: [{ ...target, Tags: [...target.Tags, ...target.Tags] }] }],
        want: ['0.json:14: TrafficMirrorTargets[0].Tags[1]: the tag "team" is given twice'],
      },
      {
        name: 'choices for what is not there',
        documents: [targets],
        devices: { [IDS]: 'eth0' },
        addresses: { 'eni-1': ['10.0.0.1'] },
        want: [
          `--device ${IDS}: it is the source of no session in the input`,
          '--address eni-1: it is neither receiver nor source in the input',
        ],
      },
      {
        name: 'several addresses of an interface',
        documents: [targets],
        addresses: { [IDS]: ['10.0.0.1', '10.0.0.2'] },
        want: [`--address ${IDS}: 2 addresses, and it has one: only load balancers have several`],
      },
      {
        name: 'two addresses of an interface',
        documents: [
          { NetworkInterfaces: [{ NetworkInterfaceId: IDS, PrivateIpAddress: '10.0.0.1' }] },
          { NetworkInterfaces: [{ NetworkInterfaceId: IDS, PrivateIpAddress: '10.0.0.2' }] },
        ],
        want: [`1.json:3: NetworkInterfaces[0]: "${IDS}" has another address in another input`],
      },
    ];
  for (const { name, documents, want, devices = {}, addresses = {} } of rows) {
    t.strictSame(run(documents, { devices, addresses }).problems, want, name);
  }
});
