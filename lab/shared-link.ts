/** A link to the target that production needs too: shapers for it, and production over it. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from './namespaces.js';

/** What a link shaped by `SHAPERS` carries, in megabits a second. */
export const LINK_MEGABITS = 100;

const TBF = ['tbf', 'rate', `${LINK_MEGABITS}mbit`, 'burst', '32kb', 'latency', '50ms'];
/** Commands of tc(8) for mir0. */
export const SHAPERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  tbf: [['qdisc', 'add', 'dev', 'mir0', 'root', ...TBF]],
  'tbf + pfifo_fast': [
    ['qdisc', 'add', 'dev', 'mir0', 'root', 'handle', '1:', ...TBF],
    ['qdisc', 'add', 'dev', 'mir0', 'parent', '1:1', 'handle', '10:', 'pfifo_fast'],
  ],
  htb: [
    ['qdisc', 'add', 'dev', 'mir0', 'root', 'handle', '1:', 'htb', 'default', '1'],
    ['class', 'add', 'dev', 'mir0', 'parent', '1:', 'classid', '1:1', 'htb', 'rate', `${LINK_MEGABITS}mbit`],
  ],
};

const SERVER_START_MS = 500;

/**
 * Traffic of iperf3 from one namespace to an address of another.
 * @param options of its client. @returns megabits a second that arrived.
 */
export async function produce(
  from: Namespace,
  to: Namespace,
  address: string,
  ...options: readonly string[]
): Promise<number> {
  const server = to.spawn('iperf3', ['--server', '--one-off', '--bind', address], { stdio: 'ignore' });
  const ended = once(server, 'close');
  await sleep(SERVER_START_MS);
  const client = from.spawn('iperf3', ['--client', address, '--json', ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let report = '';
  client.stdout?.on('data', (text: Buffer) => {
    report += text.toString();
  });
  await Promise.all([once(client, 'close'), ended]);
  const { sum_received, sum } = JSON.parse(report).end;
  return (sum_received ?? sum).bits_per_second / 1e6;
}
