/** `export` and `explain --running`: what a running daemon has, of its file and of its control API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import type { RunningResources } from '../../src/status/running-resources.js';
import { serveStatus } from '../../src/status/status-server.js';
import { skipWithoutBuild, trafficMirror, trafficMirrorBeside } from '../fixtures/live/daemon/command.js';
import { statusOf } from '../fixtures/status/status.js';

const TEXT = `
networkInterfaces:
  - { networkInterfaceId: eni-web, device: veth0, perspective: peer, address: 10.1.0.1 }
  - { networkInterfaceId: eni-ids, address: 10.9.0.2 }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb, targets: [10.9.0.3, 10.9.0.4], maximumBitsPerSecond: 1000000 }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-ids, networkInterfaceId: eni-ids, maximumBitsPerSecond: 5000, tags: { team: sec } }
  - { trafficMirrorTargetId: tmt-unused, networkLoadBalancerArn: nlb, description: "not used\\nby a session" }
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf-web
    ingressFilterRules:
      - { ruleNumber: 10, ruleAction: accept, protocol: 6, destinationPortRange: { fromPort: 80, toPort: 80 },
          sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0, tags: { a: b } }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-web, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-ids,
      trafficMirrorFilterId: tmf-web, sessionNumber: 1, virtualNetworkId: 42, packetLength: 128 }
  - { trafficMirrorSessionId: tms-off, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-ids,
      trafficMirrorFilterId: tmf-web, sessionNumber: 2, virtualNetworkId: 43 }
`;

function running(): RunningResources {
  const parsed = parseConfiguration(TEXT, 'running.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { resources, engine, quotas } = parsed.configuration;
  return {
    pid: 4711,
    configurationFile: '/etc/running.yaml',
    configuration: { ...resources, engine, quotas },
    inactiveSessions: [{ sessionId: 'tms-off', reason: 'target tmt-ids is not shared' }],
    owners: { 'tmt-ids': '111122223333' },
  };
}

/** @returns the directory of a daemon, and the configuration that leads to it. */
async function serve(t: Test): Promise<{ directory: string; config: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-export-'));
  const targets = [
    {
      address: '10.9.0.2',
      state: 'reachable',
      device: 'mir0',
      maximumInnerLength: 100,
      reason: '',
      emission: 'routed',
      emissionReason: '',
    },
  ] as const;
  const server = await serveStatus(
    directory,
    () => statusOf({ targets }),
    async () => running(),
  );
  t.teardown(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { directory: ${directory} }\n`);
  return { directory, config };
}

function resourcesIn(text: string): ResourceSet {
  const parsed = parseConfiguration(text, 'exported.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.configuration.resources;
}

function expected(): ResourceSet {
  const { engine, quotas, ...resources } = running().configuration;
  const trafficMirrorSessions = resources.trafficMirrorSessions.slice(0, 1);
  return { ...resources, trafficMirrorSessions };
}

const INACTIVE = 'session "tms-off" is left out: it is inactive, target tmt-ids is not shared';

t.test('a configuration that check takes', { skip: skipWithoutBuild }, async (t) => {
  const { directory, config } = await serve(t);
  const { exitCode, stdout, complaints } = await trafficMirrorBeside(['export', '--config', config]);
  t.equal(exitCode, 0);
  t.strictSame(complaints, [INACTIVE]);
  t.strictSame(resourcesIn(stdout), expected());
  const file = join(directory, 'exported.yaml');
  writeFileSync(file, stdout);
  t.equal(trafficMirror('check', '--config', file).exitCode, 0);
  t.match(
    stdout,
    '# Made by traffic-mirror export of the resources of /etc/running.yaml and its control API.',
  );
});

t.test('export --aws, and import gives the same', { skip: skipWithoutBuild }, async (t) => {
  const { config } = await serve(t);
  const exported = await trafficMirrorBeside(['export', '--aws', '--config', config]);
  t.equal(exported.exitCode, 0);
  t.strictSame(exported.complaints, [INACTIVE]);
  const { TrafficMirrorTargets, TrafficMirrorSessions } = JSON.parse(exported.stdout) as Record<
    string,
    unknown[]
  >;
  t.match(TrafficMirrorTargets, [
    {
      TrafficMirrorTargetId: 'tmt-ids',
      Type: 'network-interface',
      OwnerId: '111122223333',
      Tags: [{ Key: 'team', Value: 'sec' }],
    },
    { Type: 'network-load-balancer' },
  ]);
  t.equal(TrafficMirrorSessions?.length, 1);
  const imported = await trafficMirrorBeside(['import', '-'], exported.stdout);
  t.equal(imported.exitCode, 0);
  t.match(imported.complaints, [/TrafficMirrorTargets\[\]\.OwnerId is ignored/]);
  t.strictSame(resourcesIn(imported.stdout), expected());
});

t.test('explain takes the rules of the running daemon', { skip: skipWithoutBuild }, async (t) => {
  const { config } = await serve(t);
  const ask = ['explain', '--running', '--config', config, '--source', 'eni-web'];
  const packet = ['--packet', 'tcp 10.1.0.2:40000 > 10.1.0.1:80 length 1514'];
  const { exitCode, stdout } = await trafficMirrorBeside([...ask, ...packet]);
  t.equal(exitCode, 0);
  t.match(stdout, /^rules of the running daemon \(pid 4711, \/etc\/running\.yaml and its control API\)\n/);
  t.match(stdout, 'matched: session 1 tms-web, rule tmf-web/ingress/10');
  t.notMatch(stdout, 'tms-off', 'an inactive session is not asked');
  t.match(stdout, '100 of 1514 bytes, truncated to PacketLength 128; outer packet of 136 bytes');
  t.match(stdout, 'cut: by mir0, which takes frames up to 100 bytes');
  const filter = await trafficMirrorBeside(ask);
  t.match(filter.stdout, /^rules of the running daemon .*\n\neni-web \(veth0\) ingress\n\nIR\n/);
});

t.test('no daemon', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({});
  const config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { directory: ${directory} }\n`);
  for (const command of [['export'], ['explain', '--running', '--source', 'a']]) {
    const { exitCode, complaints, stdout } = trafficMirror(...command, '--config', config);
    t.equal(exitCode, 1);
    t.match(complaints, [/^no daemon answers on .*status\.sock: /]);
    t.equal(stdout, '');
  }
});
