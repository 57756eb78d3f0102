/** How long a frame takes from the source's device to the target's, at 1,000 frames a second. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../lab/namespaces.js';
import { buildTopology } from '../../lab/topology.js';
import type { Frame } from '../../src/io/frame.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { readUint16 } from '../../src/wire/integers.js';
import type { Contender } from './contender.js';
import { framesOf, type Scenario } from './scenario.js';

const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
/** The inner UDP destination port, behind VXLAN 8, Ethernet 14, IPv4 20 and its own first field. */
const COPY_OF_A_FRAME = 'udp dst port 4789 and udp[52:2] = 80';
const RATE_PPS = 1000;
const SETTLE_MS = 1000;
/** In a frame without tags, and in front of it in a copy: Ethernet, IPv4, UDP, VXLAN. */
const SOURCE_PORT_OFFSET = 34;
const OUTER_BYTES = 14 + 20 + 8 + 8;
const NANOSECONDS = 1e-9;

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

/** Both ends are observed by tcpdump, on one clock; a copy belongs to the last frame before it of its port. */
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
    const originals = sightings(join(directory, 'source.pcap'), SOURCE_PORT_OFFSET);
    const copies = sightings(join(directory, 'target.pcap'), OUTER_BYTES + SOURCE_PORT_OFFSET);
    return compare(originals, copies);
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
  const args = ['-i', device, '-w', file, '-s', '128', '--immediate-mode', '-Z', 'root', '--nano', filter];
  const child = namespace.spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (child.stderr !== null) await once(child.stderr, 'data');
  return async () => {
    const closed = once(child, 'close');
    child.kill('SIGINT');
    await closed;
  };
}

/** When a frame of a port passed. */
interface Sighting {
  readonly port: number;
  readonly seconds: number;
}

function sightings(file: string, portOffset: number): Sighting[] {
  const source = new PcapFileSource(file);
  const found: Sighting[] = [];
  const consume = ({ bytes, offset }: Frame): void => {
    const port = readUint16(bytes, offset + portOffset);
    found.push({ port, seconds: source.seconds + source.nanoseconds * NANOSECONDS });
  };
  while (source.pull({ consume, endBatch: () => {} }, 1) > 0);
  source.close();
  return found;
}

function compare(originals: readonly Sighting[], copies: readonly Sighting[]): Latency {
  const milliseconds = copies
    .flatMap(({ port, seconds }) => {
      const original = originals.findLast((one) => one.port === port && one.seconds <= seconds);
      return original === undefined ? [] : [(seconds - original.seconds) * 1000];
    })
    .sort((a, b) => a - b);
  // A frame that tcpdump missed is no sample; many would make the figure worthless.
  if (milliseconds.length < copies.length * 0.99 || milliseconds.length === 0) {
    throw new Error(`${milliseconds.length} of ${copies.length} copies belong to a frame that was seen`);
  }
  const quantile = (share: number): number => milliseconds[Math.floor(share * (milliseconds.length - 1))];
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), samples: milliseconds.length };
}
