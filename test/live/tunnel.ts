/**
 * Bulk traffic in a tunnel of the kernel, which leaves the segments of the packets inside to the card: nobody can tell
 * from outside what those would be, so GSO frames are copied as they are, cut to fit, and counted. What is not one
 * is whole, its inner checksum too.
 *
 *     client  10.3.0.2 vxlan7 -> veth1 -> veth0 -> vxlan7 10.3.0.1  host
 */
import t, { type Test } from 'tap';
import type { Namespace } from '../../lab/namespaces.js';
import { DIRECTIONS } from '../../src/plan/mirror-plan.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import { checkSums, laneOf, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { exchangeStreams, startStreamServer } from '../fixtures/live/traffic/streams.js';

/** As that of the copies: tshark looks inside, and the engine must not take it for its own. */
const TUNNEL_PORT = '4789';
/** More than a frame of the source's MTU has. */
const SUPER_BYTES = 1600;
/** What fits the way to the target. */
const ROOM = 9000 - 36;

function addTunnel(namespace: Namespace, local: string, remote: string, address: string): void {
  const ends = ['local', local, 'remote', remote, 'dstport', TUNNEL_PORT];
  namespace.ip('link', 'add', 'vxlan7', 'type', 'vxlan', 'id', '7', ...ends);
  namespace.ip('addr', 'add', `${address}/24`, 'dev', 'vxlan7');
  // Room for the tunnel's own headers, so that none of its packets is fragmented.
  namespace.ip('link', 'set', 'vxlan7', 'mtu', '1450', 'up');
}

async function mirrorTunnel(t: Test): Promise<void> {
  const { client, host, ids, directory, configure, start } = buildStand(t);
  addTunnel(host, '10.1.0.1', '10.1.0.2', '10.3.0.1');
  addTunnel(client, '10.1.0.2', '10.1.0.1', '10.3.0.2');
  await startStreamServer(host);
  const seen = await Recording.start(host, 'veth0', `${directory}/seen.pcap`, `udp port ${TUNNEL_PORT}`);
  const file = `${directory}/arrived.pcap`;
  const arrived = await Recording.start(ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const daemon = await start(configure({ ...mirrorEverything('veth0', 42), engine: ENGINES.ring }));
  await exchangeStreams(client, ['10.3.0.1']);
  client.ip('link', 'set', 'veth1', 'down');
  await seen.stop();
  const frames = seen.frames();
  const status = await daemon.until('all counted', (now) => sessionSum(now, 'mirrored') >= frames.length);
  await arrived.until(`${frames.length} copies`, (now) => now.length >= frames.length);
  await arrived.stop();
  t.equal(await daemon.stop(), 0, 'exit code');

  checkSums(t, status, 'accounting');
  t.equal(skippedSum(status), 0, 'nothing was skipped');
  const supers = frames.filter(({ bytes }) => bytes.length > SUPER_BYTES);
  const sessions = DIRECTIONS.map((direction) => laneOf(status, direction).sessions[0]!);
  const sum = (name: 'unsegmented' | 'segmented'): number =>
    sessions.reduce((total, session) => total + session[name], 0);
  t.equal(sum('segmented'), 0, 'none is taken apart');
  t.ok(sum('unsegmented') >= supers.length, `${sum('unsegmented')} GSO frames as they are`);
  const ledger = new Ledger();
  for (const { bytes } of supers) ledger.expect(bytes.toString('hex', 0, ROOM), `${bytes.length} bytes`);
  for (const { bytes } of arrived.frames().filter((frame) => isVxlan(frame.bytes))) {
    const { inner } = readCopy(bytes);
    if (inner.length > SUPER_BYTES) ledger.arrive(inner.toString('hex'), `${inner.length} bytes`);
  }
  ledger.check(t, 'GSO frames');
  const states = tsharkFields(file, ['tcp.checksum.status'], ['tcp.check_checksum:TRUE']).flatMap(
    (fields) => fields['tcp.checksum.status'],
  );
  const bad = states.filter((state) => state === '0').length;
  t.ok(bad <= sum('unsegmented'), `${bad} bad checksums inside, of GSO frames alone`);
  t.ok(states.filter((state) => state === '1').length > 0, 'good ones');
}

t.test('vxlan', { skip: skipUnless('tcpdump', 'tshark') }, mirrorTunnel);
