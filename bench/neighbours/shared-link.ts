/** Production on a link of 100 Mbit/s that the copies leave by: what it pays, and what copies get. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../lab/daemon.js';
import type { Namespace } from '../../lab/namespaces.js';
import { LINK_MEGABITS, produce, SHAPERS } from '../../lab/shared-link.js';
import type { Topology } from '../../lab/topology.js';
import type { Status } from '../../src/status/status.js';
import { withStand } from '../stand.js';
import { mirrorEverything } from './configuration.js';
import type { Figure, Scenario } from './scenario.js';

/** Production goes to the one, copies to the other: both behind the same link. */
const SERVER = '10.9.0.2';
const TARGET = '10.9.0.3';
const SECONDS = 5;
/** Left out of every figure: connections begin slowly. */
const OMITTED_SECONDS = 1;
const TIMES = ['--time', String(SECONDS), '--omit', String(OMITTED_SECONDS)];
const UDP = ['--udp', '--length', '1400', '--bitrate'];
/** Ethernet, IPv4 and UDP headers of such a packet. */
const UDP_LINK_PART = (1400 + 42) / 1400;
const STATUS_MS = 1500;
const COPIES_START_MS = 1500;
const PRODUCTION_MS = 3000;
const WATCH_MS = 3000;
const FULL_RATE = 0.95;
/** Samples of the copies' rate are taken so often, and a rate is looked at over so many of them. */
const SAMPLE_SECONDS = '0.02';
const RATE_SAMPLES = 5;

const productionPart = (atLeast: number): Figure => ({
  name: 'production, of what it has without a mirror',
  unit: 'x',
  digits: 3,
  atLeast,
});

export function sharedLinkScenarios(): readonly Scenario[] {
  const shapers = Object.keys(SHAPERS);
  return [
    ...shapers.map((shaper) => tcpBeside(shaper, 'mir0')),
    ...shapers.map((shaper) => tcpBeside(shaper, 'veth0')),
    {
      name: 'production of 30 of 100 Mbit/s, copies fit',
      goal: [{ name: 'skipped', unit: '', digits: 0, atMost: 0 }, productionPart(0.99)],
      run: async () => {
        const { production, skipped } = await udpBeside(30);
        return [skipped, production];
      },
    },
    {
      name: 'production of 60 of 100 Mbit/s',
      goal: [
        { name: 'mirrored, of what the link has left', unit: '%', digits: 1, atLeast: 80 },
        productionPart(0.99),
      ],
      run: async () => {
        const { production, megabits } = await udpBeside(60);
        return [(100 * megabits) / (LINK_MEGABITS - 60 * UDP_LINK_PART), production];
      },
    },
    {
      name: 'production stops',
      goal: [{ name: 'copies at their full rate after', unit: 'ms', digits: 0, atMost: 1000 }],
      run: async () => [await returnMs()],
    },
    {
      name: 'copies alone, 150 Mbit/s of them',
      goal: [
        { name: 'skipped', unit: '', digits: 0, atMost: 0 },
        { name: 'of the link', unit: '%', digits: 1, atLeast: 95 },
      ],
      run: alone,
    },
  ];
}

function tcpBeside(shaper: string, source: 'mir0' | 'veth0'): Scenario {
  const which = source === 'mir0' ? 'of the host' : 'through a veth';
  return {
    name: `TCP ${which} on ${shaper}`,
    goal: [productionPart(0.95)],
    run: () =>
      withLink(shaper, async (link) => {
        const from = source === 'mir0' ? link.topology.host : link.topology.client;
        const before = await link.produce(from, ...TIMES);
        await link.mirror(source);
        return [(await link.produce(from, ...TIMES)) / before];
      }),
  };
}

async function udpBeside(
  megabits: number,
): Promise<{ production: number; skipped: number; megabits: number }> {
  return withLink('tbf', async (link) => {
    const { host } = link.topology;
    const options = [...TIMES, ...UDP, `${megabits}M`];
    const before = await link.produce(host, ...options);
    const daemon = await link.mirror('mir0');
    const production = link.produce(host, ...options);
    await sleep(COPIES_START_MS);
    const [from, fromMs] = [link.copyBytes(), performance.now()];
    await sleep((SECONDS - OMITTED_SECONDS) * 1000);
    const [to, toMs] = [link.copyBytes(), performance.now()];
    const beside = await production;
    await sleep(STATUS_MS);
    return {
      production: beside / before,
      skipped: priorityPackets(await daemon.status()),
      megabits: ((to - from) * 8) / (toMs - fromMs) / 1000,
    };
  });
}

/** Copies of what does not need the link, beside production that stops all at once. */
async function returnMs(): Promise<number> {
  return withLink('tbf', async (link) => {
    const { client, host, ids } = link.topology;
    await link.mirror('veth0');
    const other = produce(client, host, '10.1.0.1', '--time', '12', ...UDP, '60M');
    await sleep(2000);
    const server = ids.spawn('iperf3', ['--server', '--one-off', '--bind', SERVER], { stdio: 'ignore' });
    await sleep(500);
    const production = host.spawn('iperf3', ['--client', SERVER, '--time', '60'], { stdio: 'ignore' });
    await sleep(PRODUCTION_MS);
    const sampler = ids.spawn('sh', ['-c', SAMPLER], { stdio: ['ignore', 'pipe', 'ignore'] });
    let samples = '';
    sampler.stdout?.on('data', (text: Buffer) => {
      samples += text.toString();
    });
    await sleep(500);
    production.kill('SIGKILL');
    const stoppedMs = Date.now();
    await once(production, 'close');
    server.kill('SIGKILL');
    await sleep(WATCH_MS);
    sampler.kill('SIGKILL');
    await other;
    return fullRateAfter(samples, stoppedMs);
  });
}

/** Lines of milliseconds, and of the packets and bytes of copies that arrived. */
const SAMPLER =
  'while :; do echo $(date +%s%3N) $(nft list chain netdev copies ingress | ' +
  `sed -n 's/.*packets \\([0-9]*\\) bytes \\([0-9]*\\).*/\\1 \\2/p'); sleep ${SAMPLE_SECONDS}; done`;

/** @returns milliseconds from the stop until what arrives keeps to its rate at the end. */
function fullRateAfter(samples: string, stoppedMs: number): number {
  const points = samples
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const rates = points.slice(RATE_SAMPLES).map(([ms, , bytes], index) => ({
    ms,
    rate: (bytes - points[index][2]) / (ms - points[index][0]),
  }));
  const after = rates.filter(({ ms }) => ms > stoppedMs);
  const half = after.slice(Math.floor(after.length / 2), -1);
  const full = half.reduce((sum, { rate }) => sum + rate, 0) / half.length;
  const reached = after.find(({ rate }) => rate >= FULL_RATE * full);
  return (reached?.ms ?? Number.POSITIVE_INFINITY) - stoppedMs;
}

/** Copies of what does not need the link, more than it carries. */
async function alone(): Promise<number[]> {
  return withLink('tbf', async (link) => {
    const { client, host } = link.topology;
    const daemon = await link.mirror('veth0');
    const other = produce(client, host, '10.1.0.1', ...TIMES, ...UDP, '150M');
    await sleep(COPIES_START_MS);
    const [from, fromMs] = [link.copyBytes(), performance.now()];
    await sleep((SECONDS - OMITTED_SECONDS) * 1000);
    const [to, toMs] = [link.copyBytes(), performance.now()];
    await other;
    await sleep(STATUS_MS);
    const megabits = ((to - from) * 8) / (toMs - fromMs) / 1000;
    return [priorityPackets(await daemon.status()), (100 * megabits) / LINK_MEGABITS];
  });
}

function priorityPackets({ lanes }: Status): number {
  return lanes
    .flatMap(({ sessions }) => sessions)
    .reduce((sum, { skipped }) => sum + (skipped.priority?.packets ?? 0), 0);
}

interface Link {
  readonly topology: Topology;
  produce(from: Namespace, ...options: readonly string[]): Promise<number>;
  /** Starts a daemon that mirrors all of a device. */
  mirror(device: string): Promise<Daemon>;
  /** Bytes of copies that arrived, with their Ethernet headers. */
  copyBytes(): number;
}

async function withLink<T>(shaper: string, use: (link: Link) => Promise<T>): Promise<T> {
  return withStand({ targets: 2, targetMtu: 1600 }, async ({ topology, start }) => {
    const { client, host, ids } = topology;
    for (const words of SHAPERS[shaper] ?? []) host.run('tc', ...words);
    // Packets of production have the usual length, so that copies need not be cut.
    host.ip('route', 'add', SERVER, 'dev', 'mir0', 'mtu', '1500', 'advmss', '1460');
    host.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    client.ip('route', 'add', 'default', 'via', '10.1.0.1');
    ids.ip('route', 'add', '10.1.0.0/24', 'via', '10.9.0.1');
    for (const address of [SERVER, TARGET]) host.run('ping', '-c', '1', '-W', '1', address);
    const chain = 'type filter hook ingress device ids0 priority 0; policy accept;';
    ids.run(
      'nft',
      `add table netdev copies; add chain netdev copies ingress { ${chain} }; ` +
        'add rule netdev copies ingress udp dport 4789 counter drop',
    );
    return use({
      topology,
      produce: (from, ...options) => produce(from, ids, SERVER, ...options),
      mirror: (device) => start(mirrorEverything({ devices: [device], address: TARGET })),
      copyBytes: () => {
        const listed = ids.run('nft', 'list', 'chain', 'netdev', 'copies', 'ingress');
        const [, packets = 0, bytes = 0] = /packets (\d+) bytes (\d+)/.exec(listed)?.map(Number) ?? [];
        return bytes + packets * 14;
      },
    });
  });
}
