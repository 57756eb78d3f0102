/** Copies that leave by a link of 100 Mbit/s that production needs too, and the code point that they carry. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { Status } from '../../src/status/status.js';
import { checkSums, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';

const SERVER = '10.9.0.2';
const TARGET = '10.9.0.3';
const SECONDS = 6;
const SERVER_START_MS = 500;
const LEAST_PART = 0.9;
/** CS1 in the upper six bits. */
const CS1 = 8 << 2;

const SHAPERS: Readonly<Record<string, readonly string[][]>> = {
  tbf: [
    ['qdisc', 'add', 'dev', 'mir0', 'root', 'tbf', 'rate', '100mbit', 'burst', '32kb', 'latency', '50ms'],
  ],
  htb: [
    ['qdisc', 'add', 'dev', 'mir0', 'root', 'handle', '1:', 'htb', 'default', '1'],
    ['class', 'add', 'dev', 'mir0', 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '100mbit'],
  ],
};

/** Copies are dropped where they arrive: no answers, and no cost. */
function buildSharedLink(t: Test, shaper: string): Stand {
  const stand = buildStand(t, { targets: 2, targetMtu: 1600 });
  for (const words of SHAPERS[shaper] ?? []) stand.host.run('tc', ...words);
  const chain = 'type filter hook ingress device ids0 priority 0; policy accept;';
  stand.ids.run(
    'nft',
    `add table netdev silent; add chain netdev silent ingress { ${chain} }; ` +
      'add rule netdev silent ingress udp dport 4789 drop',
  );
  return stand;
}

/** Production over the link. @returns megabits a second that arrived. */
async function produce({ host, ids }: Stand, ...options: string[]): Promise<number> {
  const server = ids.spawn('iperf3', ['--server', '--one-off', '--bind', SERVER], { stdio: 'ignore' });
  const ended = once(server, 'close');
  await sleep(SERVER_START_MS);
  const client = host.spawn(
    'iperf3',
    ['--client', SERVER, '--time', String(SECONDS), '--omit', '1', '--json', ...options],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let report = '';
  client.stdout?.on('data', (text: Buffer) => {
    report += text.toString();
  });
  await Promise.all([once(client, 'close'), ended]);
  const { sum_received, sum } = JSON.parse(report).end;
  return (sum_received ?? sum).bits_per_second / 1e6;
}

const packets = (status: Status, reason: string): number =>
  status.lanes
    .flatMap(({ sessions }) => sessions)
    .reduce((sum, { skipped }) => sum + (skipped[reason as keyof typeof skipped]?.packets ?? 0), 0);

async function settled(daemon: Daemon): Promise<Status> {
  await sleep(1500);
  return daemon.status();
}

for (const shaper of Object.keys(SHAPERS)) {
  t.test(shaper, { skip: skipUnless('tc', 'nft', 'iperf3') }, async (t) => {
    const stand = buildSharedLink(t, shaper);
    const alone = await produce(stand);
    const configuration = { ...mirrorEverything('mir0', 5, TARGET), engine: ENGINES.ring };
    const daemon = await stand.start(stand.configure(configuration));
    const fits = await produce(stand, '--udp', '--length', '1400', '--bitrate', '30M');
    const calm = await settled(daemon);
    t.comment(`30 Mbit/s: ${fits.toFixed(1)} arrived, ${sessionSum(calm, 'mirrored')} copies`);
    t.ok(sessionSum(calm, 'mirrored') > 0, 'mirrored');
    t.equal(packets(calm, 'priority'), 0, 'what fits is not skipped');
    const beside = await produce(stand);
    const status = await settled(daemon);
    t.ok(beside >= LEAST_PART * alone, `TCP: ${beside.toFixed(1)} of ${alone.toFixed(1)} Mbit/s`);
    t.ok(packets(status, 'priority') > 0, `${packets(status, 'priority')} copies gave way`);
    checkSums(t, status, 'accounting');

    // A second after production has stopped, copies go without a limit.
    const before = skippedSum(status);
    stand.host.run('ping', '-q', '-c', '200', '-i', '0.002', '-s', '1000', SERVER);
    const after = await settled(daemon);
    t.equal(skippedSum(after), before, 'nothing is skipped any more');
    t.equal(await daemon.stop(), 0, 'exit code');
  });
}

async function seeCodePoint(t: Test, io: IoPath): Promise<void> {
  const { client, ids, directory, configure, start } = buildStand(t);
  const arrived = await Recording.start(
    ids,
    'ids0',
    `${directory}/arrived.pcap`,
    '-Q',
    'in',
    'udp port 4789',
  );
  const daemon = await start(configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] }));
  client.run('ping', '-c', '5', '-i', '0.2', '10.1.0.1');
  await daemon.until('all mirrored', (status) => sessionSum(status, 'mirrored') >= 8);
  await arrived.until('copies', (frames) => frames.length >= 8);
  await arrived.stop();
  const classes = new Set(arrived.frames().map(({ bytes }) => bytes[15]));
  t.strictSame([...classes], [CS1], 'every copy carries CS1');
  t.equal(await daemon.stop(), 0, 'exit code');
}

for (const io of IO_PATHS_AND_DIRECT) {
  t.test(`code point, ${io}`, { skip: skipUnless('tcpdump') || skipIo(io) }, (t) => seeCodePoint(t, io));
}
