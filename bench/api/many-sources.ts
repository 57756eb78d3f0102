/**
 * Many mirrored sources in one engine, changed through the control API beside a source with traffic:
 *
 *     node dist/bench/api/many-sources.js [--sources N] [--rate PACKETS]
 *
 * Every source is a veth pair that exists. Prints what creating the last session and changing the shared filter cost,
 * and what the source beside them lost.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  EC2Client,
  ModifyTrafficMirrorFilterRuleCommand,
} from '@aws-sdk/client-ec2';
import { capturing, startDaemon } from '../../lab/daemon.js';
import { buildTopology } from '../../lab/topology.js';
import { residentBytes } from '../processes.js';

const RULES = 10;
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'examplesecret' };
const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
/** Ethernet, IPv4 and UDP of 10.1.0.2 to 10.1.0.1, 64 bytes. */
const FRAME = `02000000000b02000000000a08004500003200000000401166${'b70a0100020a010001'}03e80009001e0000${'00'.repeat(22)}`;

const { values } = parseArgs({
  options: { sources: { type: 'string', default: '200' }, rate: { type: 'string', default: '10000' } },
});
const sources = Number(values.sources);
const rate = Number(values.rate);

const { namespaces, client: peer, host } = buildTopology();
const directory = mkdtempSync(join(tmpdir(), 'many-sources-'));
try {
  const lines = Array.from({ length: sources }, (_, index) => [
    `link add s${index} type veth peer name p${index}`,
    `link set s${index} up`,
    `link set p${index} up`,
  ]);
  const batch = join(directory, 'links');
  writeFileSync(batch, `${lines.flat().join('\n')}\n`);
  host.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
  host.ip('-batch', batch);
  const socketPath = join(directory, 'api.sock');
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(configuration(socketPath)), { mode: 0o600 });
  const client = new EC2Client({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    credentials: CREDENTIALS,
    requestHandler: { httpAgent: new Agent({ socketPath, keepAlive: true } as AgentOptions) },
  });
  let daemon = await startDaemon(host, file, directory);
  await daemon.until('capturing', capturing);
  const filter = await client.send(new CreateTrafficMirrorFilterCommand({}));
  const TrafficMirrorFilterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId;
  let TrafficMirrorFilterRuleId: string | undefined;
  for (let index = 0; index < RULES; index++) {
    const rule = await client.send(
      new CreateTrafficMirrorFilterRuleCommand({
        TrafficMirrorFilterId,
        TrafficDirection: index % 2 === 0 ? 'ingress' : 'egress',
        RuleNumber: 10 + index,
        RuleAction: 'accept',
        Protocol: 6,
        DestinationPortRange: { FromPort: 1000 + index, ToPort: 1000 + index },
        SourceCidrBlock: `10.${index}.0.0/16`,
        DestinationCidrBlock: '0.0.0.0/0',
      }),
    );
    TrafficMirrorFilterRuleId = rule.TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId;
  }
  const frames = join(directory, 'frames.json');
  writeFileSync(frames, JSON.stringify([FRAME]));
  const seconds = 20 + Math.ceil(sources / 8);
  const generator = spawn(
    'ip',
    ['netns', 'exec', peer.name, process.execPath, GENERATOR, 'veth1', `${seconds}`, `${rate}`, frames],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let told = '';
  generator.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const generated = once(generator, 'close');
  const times: number[] = [];
  for (let index = 0; index < sources; index++) {
    times.push(
      await timed(() =>
        client.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: `eni-${index}`,
            SessionNumber: 1,
            TrafficMirrorTargetId: 'tmt',
            TrafficMirrorFilterId,
          }),
        ),
      ),
    );
  }
  const last = times.slice(-10).toSorted((a, b) => a - b);
  show(
    `create of the first / the last ten sessions, median, worst`,
    `${ms(times[0])} / ${ms(last[5])}, ${ms(last[9])}`,
  );
  const changes: number[] = [];
  for (let port = 2000; port < 2005; port++) {
    changes.push(
      await timed(() =>
        client.send(
          new ModifyTrafficMirrorFilterRuleCommand({
            TrafficMirrorFilterRuleId,
            DestinationPortRange: { FromPort: port, ToPort: port },
          }),
        ),
      ),
    );
    await sleep(500);
  }
  changes.sort((a, b) => a - b);
  show('change of a rule that all share, median, worst', `${ms(changes[2])}, ${ms(changes[4])}`);
  await generated;
  const { sent } = JSON.parse(told) as { sent: number };
  await sleep(2500);
  const status = await daemon.status();
  const beside = status.lanes.find(
    ({ sourceId, direction }) => sourceId === 'eni-beside' && direction === 'ingress',
  );
  show(
    'beside: sent / mirrored, dropped by the ring',
    `${sent} / ${beside?.sessions[0]?.mirrored.packets}, ${beside?.ringDropped}`,
  );
  show('engine restarts', String(status.engines[0]?.restarts));
  show(
    'resident, daemon / engine',
    `${mebibytes(status.pid)} / ${mebibytes(status.engines[0]?.pid ?? status.pid)}`,
  );
  show('stop', ms(await timed(() => daemon.stop())));
  const started = performance.now();
  daemon = await startDaemon(host, file, directory);
  await daemon.until('all capture', (now) => now.sources.length > sources && capturing(now));
  show('start until every source captures', ms(performance.now() - started));
  show('stop', `${ms(await timed(() => daemon.stop()))}`);
  client.destroy();
} finally {
  namespaces.close();
  rmSync(directory, { recursive: true });
}

function configuration(socketPath: string): object {
  const statement = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' };
  const policy = { Version: '2012-10-17', Statement: [statement] };
  const everything = {
    ruleNumber: 1,
    ruleAction: 'accept',
    sourceCidrBlock: '0.0.0.0/0',
    destinationCidrBlock: '0.0.0.0/0',
  };
  return {
    networkInterfaces: [
      { networkInterfaceId: 'eni-beside', device: 'veth0' },
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
      ...Array.from({ length: sources }, (_, index) => ({
        networkInterfaceId: `eni-${index}`,
        device: `s${index}`,
      })),
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: [{ trafficMirrorFilterId: 'tmf', ingressFilterRules: [everything] }],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms-beside',
        networkInterfaceId: 'eni-beside',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 1,
      },
    ],
    quotas: { sessions: 2 * sources },
    engine: { io: 'ring', ringMegabytes: sources > 300 ? 1 : 8 },
    state: { directory },
    api: {
      listen: `unix:${socketPath}`,
      accounts: [
        { accountId: '111122223333', users: [{ userName: 'bench', ...CREDENTIALS, policies: [policy] }] },
      ],
    },
  };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

function ms(time = Number.NaN): string {
  return `${time.toFixed(0)} ms`;
}

function mebibytes(pid: number): string {
  return `${Math.round(residentBytes(pid) / 2 ** 20)} MiB`;
}

function show(text: string, figure: string): void {
  console.log(`${text.padEnd(60)}${figure}`);
}
