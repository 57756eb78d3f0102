/**
 * Production and copies on one link of 100 Mbit/s: who gets the larger part, and that every copy left out is counted. How
 * much each gets, and how soon, `npm run bench -- --neighbours` measures on a machine that has nothing else to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { produce, SHAPERS } from '../../lab/shared-link.js';
import type { SkipReason } from '../../src/counters/skip-reason.js';
import type { Status } from '../../src/status/status.js';
import { checkSums, ringDroppedSum, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';

const SERVER = '10.9.0.2';
const TARGET = '10.9.0.3';
const TIMES = ['--time', '3', '--omit', '1'];
/** Without giving way, production of which everything is mirrored gets half. */
const LARGER_PART = 0.65;
const skip = skipUnless('tc', 'nft', 'iperf3');

/** Copies are counted and dropped where they arrive: no answers, and no cost. */
function buildSharedLink(t: Test, shaper: string): Stand {
  const stand = buildStand(t, { targets: 2, targetMtu: 1600 });
  for (const words of SHAPERS[shaper] ?? []) stand.host.run('tc', ...words);
  stand.host.ip('route', 'add', SERVER, 'dev', 'mir0', 'mtu', '1500', 'advmss', '1460');
  const chain = 'type filter hook ingress device ids0 priority 0; policy accept;';
  stand.ids.run(
    'nft',
    `add table netdev copies; add chain netdev copies ingress { ${chain} }; ` +
      'add rule netdev copies ingress udp dport 4789 counter drop',
  );
  return stand;
}

function arrived({ ids }: Stand): number {
  const listed = ids.run('nft', 'list', 'chain', 'netdev', 'copies', 'ingress');
  return Number(/packets (\d+)/.exec(listed)?.[1]);
}

function skippedAs(reason: SkipReason, { lanes }: Status): number {
  return lanes
    .flatMap(({ sessions }) => sessions)
    .reduce((sum, { skipped }) => sum + (skipped[reason]?.packets ?? 0), 0);
}

/** Waits until whatever was captured is counted, and the queue is empty. */
async function settled(daemon: Daemon): Promise<Status> {
  let last = await daemon.status();
  for (;;) {
    await sleep(1000);
    const status = await daemon.status();
    if (sessionSum(status, 'matched') === sessionSum(last, 'matched')) return status;
    last = status;
  }
}

for (const shaper of Object.keys(SHAPERS)) {
  t.test(`production goes first, ${shaper}`, { skip }, async (t) => {
    const stand = buildSharedLink(t, shaper);
    const alone = await produce(stand.host, stand.ids, SERVER, ...TIMES);
    const daemon = await stand.start(
      stand.configure({ ...mirrorEverything('mir0', 5, TARGET), engine: ENGINES.ring }),
    );
    const beside = await produce(stand.host, stand.ids, SERVER, ...TIMES);
    const status = await settled(daemon);
    t.ok(beside >= LARGER_PART * alone, `${beside.toFixed(1)} of ${alone.toFixed(1)} Mbit/s`);
    checkSums(t, status, 'accounting');
    const [priority, buffers] = [skippedAs('priority', status), skippedAs('buffers', status)];
    t.comment(`${sessionSum(status, 'mirrored')} mirrored, ${priority} as priority, ${buffers} as buffers`);
    if (shaper === 'tbf + pfifo_fast')
      t.equal(priority, 0, 'a queue that knows priorities does it by itself');
    else t.ok(priority > 0, `${priority} copies gave way`);
    t.equal(skippedSum(status), priority + buffers, 'for no other reason');
    t.equal(arrived(stand), sessionSum(status, 'mirrored'), 'all others arrive');

    // Production has stopped: copies go without a limit.
    stand.host.run('ping', '-q', '-c', '200', '-i', '0.002', '-s', '1000', SERVER);
    const after = await settled(daemon);
    t.equal(skippedSum(after), skippedSum(status), 'nothing is skipped any more');
    t.equal(await daemon.stop(), 0, 'exit code');
  });
}

t.test('copies alone, more than the link carries', { skip }, async (t) => {
  const stand = buildSharedLink(t, 'tbf');
  const { client, host } = stand;
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', 5, TARGET), engine: ENGINES.ring }),
  );
  await produce(client, host, '10.1.0.1', ...TIMES, '--udp', '--length', '1400', '--bitrate', '150M');
  const status = await settled(daemon);
  t.equal(skippedAs('priority', status), 0, 'give way to nobody');
  t.ok(skippedAs('buffers', status) > 0, 'what the queue drops is told');
  t.equal(arrived(stand), sessionSum(status, 'mirrored'), 'all others arrive');
  t.equal(ringDroppedSum(status), 0, 'no frame is lost');
  checkSums(t, status, 'accounting');
  t.equal(await daemon.stop(), 0, 'exit code');
});
