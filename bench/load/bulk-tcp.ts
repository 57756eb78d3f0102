/** What mirroring costs a workload that moves data in bulk over TCP, with segmentation offload. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTopology } from '../../lab/topology.js';
import type { Contender } from './contender.js';
import type { Scenario } from './scenario.js';

const SERVER_START_MS = 300;
const BITS_PER_GIGABIT = 1e9;

export interface BulkTcp {
  /** Gigabits a second that the client sends. */
  readonly gigabits: number;
  /** Copies a second that arrive at the target. */
  readonly mirroredPps: number;
}

/** The workload's server listens where the scenario's rules match. */
export async function measureBulkTcp(
  contender: Contender,
  scenario: Scenario,
  seconds: number,
): Promise<BulkTcp> {
  const topology = buildTopology({ targetMtu: 1600 });
  const { client, host, ids } = topology;
  const arrivals = (): number => Number(ids.run('cat', '/sys/class/net/ids0/statistics/rx_packets'));
  try {
    host.run('ping', '-c', '1', '-W', '1', '10.9.0.2');
    const mirroring = await contender.start(topology, scenario);
    const server = host.spawn('iperf3', ['--server', '--one-off', '--port', '80'], { stdio: 'ignore' });
    const ended = once(server, 'close');
    await sleep(SERVER_START_MS);
    const before = arrivals();
    const report = client.run(
      'iperf3',
      '--client',
      '10.1.0.1',
      '--port',
      '80',
      '--time',
      String(seconds),
      '--json',
    );
    await ended;
    await mirroring.stop();
    const gigabits = JSON.parse(report).end.sum_received.bits_per_second / BITS_PER_GIGABIT;
    return { gigabits, mirroredPps: (arrivals() - before) / seconds };
  } finally {
    topology.namespaces.close();
  }
}
