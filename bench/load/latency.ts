/** How long a frame takes from the source's device to the target's, at 1,000 frames a second. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../../lab/namespaces.js';
import type { Frame } from '../../src/io/frame.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { readUint16 } from '../../src/wire/integers.js';
import { generate } from '../generate.js';
import { silence, withStand } from '../stand.js';
import type { Contender } from './contender.js';
import { framesOf } from './frames.js';
import type { Scenario } from './scenario.js';

/** The inner UDP destination port, behind VXLAN 8, Ethernet 14, IPv4 20 and its own first field. */
const COPY_OF_A_FRAME = 'udp dst port 4789 and udp[52:2] = 80';
const RATE_PPS = 1000;
const GENERATOR_PAUSE_MS = 0.1;
const SETTLE_MS = 500;
/** Fewer pairs of a frame and its copy make the figure worthless. */
const LEAST_PART = 0.99;
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
export function measureLatency(contender: Contender, scenario: Scenario, seconds: number): Promise<Latency> {
  return withStand({ targetMtu: 1600 }, async (stand) => {
    const { topology, directory } = stand;
    const { client, host, ids } = topology;
    silence(topology);
    const mirroring = await contender.start(stand, scenario);
    const files = { source: join(directory, 'source.pcap'), target: join(directory, 'target.pcap') };
    const source = await watch(host, 'veth0', 'inbound and udp dst port 80', files.source);
    const target = await watch(ids, 'ids0', COPY_OF_A_FRAME, files.target);
    const frames = framesOf(scenario);
    await generate(client, { device: 'veth1', seconds, rate: RATE_PPS, frames, pauseMs: GENERATOR_PAUSE_MS });
    await sleep(SETTLE_MS);
    await Promise.all([source(), target()]);
    await mirroring.stop();
    const originals = sightings(files.source, SOURCE_PORT_OFFSET);
    const copies = sightings(files.target, OUTER_BYTES + SOURCE_PORT_OFFSET);
    return latencyOf(originals, copies);
  });
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
export interface Sighting {
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

/**
 * Quantiles over the copies.
 * @throws Error when more than one in a hundred copies has no frame before it, or more than one in a hundred frames has
 * no copy.
 */
export function latencyOf(originals: readonly Sighting[], copies: readonly Sighting[]): Latency {
  const milliseconds = copies
    .flatMap(({ port, seconds }) => {
      const original = originals.findLast((one) => one.port === port && one.seconds <= seconds);
      return original === undefined ? [] : [(seconds - original.seconds) * 1000];
    })
    .sort((a, b) => a - b);
  const pairs = milliseconds.length;
  if (pairs === 0 || pairs < copies.length * LEAST_PART || pairs < originals.length * LEAST_PART) {
    throw new Error(
      `${originals.length} frames and ${copies.length} copies were seen, ${pairs} of them pairs`,
    );
  }
  const quantile = (share: number): number => milliseconds[Math.ceil(share * pairs) - 1];
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), samples: pairs };
}
