/** Loading a configuration: files that cannot be read, all problems by line, warnings, defaults. */
import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration, parseConfiguration } from '../../src/config/load.js';
import { formatProblem, formatWarning } from '../../src/config/problem.js';

function problemsOf(text: string): string[] {
  const result = parseConfiguration(text, 'lab.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

t.test('all problems at once, by line', async (t) => {
  const text = `
networkInterfaces:
  - { networkInterfaceId: eni-web, device: veth/0 }
  - networkInterfaceId: eni-web
    netns: /run/netns/web
trafficMirrorTargets:
  - trafficMirrorTargetId: tmt-ids
    networkLoadBalancerArn: nlb-gone
    networkLoadBalancerArn: nlb-ids
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf
    ingressFilterRules:
      - ruleNumber: 10
        ruleAction: accept
        protocol: tcp
        destinationPortRange: { fromPort: 90, toPort: 80 }
        sourceCidrBlock: 0.0.0.0/0
        destinationCidrBlock: ::/0
trafficMirrorSessions:
  - trafficMirrorSessionId: tms
    networkInterfaceId: eni-web
    trafficMirrorTargetId: tmt-gone
    trafficMirrorFilterId: tmf
    sessionNumber: one
    colour: blue
    size: 5
metrics: {}
`;
  t.strictSame(problemsOf(text), [
    `lab.yaml:3: networkInterfaces[0].device: expected a device name of 1 to 15 bytes without '/', ':', white space and control characters, got "veth/0"`,
    'lab.yaml:4: networkInterfaces[1].networkInterfaceId: "eni-web" is taken by networkInterfaces[0]',
    'lab.yaml:5: networkInterfaces[1].netns: "/run/netns/web" is given without a device, which would live there',
    'lab.yaml:8: trafficMirrorTargets[0].networkLoadBalancerArn: "nlb-gone" is not declared under networkLoadBalancers',
    'lab.yaml:9: key "networkLoadBalancerArn" is given twice',
    'lab.yaml:15: trafficMirrorFilters[0].ingressFilterRules[0].protocol: expected a number from 0 to 255, got "tcp" (6 is TCP, 17 is UDP; leave protocol out for all)',
    'lab.yaml:16: trafficMirrorFilters[0].ingressFilterRules[0].destinationPortRange: fromPort 90 is above toPort 80',
    'lab.yaml:18: trafficMirrorFilters[0].ingressFilterRules[0].destinationCidrBlock: is IPv6 and sourceCidrBlock is IPv4: both must be of one family',
    'lab.yaml:22: trafficMirrorSessions[0].trafficMirrorTargetId: "tmt-gone" is not declared under trafficMirrorTargets',
    'lab.yaml:24: trafficMirrorSessions[0].sessionNumber: expected a number from 1 to 32766, got "one"',
    'lab.yaml:25: trafficMirrorSessions[0].colour: unknown key, known are trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber, packetLength, virtualNetworkId, description, tags',
    'lab.yaml:26: trafficMirrorSessions[0].size: unknown key, known are trafficMirrorSessionId, networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber, packetLength, virtualNetworkId, description, tags',
    'lab.yaml:27: metrics.listen: missing, expected an address and port such as 127.0.0.1:9464, or unix: and an absolute path',
  ]);
});

t.test('problems stay one line each', async (t) => {
  const [problem = '', ...others] = problemsOf('{ "a\\nb\\u2028\\e[2J": 1 }');
  t.match(problem, 'lab.yaml:1: ["a\\nb\\u2028\\u001b[2J"]: unknown key');
  t.strictSame(others, []);
});

t.test('nesting that the parser cannot follow', async (t) => {
  t.strictSame(problemsOf(`engine: ${'['.repeat(20_000)}${']'.repeat(20_000)}`), [
    'lab.yaml:1: column 208: nested too deeply',
  ]);
});

t.test('an anchor may be used often', async (t) => {
  const filters = Array.from(
    { length: 500 },
    (_, index) => `  - { trafficMirrorFilterId: tmf-${index}, tags: *tags }`,
  );
  const text = `trafficMirrorFilters:\n  - { trafficMirrorFilterId: tmf, tags: &tags { team: sec } }\n${filters.join('\n')}`;
  t.strictSame(problemsOf(text), []);
});

t.test('__proto__ is refused as a key', async (t) => {
  t.match(problemsOf('{ "__proto__": { "log": { "level": "silent" } } }'), [
    'lab.yaml:1: "__proto__" cannot be a key',
  ]);
  t.equal(({} as { log?: unknown }).log, undefined);
});

t.test('defaults', async (t) => {
  const result = parseConfiguration('log: {}', 'lab.yaml');
  t.strictSame(result, {
    ok: true,
    configuration: {
      resources: {
        networkInterfaces: [],
        networkLoadBalancers: [],
        gatewayLoadBalancerEndpoints: [],
        trafficMirrorTargets: [],
        trafficMirrorFilters: [],
        trafficMirrorSessions: [],
      },
      selection: { selectors: [], sessions: [], containers: {} },
      quotas: {
        sessionsPerNetworkInterface: 3,
        rulesPerFilter: 10,
        sessions: 10_000,
        targets: 10_000,
        filters: 10_000,
        sourcesPerInterfaceTarget: 10,
        sourcesPerLargeInterfaceTarget: 100,
      },
      engine: {
        io: 'auto',
        workers: 1,
        workerCpus: [],
        ringMegabytes: 32,
        xdpMegabytes: 256,
        ringMemoryMegabytes: 'auto',
        emit: 'auto',
        oversize: 'truncate',
        dscp: 8,
        unmirroredTraffic: ['arp', 'dhcp', 'instance-metadata', 'ntp', 'windows-activation'],
        amazonDnsAddresses: ['169.254.169.253', 'fd00:ec2::253'],
      },
      state: { directory: '/var/lib/traffic-mirror' },
      log: { level: 'info' },
    },
    warnings: [],
  });
});

t.test('missing values are chosen, and values are made canonical', async (t) => {
  const result = parseConfiguration(
    `
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb, targets: [10.9.0.3] }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt, networkLoadBalancerArn: nlb }
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf
    ingressFilterRules:
      - { ruleNumber: 10, ruleAction: accept, sourceCidrBlock: 10.1.2.3/16, destinationCidrBlock: 0.0.0.0/0 }
trafficMirrorSessions:
  - trafficMirrorSessionId: tms
    networkInterfaceId: veth0
    trafficMirrorTargetId: tmt
    trafficMirrorFilterId: tmf
    sessionNumber: 1
`,
    'lab.yaml',
  );
  if (!result.ok) {
    t.fail(result.problems.map(formatProblem).join('\n'));
    return;
  }
  const { trafficMirrorSessions, trafficMirrorFilters } = result.configuration.resources;
  t.equal(trafficMirrorSessions[0]?.packetLength, 8500);
  t.type(trafficMirrorSessions[0]?.virtualNetworkId, 'number');
  t.equal(trafficMirrorFilters[0]?.ingressFilterRules[0]?.sourceCidrBlock, '10.1.0.0/16');
  t.strictSame(trafficMirrorSessions[0]?.tags, {});
});

t.test('quotas of the file hold even when others of them are refused', async (t) => {
  const filters = Array.from({ length: 3 }, (_, index) => `  - { trafficMirrorFilterId: tmf-${index} }`).join(
    '\n',
  );
  t.strictSame(problemsOf(`quotas: { filters: 2, targets: none }\ntrafficMirrorFilters:\n${filters}`), [
    'lab.yaml:1: quotas.targets: expected a number from 0 to 1000000, got "none"',
    'lab.yaml:5: trafficMirrorFilters[2]: 3 filters, quotas.filters is 2',
  ]);
});

t.test('every key that is given twice', async (t) => {
  t.strictSame(problemsOf('log: { level: info, level: warn, level: error }\nlog: {}'), [
    'lab.yaml:1: key "level" is given twice',
    'lab.yaml:1: key "level" is given twice',
    'lab.yaml:2: key "log" is given twice',
  ]);
});

const folder = t.testdir({ folder: {}, empty: '', 'gone.link': t.fixture('symlink', 'gone') });
const file = (name: string): string => join(folder, name);

writeFileSync(file('utf-16'), Buffer.from('\ufefflog: { level: info }\n', 'utf16le'));
writeFileSync(file('late'), Buffer.from('log:\n  # caf\xe9\n  level: info\n', 'latin1'));
writeFileSync(file('last-line'), Buffer.from('log: {}\n# \xff', 'latin1'));
writeFileSync(file('large'), '{}');
truncateSync(file('large'), 16 * 2 ** 20 + 1);
symlinkSync('loop', file('loop'));
t.equal(spawnSync('mkfifo', [file('pipe')]).status, 0);

const unreadable = [
  { name: 'gone', want: '1: cannot be read: no such file or directory' },
  { name: 'gone.link', want: '1: cannot be read: no such file or directory' },
  { name: 'loop', want: '1: cannot be read: too many symbolic links encountered' },
  { name: 'empty/below', want: '1: cannot be read: not a directory' },
  { name: 'folder', want: '1: is a directory' },
  { name: 'pipe', want: '1: is not a regular file' },
  { name: 'large', want: '1: is larger than 16 MiB' },
  { name: 'empty', want: '1: holds no configuration' },
  { name: 'utf-16', want: '1: is not valid UTF-8' },
  { name: 'late', want: '2: is not valid UTF-8' },
  { name: 'last-line', want: '2: is not valid UTF-8' },
];

for (const { name, want } of unreadable) {
  t.test(name, async (t) => {
    const result = await loadConfiguration(file(name));
    t.strictSame(result.ok ? [] : result.problems.map(({ line, text }) => `${line}: ${text}`), [want]);
  });
}

t.test('not permitted', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
  writeFileSync(file('secret'), '{}');
  chmodSync(file('secret'), 0);
  const result = await loadConfiguration(file('secret'));
  t.match(result, { ok: false, problems: [{ line: 1, text: 'cannot be read: permission denied' }] });
});

function warningsOf(text: string): string[] {
  const result = parseConfiguration(text, 'x.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join());
  return result.warnings.map(formatWarning);
}

t.test('warning: an Allow whose names fit nothing', async (t) => {
  const text = `
api:
  listen: 127.0.0.1:8780
  accounts:
    - accountId: "111122223333"
      users:
        - userName: admin
          accessKeyId: KEY
          secretAccessKeyFile: /etc/secret
          policies:
            - Statement:
                - { Effect: Allow, Action: "ec2:*", Resource: "*" }
                - Effect: Allow
                  Action:
                    - ec2:DescribeTags
                    - ec2:DescribeTag
                  Resource: arn:aws:s3:::x
            - Statement: [{ Effect: Allow, NotAction: "iam:*", Resource: "*" }]
`;
  const at = 'api.accounts[0].users[0].policies';
  t.strictSame(warningsOf(text), [
    `x.yaml:16: warning: ${at}[0].Statement[1].Action[1]: "ec2:DescribeTag" fits no action that is here, so it has no effect`,
    `x.yaml:17: warning: ${at}[0].Statement[1].Resource[0]: "arn:aws:s3:::x" fits no resource that is here: they begin with arn:aws:ec2: or arn:aws:ram:, so it has no effect`,
    `x.yaml:18: warning: ${at}[1].Statement[0].NotAction[0]: "iam:*" names a service that is not here: there are ec2, elasticloadbalancing, ram, cloudwatch, traffic-mirror, so it has no effect`,
  ]);
});

t.test('warning: protocol 0', async (t) => {
  const rule = (protocol: number): string =>
    `{ ruleNumber: ${protocol + 1}, ruleAction: accept, protocol: ${protocol}, sourceCidrBlock: "::/0", destinationCidrBlock: "::/0" }`;
  const text = `
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf
    ingressFilterRules:
      - ${rule(6)}
      - ${rule(0)}
    egressFilterRules: [${rule(0)}]
`;
  const why = 'protocol 0 is the hop-by-hop options of IPv6 and hardly ever seen; leave protocol out for all';
  t.strictSame(warningsOf(text), [
    `x.yaml:6: warning: trafficMirrorFilters[0].ingressFilterRules[1].protocol: ${why}`,
    `x.yaml:7: warning: trafficMirrorFilters[0].egressFilterRules[0].protocol: ${why}`,
  ]);
});

t.test('no warning', async (t) => {
  t.strictSame(warningsOf('log: {}'), []);
});
