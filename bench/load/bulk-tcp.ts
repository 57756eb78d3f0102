/** What mirroring costs a workload that moves data in bulk over TCP, with segmentation offload. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { copiesArrived, silence, withStand } from '../stand.js';
import type { Contender } from './contender.js';
import type { Scenario } from './scenario.js';

const SERVER_START_MS = 300;
const BITS_PER_GIGABIT = 1e9;
const PORT = '80';

export interface BulkTcp {
  /** Gigabits a second that the server gets. */
  readonly gigabits: number;
  /** Copies a second that arrive at the target. */
  readonly mirroredPps: number;
  /** Frames for which the contender's rings had no room; absent: it does not say. */
  readonly ringDropped?: number;
}

/** The workload's server listens where the scenario's rules match. */
export function measureBulkTcp(contender: Contender, scenario: Scenario, seconds: number): Promise<BulkTcp> {
  return withStand({ targetMtu: 1600 }, async (stand) => {
    const { topology } = stand;
    const { client, host } = topology;
    silence(topology);
    const mirroring = await contender.start(stand, scenario);
    const server = host.spawn('iperf3', ['--server', '--one-off', '--port', PORT], { stdio: 'ignore' });
    const ended = once(server, 'close');
    await sleep(SERVER_START_MS);
    const to = ['--client', '10.1.0.1', '--port', PORT];
    const child = client.spawn('iperf3', [...to, '--time', `${seconds}`, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let report = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      report += text;
    });
    await Promise.all([once(child, 'close'), ended]);
    const { sum_received } = JSON.parse(report).end;
    const mirroredPps = copiesArrived(topology) / seconds;
    const ringDropped = await mirroring.ringDropped();
    await mirroring.stop();
    return {
      gigabits: sum_received.bits_per_second / BITS_PER_GIGABIT,
      mirroredPps,
      ...(ringDropped !== undefined && { ringDropped }),
    };
  });
}
