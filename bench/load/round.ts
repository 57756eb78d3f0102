/** Measures one contender in one scenario once, at the highest load that the generator makes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTopology, type Topology } from '../../lab/topology.js';
import { generate } from '../generate.js';
import { cpuSeconds, machineBusySeconds, residentBytes } from '../processes.js';
import type { Contender } from './contender.js';
import { framesOf, type Scenario } from './scenario.js';

/** For what is still on its way when the generator ends. */
const DRAIN_MS = 500;
const SAMPLE_MS = 250;

export interface Measurement {
  readonly seconds: number;
  /** Frames that the source's device took: what it still forwards. */
  readonly forwarded: number;
  /** Copies that arrived at the target. */
  readonly mirrored: number;
  /** Copies due that did not arrive. */
  readonly lost: number;
  /** CPU time of the machine, generator included. */
  readonly busySeconds: number;
  /** CPU time of the mirror's own processes. */
  readonly cpuSeconds: number;
  /** Most memory of the mirror's own processes together. */
  readonly residentBytes: number;
}

export async function runRound(
  contender: Contender,
  scenario: Scenario,
  seconds: number,
): Promise<Measurement> {
  const topology = buildTopology({ targetMtu: 1600 });
  try {
    topology.host.run('ping', '-c', '1', '-W', '1', '10.9.0.2');
    const mirroring = await contender.start(topology, scenario);
    const measurement = await measure(topology, mirroring.pids, scenario, seconds);
    await mirroring.stop();
    return measurement;
  } finally {
    topology.namespaces.close();
  }
}

async function measure(
  topology: Topology,
  pids: readonly number[],
  scenario: Scenario,
  seconds: number,
): Promise<Measurement> {
  const total = (of: (pid: number) => number): number => pids.reduce((sum, pid) => sum + of(pid), 0);
  const before = { arrived: arrivals(topology), busy: machineBusySeconds(), cpu: total(cpuSeconds) };
  let resident = 0;
  const sampler = setInterval(() => {
    resident = Math.max(resident, total(residentBytes));
  }, SAMPLE_MS);
  const frames = framesOf(scenario);
  const { sent, seconds: took } = await generate(topology.client, {
    device: 'veth1',
    seconds,
    rate: 0,
    frames,
  });
  clearInterval(sampler);
  const busy = machineBusySeconds() - before.busy;
  await sleep(DRAIN_MS);
  const mirrored = arrivals(topology) - before.arrived;
  return {
    seconds: took,
    forwarded: sent,
    mirrored,
    lost:
      pids.length === 0 && mirrored === 0 ? 0 : Math.max(0, Math.round(sent * scenario.wanted) - mirrored),
    busySeconds: busy,
    cpuSeconds: total(cpuSeconds) - before.cpu,
    residentBytes: resident,
  };
}

/** The target's device gets nothing else but a neighbour's question now and then. */
function arrivals({ ids }: Topology): number {
  return Number(ids.run('cat', '/sys/class/net/ids0/statistics/rx_packets'));
}
