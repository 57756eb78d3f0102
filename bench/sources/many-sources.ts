/** Many mirrored sources in one engine, veths that exist, changed through the control API beside a source with traffic. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  EC2Client,
  ModifyTrafficMirrorFilterRuleCommand,
} from '@aws-sdk/client-ec2';
import { capturing, type Daemon, startDaemon } from '../../lab/daemon.js';
import type { Namespace } from '../../lab/namespaces.js';
import { buildTopology } from '../../lab/topology.js';
import { residentBytes } from '../processes.js';

const RULES = 10;
const LAST = 10;
const CHANGES = 5;
const CHANGE_PAUSE_MS = 500;
/** The counts of `status` are this old at most. */
const COUNTS_MS = 2500;
/** More sources than this get rings of 1 MiB. */
const SOURCES_OF_LARGE_RINGS = 300;
const LARGE_RING_MEGABYTES = 8;
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'examplesecret' };
const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
/** The generator is stopped when the changes are made. */
const GENERATOR_LIMIT_SECONDS = 600;
/** It would take a whole processor without. */
const GENERATOR_PAUSE_MS = 1;
/** Ethernet, IPv4 and UDP of 10.1.0.2 to 10.1.0.1, 64 bytes. */
const FRAME = `02000000000b02000000000a08004500003200000000401166${'b70a0100020a010001'}03e80009001e0000${'00'.repeat(22)}`;

export interface ManySourcesOptions {
  readonly sources: number;
  /** Packets per second of the source beside them. */
  readonly rate: number;
}

/** Times in milliseconds. */
export interface ManySourcesFigures {
  readonly created: number;
  /** Of the last ten sessions, in order. */
  readonly lastCreated: readonly number[];
  /** Changes of a rule of the filter that all sessions share. */
  readonly changed: readonly number[];
  /** Frames of the source beside them. */
  readonly beside: { readonly sent: number; readonly mirrored: number; readonly dropped: number };
  readonly engineRestarts: number;
  readonly daemonBytes: number;
  readonly engineBytes: number;
  readonly stopMs: number;
  /** From the daemon's start until every source captures. */
  readonly startMs: number;
}

/** Builds the namespaces, measures, and removes them. @throws Error when a call of the control API is refused. */
export async function measureManySources({ sources, rate }: ManySourcesOptions): Promise<ManySourcesFigures> {
  const { namespaces, client: peer, host } = buildTopology();
  const directory = mkdtempSync(join(tmpdir(), 'many-sources-'));
  const socketPath = join(directory, 'api.sock');
  const client = ec2Client(socketPath);
  try {
    addLinks(host, directory, sources);
    const file = join(directory, 'config.json');
    writeFileSync(file, JSON.stringify(configuration(sources, directory, socketPath)), { mode: 0o600 });
    const daemon = await startDaemon(host, file, directory);
    await daemon.until('capturing', capturing);
    const load = startLoad(peer, directory, rate);
    const changes = await makeChanges(client, sources).catch((error: Error) => {
      throw new Error(`${error.message}\n${daemon.log()}`, { cause: error });
    });
    const sent = await load.stop();
    const figures = await besideOf(daemon, sent);
    const stopMs = await timed(() => daemon.stop());
    const started = performance.now();
    const again = await startDaemon(host, file, directory);
    await again.until('all capture', (now) => now.sources.length > sources && capturing(now));
    const startMs = performance.now() - started;
    await again.stop();
    return { ...changes, ...figures, stopMs, startMs };
  } finally {
    client.destroy();
    namespaces.close();
    rmSync(directory, { recursive: true });
  }
}

function ec2Client(socketPath: string): EC2Client {
  return new EC2Client({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    // The SDK adds to what it is given.
    credentials: { ...CREDENTIALS },
    // A refused change is to be seen.
    maxAttempts: 1,
    requestHandler: { httpAgent: new Agent({ socketPath, keepAlive: true } as AgentOptions) },
  });
}

function addLinks(host: Namespace, directory: string, sources: number): void {
  const lines = Array.from({ length: sources }, (_, index) => [
    `link add s${index} type veth peer name p${index}`,
    `link set s${index} up`,
    `link set p${index} up`,
  ]);
  const batch = join(directory, 'links');
  writeFileSync(batch, `${lines.flat().join('\n')}\n`);
  host.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
  host.ip('-batch', batch);
}

async function makeChanges(
  client: EC2Client,
  sources: number,
): Promise<Pick<ManySourcesFigures, 'created' | 'lastCreated' | 'changed'>> {
  const filter = await client.send(new CreateTrafficMirrorFilterCommand({}));
  const TrafficMirrorFilterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId;
  let TrafficMirrorFilterRuleId: string | undefined;
  for (let index = 0; index < RULES; index++) {
    const rule = await client.send(ruleCommand(TrafficMirrorFilterId, index));
    TrafficMirrorFilterRuleId = rule.TrafficMirrorFilterRule?.TrafficMirrorFilterRuleId;
  }
  const created: number[] = [];
  for (let index = 0; index < sources; index++) {
    const command = new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: `eni-${index}`,
      SessionNumber: 1,
      TrafficMirrorTargetId: 'tmt',
      TrafficMirrorFilterId,
    });
    created.push(await timed(() => client.send(command)));
  }
  const changed: number[] = [];
  for (let port = 2000; port < 2000 + CHANGES; port++) {
    const command = new ModifyTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterRuleId,
      DestinationPortRange: { FromPort: port, ToPort: port },
    });
    changed.push(await timed(() => client.send(command)));
    await sleep(CHANGE_PAUSE_MS);
  }
  return { created: created[0], lastCreated: created.slice(-LAST), changed };
}

function ruleCommand(
  TrafficMirrorFilterId: string | undefined,
  index: number,
): CreateTrafficMirrorFilterRuleCommand {
  return new CreateTrafficMirrorFilterRuleCommand({
    TrafficMirrorFilterId,
    TrafficDirection: index % 2 === 0 ? 'ingress' : 'egress',
    RuleNumber: 10 + index,
    RuleAction: 'accept',
    Protocol: 6,
    DestinationPortRange: { FromPort: 1000 + index, ToPort: 1000 + index },
    SourceCidrBlock: `10.${index}.0.0/16`,
    DestinationCidrBlock: '0.0.0.0/0',
  });
}

interface Load {
  /** @returns the frames that were sent. */
  stop(): Promise<number>;
}

function startLoad(peer: Namespace, directory: string, rate: number): Load {
  const frames = join(directory, 'frames.json');
  writeFileSync(frames, JSON.stringify([FRAME]));
  peer.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6');
  const sentBefore = sentBy(peer, 'veth1');
  const generator = peer.spawn(
    process.execPath,
    [GENERATOR, 'veth1', `${GENERATOR_LIMIT_SECONDS}`, `${rate}`, frames, `${GENERATOR_PAUSE_MS}`],
    { stdio: 'ignore' },
  );
  const ended = once(generator, 'exit');
  return {
    async stop() {
      generator.kill('SIGKILL');
      await ended;
      return sentBy(peer, 'veth1') - sentBefore;
    },
  };
}

/** Frames that a device has sent. */
function sentBy(namespace: Namespace, device: string): number {
  return Number(namespace.run('cat', `/sys/class/net/${device}/statistics/tx_packets`));
}

async function besideOf(
  daemon: Daemon,
  sent: number,
): Promise<Pick<ManySourcesFigures, 'beside' | 'engineRestarts' | 'daemonBytes' | 'engineBytes'>> {
  await sleep(COUNTS_MS);
  const { lanes, engines, pid } = await daemon.status();
  const lane = lanes.find(({ sourceId, direction }) => sourceId === 'eni-beside' && direction === 'ingress');
  return {
    beside: {
      sent,
      mirrored: lane?.sessions[0]?.mirrored.packets ?? 0,
      dropped: lane?.ringDropped ?? 0,
    },
    engineRestarts: engines[0].restarts,
    daemonBytes: residentBytes(pid),
    engineBytes: residentBytes(engines[0].pid ?? pid),
  };
}

function configuration(sources: number, directory: string, socketPath: string): object {
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
    engine: { io: 'ring', ringMegabytes: sources > SOURCES_OF_LARGE_RINGS ? 1 : LARGE_RING_MEGABYTES },
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
