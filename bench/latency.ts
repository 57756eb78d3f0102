/** How long a frame takes from the source's device to the target's, at 1,000 frames a second. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../lab/namespaces.js';
import { buildTopology } from '../lab/topology.js';
import { PcapFileSource } from '../src/capture/pcap-file.js';
import type { Contender } from './contender.js';
import { framesOf, type Scenario } from './scenario.js';

const GENERATOR = fileURLToPath(new URL('../lab/generator.js', import.meta.url));
/** The inner UDP destination port, behind VXLAN 8, Ethernet 14, IPv4 20 and its own first field. */
const COPY_OF_A_FRAME = 'udp dst port 4789 and udp[52:2] = 80';
const RATE_PPS = 1000;
const SETTLE_MS = 1000;
const NANOSECONDS = 1e-9;

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

/** Both ends are observed by tcpdump, on one clock; the n-th frame belongs to the n-th copy. */
export async function measureLatency(
  contender: Contender,
  scenario: Scenario,
  seconds: number,
): Promise<Latency> {
  const topology = buildTopology({ targetMtu: 1600 });
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-'));
  try {
    const { client, host, ids } = topology;
    host.run('ping', '-c', '1', '-W', '1', '10.9.0.2');
    const mirroring = await contender.start(topology, scenario);
    const source = await watch(host, 'veth0', 'inbound and udp dst port 80', join(directory, 'source.pcap'));
    const target = await watch(ids, 'ids0', COPY_OF_A_FRAME, join(directory, 'target.pcap'));
    const frames = join(directory, 'frames.json');
    writeFileSync(frames, JSON.stringify(framesOf(scenario)));
    client.run(process.execPath, GENERATOR, 'veth1', String(seconds), String(RATE_PPS), frames);
    await sleep(SETTLE_MS);
    await Promise.all([source(), target()]);
    await mirroring.stop();
    return compare(timesOf(join(directory, 'source.pcap')), timesOf(join(directory, 'target.pcap')));
  } finally {
    rmSync(directory, { recursive: true });
    topology.namespaces.close();
  }
}

/** @returns what ends the observation. */
async function watch(
  namespace: Namespace,
  device: string,
  filter: string,
  file: string,
): Promise<() => Promise<void>> {
  const args = ['-i', device, '-w', file, '-s', '96', '--immediate-mode', '-Z', 'root', '--nano', filter];
  const child = namespace.spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (child.stderr !== null) await once(child.stderr, 'data');
  return async () => {
    const closed = once(child, 'close');
    child.kill('SIGINT');
    await closed;
  };
}

function timesOf(file: string): number[] {
  const source = new PcapFileSource(file);
  const times: number[] = [];
  const consumer = {
    consume: () => times.push(source.seconds + source.nanoseconds * NANOSECONDS),
    endBatch: () => {},
  };
  while (source.pull(consumer, 1) > 0);
  source.close();
  return times;
}

function compare(source: readonly number[], target: readonly number[]): Latency {
  if (source.length !== target.length || source.length === 0) {
    throw new Error(`${source.length} frames at the source, ${target.length} copies at the target`);
  }
  const milliseconds = target.map((time, index) => (time - source[index]) * 1000).sort((a, b) => a - b);
  const quantile = (share: number): number => milliseconds[Math.floor(share * (milliseconds.length - 1))];
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), samples: milliseconds.length };
}
