/** A daemon whose resources were made by the API: exported, imported again, explained. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
} from '@aws-sdk/client-ec2';
import t from 'tap';
import { loadConfiguration } from '../../../src/config/load.js';
import { formatProblem } from '../../../src/config/problem.js';
import type { ResourceSet } from '../../../src/resources/resource-set.js';
import { trafficMirror, trafficMirrorBeside } from '../../fixtures/live/daemon/command.js';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const ANY = { SourceCidrBlock: '0.0.0.0/0', DestinationCidrBlock: '0.0.0.0/0' };

async function resourcesOf(file: string): Promise<ResourceSet> {
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.configuration.resources;
}

t.test('resources that the API made', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const api = await startControlApi(t, stand, {
    ...INVENTORY,
    trafficMirrorTargets: [
      { trafficMirrorTargetId: 'tmt-file', networkInterfaceId: 'eni-ids2', maximumBitsPerSecond: 1_000_000 },
    ],
    engine: { io: 'ring', unmirroredTraffic: ['arp'] },
  });
  const { client, daemon, configFile } = api;
  const Tags = [{ Key: 'team', Value: 'sec: "ops"\nand more' }];
  const tagged = (
    ResourceType: 'traffic-mirror-target' | 'traffic-mirror-filter' | 'traffic-mirror-session',
  ) => ({
    TagSpecifications: [{ ResourceType, Tags }],
  });
  const { TrafficMirrorTarget: target } = await client.send(
    new CreateTrafficMirrorTargetCommand({
      NetworkInterfaceId: 'eni-ids',
      ...tagged('traffic-mirror-target'),
    }),
  );
  const { TrafficMirrorFilter: filter } = await client.send(
    new CreateTrafficMirrorFilterCommand({ Description: '- yes', ...tagged('traffic-mirror-filter') }),
  );
  const TrafficMirrorFilterId = filter?.TrafficMirrorFilterId;
  for (const [TrafficDirection, RuleNumber] of [
    ['ingress', 10],
    ['ingress', 20],
    ['egress', 10],
  ] as const) {
    const ports =
      RuleNumber === 10 ? { Protocol: 6, DestinationPortRange: { FromPort: 80, ToPort: 80 } } : {};
    await client.send(
      new CreateTrafficMirrorFilterRuleCommand({
        ...{ TrafficMirrorFilterId, TrafficDirection, RuleNumber, RuleAction: 'accept', ...ports, ...ANY },
      }),
    );
  }
  await client.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: target?.TrafficMirrorTargetId,
      TrafficMirrorFilterId,
      SessionNumber: 5,
      PacketLength: 100,
      ...tagged('traffic-mirror-session'),
    }),
  );
  await daemon.until('reachable', ({ targets }) => targets.some(({ state }) => state === 'reachable'));

  const yaml = join(stand.directory, 'exported.yaml');
  const exported = await trafficMirrorBeside(['export', '--config', configFile]);
  t.equal(exported.exitCode, 0, exported.stderr);
  t.equal(exported.stderr, '');
  writeFileSync(yaml, exported.stdout);
  t.equal(trafficMirror('check', '--config', yaml).exitCode, 0);

  const aws = await trafficMirrorBeside(['export', '--aws', '--config', configFile]);
  const imported = await trafficMirrorBeside(['import', '-'], aws.stdout);
  t.equal(imported.exitCode, 0, imported.stderr);
  const again = join(stand.directory, 'imported.yaml');
  writeFileSync(again, imported.stdout);
  t.strictSame(await resourcesOf(again), await resourcesOf(yaml), 'the round trip is exact');

  // The same as what clients of the API see.
  const output = JSON.parse(aws.stdout) as Record<string, unknown[]>;
  const described = {
    TrafficMirrorTargets: (await client.send(new DescribeTrafficMirrorTargetsCommand({})))
      .TrafficMirrorTargets,
    TrafficMirrorFilters: (await client.send(new DescribeTrafficMirrorFiltersCommand({})))
      .TrafficMirrorFilters,
    TrafficMirrorSessions: (await client.send(new DescribeTrafficMirrorSessionsCommand({})))
      .TrafficMirrorSessions,
  };
  for (const [list, items] of Object.entries(described)) t.same(output[list], items, list);

  // Imported without an inventory, as from AWS: only device and address are to be given.
  const { TrafficMirrorInventory, ...plain } = output;
  const addresses = [
    '--address',
    'eni-ids=10.9.0.2',
    '--address',
    'eni-ids2=10.9.0.3',
    '--device',
    'eni-web=veth0',
  ];
  const fromAws = await trafficMirrorBeside(['import', '-', ...addresses], JSON.stringify(plain));
  t.equal(fromAws.exitCode, 0, fromAws.stderr);
  writeFileSync(again, fromAws.stdout);
  t.strictSame(
    (await resourcesOf(again)).trafficMirrorSessions,
    (await resourcesOf(yaml)).trafficMirrorSessions,
  );

  // What the unmodified command prints.
  if (skipUnless('aws') === false) {
    const files: string[] = [];
    for (const kind of ['targets', 'filters', 'sessions', 'filter-rules']) {
      const args = [
        '--endpoint-url',
        api.endpoint,
        '--output',
        'json',
        'ec2',
        `describe-traffic-mirror-${kind}`,
      ];
      const { exitCode, stdout } = await api.run('aws', args);
      // Version 1 of it does not know all of them.
      if (exitCode !== 0 && kind === 'filter-rules') continue;
      files.push(join(stand.directory, `${kind}.json`));
      writeFileSync(files.at(-1) ?? '', stdout);
    }
    const ofCommand = await trafficMirrorBeside(['import', ...files, ...addresses]);
    t.equal(ofCommand.exitCode, 0, ofCommand.stderr);
    t.equal(ofCommand.stdout.split('\n').slice(1).join('\n'), fromAws.stdout.split('\n').slice(1).join('\n'));
  }

  const ask = ['explain', '--running', '--config', configFile, '--source', 'eni-web', '--json', '--packet'];
  const web = JSON.parse(
    (await trafficMirrorBeside([...ask, 'tcp 10.1.0.2:4000 > 10.1.0.1:80 length 1514'])).stdout,
  );
  t.match(web.verdict, { kind: 'matched', session: { sessionNumber: 5, packetLength: 100 } });
  t.match(web.copy, {
    address: '10.9.0.2',
    frameLength: 100,
    isTruncated: true,
    isCut: false,
    way: { device: 'mir0' },
  });
  const ntp = JSON.parse((await trafficMirrorBeside([...ask, 'udp 10.1.0.2:123 > 10.1.0.1:123'])).stdout);
  t.equal(ntp.verdict.kind, 'matched', 'by the settings of the daemon: ntp is mirrored');
  t.equal(await daemon.stop(), 0, 'exit code');
});
