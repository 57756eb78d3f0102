/** Memory of the engine while it is asked for more copies than it can make, for minutes. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../median.js';
import { residentBytes, ringBytes } from '../processes.js';
import { copiesArrived, silence, withStand } from '../stand.js';
import type { Contender } from './contender.js';
import { BULK_WHOLE } from './scenario.js';

const FLOOD = fileURLToPath(new URL('../../lab/gso-flood.js', import.meta.url));
/** Each frame is a packet for each segment of it. */
const FLOOD_BYTES = 60_000;
const FLOOD_GSO_SIZE = 1448;
const SEGMENTS = Math.ceil(FLOOD_BYTES / FLOOD_GSO_SIZE);
/** More copies than anything here makes on a core. */
const FLOOD_FRAMES_PER_SECOND = 60_000;
/** Samples of memory in a run. */
const SAMPLES = 120;
const MEGABYTE = 1e6;

export interface Overload {
  readonly minutes: number;
  /** At equal distances, the first one before the load. */
  readonly samples: readonly MemorySample[];
  /** Copies due, and those that came. */
  readonly due: number;
  readonly mirrored: number;
}

/** In megabytes. */
export interface MemorySample {
  /** Resident memory of the processes that move frames, without their rings. */
  readonly beyondRings: number;
  readonly rings: number;
  /** Resident memory of all other processes. */
  readonly others: number;
}

/** Builds namespaces of its own and removes them. @throws Error when a process ended. */
export function measureOverload(contender: Contender, minutes: number): Promise<Overload> {
  return withStand({ targetMtu: 1600 }, async (stand) => {
    const { topology } = stand;
    silence(topology);
    const mirroring = await contender.start(stand, BULK_WHOLE);
    const samples = [memoryOf(mirroring)];
    const settings = [minutes * 60, FLOOD_FRAMES_PER_SECOND, FLOOD_BYTES, FLOOD_GSO_SIZE].map(String);
    const flood = topology.client.spawn(process.execPath, [FLOOD, ...settings, 'veth1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let sent = '';
    flood.stdout?.setEncoding('utf8').on('data', (text: string) => {
      sent += text;
    });
    const ended = once(flood, 'close').then(() => true);
    const everyMs = (minutes * 60_000) / SAMPLES;
    while (!(await Promise.race([ended, sleep(everyMs).then(() => false)])))
      samples.push(memoryOf(mirroring));
    const mirrored = copiesArrived(topology);
    await mirroring.stop();
    return { minutes, samples, due: Number(sent) * SEGMENTS, mirrored };
  });
}

function memoryOf({
  pids,
  enginePids,
}: {
  pids: readonly number[];
  enginePids: readonly number[];
}): MemorySample {
  const sum = (of: readonly number[], bytes: (pid: number) => number): number =>
    of.reduce((total, pid) => total + bytes(pid), 0) / MEGABYTE;
  const rings = sum(enginePids, ringBytes);
  const others = pids.filter((pid) => !enginePids.includes(pid));
  return { beyondRings: sum(enginePids, residentBytes) - rings, rings, others: sum(others, residentBytes) };
}

/** Most memory beyond the rings, and by how much it grew: medians of the last tenth and of the second one. */
export function growthOf(samples: readonly MemorySample[]): { most: number; growth: number } {
  const values = samples.map(({ beyondRings }) => beyondRings);
  const tenth = Math.max(1, Math.floor(values.length / 10));
  const growth = median(values.slice(-tenth)) - median(values.slice(tenth, 2 * tenth));
  return { most: Math.max(...values), growth };
}
