/** Both directions of a source through one ring: in the order of the wire, with exact drops. */
import t from 'tap';
import { checkSums, laneOf, readSum, ringDroppedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { disableOffloads } from '../fixtures/live/network/offloads.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { loadBothWays, sourceOf, untilCounted } from '../fixtures/live/traffic/both-ways.js';

const PINGS = 150;

t.test('in the order of the wire', { skip: skipUnless('tcpdump', 'ping', 'ethtool') }, async (t) => {
  const stand = buildStand(t);
  const { client, host, ids, directory } = stand;
  disableOffloads(host, 'veth0');
  disableOffloads(client, 'veth1');
  const wire = await Recording.start(host, 'veth0', `${directory}/wire.pcap`, 'icmp');
  const copies = await Recording.start(ids, 'ids0', `${directory}/copies.pcap`, '-Q', 'in', 'udp');
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', 5), engine: { io: 'ring' } }),
  );
  // Each question comes before its answer, and the next one after it: there is one order, whoever looks.
  for (const [from, to] of [
    [client, '10.1.0.1'],
    [host, '10.1.0.2'],
  ] as const) {
    from.run('ping', '-q', '-c', `${PINGS}`, '-i', '0.002', to);
  }
  const passed = 4 * PINGS;
  await wire.until('every frame at the source', (frames) => frames.length >= passed);
  const isIcmp = (bytes: Buffer): boolean => bytes.readUInt16BE(12) === 0x0800 && bytes[23] === 1;
  const inner = (): string[] =>
    copies
      .frames()
      .map(({ bytes }) => readCopy(bytes).inner)
      .filter(isIcmp)
      .map((bytes) => bytes.toString('hex'));
  await copies.until('every copy', () => inner().length >= passed);
  t.same(
    inner(),
    wire.frames().map(({ bytes }) => bytes.toString('hex')),
    `${passed} copies in the order in which tcpdump saw the frames`,
  );
  await Promise.all([wire.stop(), copies.stop()]);
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test(
  'drops under overload: exact for the source, shared by its lanes',
  { skip: skipUnless('nft') },
  async (t) => {
    const stand = buildStand(t, { silentTarget: true });
    const engine = { io: 'ring', ringMegabytes: 1 };
    const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine }));
    const sent = await loadBothWays(stand);
    const status = await untilCounted(daemon, sent);
    const source = sourceOf(status);
    const lanes = (['ingress', 'egress'] as const).map((direction) => laneOf(status, direction));
    t.comment(
      `${sent} sent, ${readSum(status)} read, ${lanes.map((lane) => lane.ringDropped).join(' + ')} dropped`,
    );
    t.equal(readSum(status) + source.ringDropped, sent, 'read + dropped by the ring = sent');
    t.ok(source.ringDropped > 0, 'it was too much');
    t.equal(ringDroppedSum(status), source.ringDropped, 'the shares add up');
    for (const { direction, ringDropped, read } of lanes) {
      t.ok(Number.isInteger(ringDropped) && ringDropped > 0 && read.packets > 0, direction);
    }
    const { NetworkPacketsSkipMirrorIn: skippedIn, NetworkPacketsSkipMirrorOut: skippedOut } = source;
    t.ok(skippedIn + skippedOut >= source.ringDropped, 'they are in the eight metrics');
    checkSums(t, status, 'after the load');
    t.equal(await daemon.stop(), 0, 'exit code');
  },
);
