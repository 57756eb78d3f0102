/** The size of rings: they grow where they must, and share what memory there is. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { startDaemon } from '../../lab/daemon.js';
import type { SourceStatus, Status } from '../../src/status/status.js';
import { checkSums, readSum, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { EVERYTHING, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { loadBothWays, sourceOf, untilCounted } from '../fixtures/live/traffic/both-ways.js';
import { Load } from '../fixtures/live/traffic/load.js';

const MEBIBYTE = 1 << 20;

t.test(
  'auto: a ring grows under load, and every frame is counted once',
  { skip: skipUnless('nft') },
  async (t) => {
    const stand = buildStand(t, { silentTarget: true });
    const engine = { io: 'ring', ringMegabytes: 'auto' };
    const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine }));
    await daemon.until('it begins small', (now) => sourceOf(now).ringBytes === 4 * MEBIBYTE);
    const sent = await loadBothWays(stand);
    const status = await untilCounted(daemon, sent);
    const source = sourceOf(status);
    t.comment(
      `${sent} sent, ${readSum(status)} read, ${source.ringDropped} dropped, ${source.ringBytes >> 20} MiB`,
    );
    t.ok(source.ringBytes >= 16 * MEBIBYTE, `${source.ringBytes} bytes`);
    t.equal(
      readSum(status) + source.ringDropped,
      sent,
      'read + dropped = sent, over every change of the ring',
    );
    t.equal(sessionSum(status, 'matched'), sent - source.ringDropped, 'matched = passed - dropped');
    checkSums(t, status, 'grown');

    const { client, host } = stand;
    host.ip('link', 'del', 'veth0');
    await daemon.until('the device is gone', ({ lanes }) => lanes.every(({ state }) => state === 'waiting'));
    host.ip('link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', client.name);
    client.ip('link', 'set', 'veth1', 'up');
    host.ip('link', 'set', 'veth0', 'up');
    await daemon.until('it is followed', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
    const before = readSum(await daemon.status());
    const { sent: more } = await new Load(stand, 1, 1000).end();
    const after = await daemon.until('the new device is mirrored', (now) => readSum(now) >= before + more);
    checkSums(t, after, 'another device');
    t.equal(await daemon.stop(), 0, 'exit code');
  },
);

for (const { name, ringMegabytes, bound, want } of [
  { name: 'rings shrink before one is refused', ringMegabytes: 32, bound: 8, want: 5 },
  { name: 'not even the least for each: some wait, and say why', ringMegabytes: 32, bound: 3, want: 3 },
  { name: 'auto: likewise', ringMegabytes: 'auto', bound: 8, want: 5 },
] as const) {
  t.test(`the bound on all rings: ${name}`, { skip: skipUnless() }, async (t) => {
    const stand = buildStand(t);
    const devices = addDevices(stand, 5);
    const engine = { io: 'ring', ringMegabytes, ringMemoryMegabytes: bound };
    const daemon = await startDaemon(
      stand.host,
      stand.configure({ ...mirrorDevices(devices), engine }),
      stand.directory,
    );
    const status = await daemon.until('rings', (now) => capturingSources(now).length >= want);
    checkBound(t, status, bound);
    const waiting = status.lanes.filter(({ state }) => state === 'waiting');
    t.equal(waiting.length, 2 * (5 - want));
    for (const { reason } of waiting) t.match(reason, /raise engine\.ringMemoryMegabytes/);
    t.equal(status.health.state, want === 5 ? 'ok' : 'failing', 'health says so');
    t.equal(await daemon.stop(), 0, 'exit code');
  });
}

t.test('auto: rings in use are halved for sources that come', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const devices = addDevices(stand, 5);
  const engine = { io: 'ring', ringMegabytes: 'auto', ringMemoryMegabytes: 6 };
  const daemon = await stand.start(stand.configure({ ...mirrorDevices(devices.slice(0, 1)), engine }));
  await daemon.until('it begins small', (now) => sourceOf(now).ringBytes === 4 * MEBIBYTE);
  stand.configure({ ...mirrorDevices(devices), engine });
  await reload(daemon);
  const status = await daemon.until('every source has a ring', (now) => capturingSources(now).length === 5);
  // The larger ring is there for a moment more.
  await sleep(1500);
  checkBound(t, await daemon.status(), 6);
  t.equal(status.lanes.length, 10);
  t.equal(await daemon.stop(), 0, 'exit code');
});

function capturingSources({ lanes, sources }: Status): SourceStatus[] {
  const captured = new Set(
    lanes.filter(({ state }) => state === 'capturing').map(({ sourceId }) => sourceId),
  );
  return sources.filter(({ sourceId, ringBytes }) => captured.has(sourceId) && ringBytes > 0);
}

function checkBound(t: Test, status: Status, megabytes: number): void {
  const sizes = status.sources.map(({ ringBytes }) => ringBytes / MEBIBYTE);
  t.comment(`rings of ${sizes.join(', ')} MiB in ${megabytes}`);
  t.ok(sizes.reduce((sum, size) => sum + size, 0) <= megabytes, 'the bound holds');
  for (const { sourceId, ringBytes, ringWantedBytes } of capturingSources(status)) {
    t.ok(ringBytes >= MEBIBYTE, sourceId);
    if (ringBytes < 4 * MEBIBYTE) t.ok(ringBytes < ringWantedBytes, `${sourceId}: it was made smaller`);
  }
}

function addDevices({ host }: Stand, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    host.ip('link', 'add', `s${index}`, 'type', 'veth', 'peer', 'name', `p${index}`);
    for (const device of [`s${index}`, `p${index}`]) host.ip('link', 'set', device, 'up');
    return `s${index}`;
  });
}

/** One session for each device. */
function mirrorDevices(devices: readonly string[]): object {
  return {
    networkInterfaces: [
      ...devices.map((device) => ({ networkInterfaceId: `eni-${device}`, device })),
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: [
      { trafficMirrorFilterId: 'tmf', ingressFilterRules: EVERYTHING, egressFilterRules: EVERYTHING },
    ],
    trafficMirrorSessions: devices.map((device) => ({
      trafficMirrorSessionId: `tms-${device}`,
      networkInterfaceId: `eni-${device}`,
      trafficMirrorTargetId: 'tmt',
      trafficMirrorFilterId: 'tmf',
      sessionNumber: 1,
      virtualNetworkId: 5,
    })),
  };
}
