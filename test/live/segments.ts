/**
 * What the engine makes of GSO frames and unfinished checksums is what the kernel makes of them, byte for byte: the
 * same frames pass the mirrored device, and then a device without offloads, for which the kernel segments in
 * software.
 *
 *     client  veth1 -> veth0  host  bridge -> plain0 -> plain1  client
 *                        \ mirror -> mir0 -> ids0  ids
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { joinByVeth } from '../../lab/namespaces.js';
import { ENCAPSULATION_OPTIONS, type EncapsulationName } from '../../src/plan/mirror-plan.js';
import { unfinishedFrame } from '../fixtures/frames/gso-frame.js';
import { evalIn } from '../fixtures/linux/eval-in.js';
import { checkSums, laneOf, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { disableOffloads } from '../fixtures/live/network/offloads.js';
import { isGeneve, readGeneveCopy } from '../fixtures/live/oracle/geneve-copy.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, type IoPath, skipUnless } from '../fixtures/live/requirements.js';
import { Random } from '../fixtures/plans/random.js';

const FRAMES = 250;
const MTU = 9000;
const ONLY_IP = ['-Q', 'in', 'ip or ip6 or vlan'];

/** How copies are asked for, known and read. */
const ENCAPSULATIONS = {
  vxlan: { target: {}, isCopy: isVxlan, read: (bytes: Buffer) => readCopy(bytes).inner },
  geneve: {
    target: { encapsulation: 'geneve', encapsulationOptions: ENCAPSULATION_OPTIONS },
    isCopy: isGeneve,
    read: (bytes: Buffer) => {
      const { inner, options } = readGeneveCopy(bytes);
      assert.equal(options.originalLength, inner.length, 'the length of the segment');
      return inner;
    },
  },
} as const;

async function compare(t: Test, io: IoPath, seed: number, name: EncapsulationName): Promise<void> {
  const { target, isCopy, read } = ENCAPSULATIONS[name];
  const stand = buildStand(t, { sourceMtu: MTU, targetMtu: MTU });
  const { client, host, ids, directory } = stand;
  joinByVeth(
    { namespace: host, device: 'plain0', addresses: [], mtu: MTU },
    { namespace: client, device: 'plain1', addresses: [], mtu: MTU },
  );
  disableOffloads(host, 'plain0');
  // A bridge that snoops reports itself to 224.0.0.106 up to a second later: a frame that nobody sent here.
  host.ip('link', 'add', 'br0', 'mtu', String(MTU), 'type', 'bridge', 'mcast_snooping', '0');
  for (const device of ['veth0', 'plain0']) host.ip('link', 'set', device, 'master', 'br0');
  host.ip('link', 'set', 'br0', 'up');
  const configuration = {
    ...mirrorEverything('veth0', 42),
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target', ...target }],
    engine: ENGINES[io],
  };
  const daemon = await stand.start(stand.configure(configuration));
  const segmented = await Recording.start(client, 'plain1', `${directory}/kernel.pcap`, ...ONLY_IP);
  const mirrored = await Recording.start(ids, 'ids0', `${directory}/mirrored.pcap`, '-Q', 'in', 'not arp');

  const random = new Random(seed);
  const frames = Array.from({ length: FRAMES }, () => unfinishedFrame(random));
  const file = `${directory}/frames.json`;
  const hex = frames.map(({ offloads, bytes }) => Buffer.concat([offloads, bytes]).toString('hex'));
  writeFileSync(file, JSON.stringify(hex));
  evalIn(
    client,
    `const { readFileSync } = await import('node:fs');
     const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { intValue, packetAddress } = await import(dist + 'src/linux/sockaddr.js');
     const { setTimeout: sleep } = await import('node:timers/promises');
     const libc = await openLibc();
     const socket = libc.socket(17, 3, 0);
     libc.setOption('PACKET_VNET_HDR', socket, 263, 15, intValue(1));
     libc.setOption('SO_SNDBUF', socket, 1, 7, intValue(1 << 22));
     libc.bind(socket, packetAddress(0, libc.interfaceIndex('veth1')));
     for (const frame of JSON.parse(readFileSync(${JSON.stringify(file)}))) {
       libc.send(socket, Buffer.from(frame, 'hex'));
       await sleep(2);
     }`,
  );
  const status = await daemon.until(`${FRAMES} frames`, (now) => sessionSum(now, 'matched') >= FRAMES);
  const [counts] = laneOf(status, 'ingress').sessions;
  const due = FRAMES - counts!.segmented + counts!.segments;
  await mirrored.until(`${due} copies`, (now) => now.filter(({ bytes }) => isCopy(bytes)).length >= due);
  await Promise.all([mirrored.stop(), segmented.stop()]);
  t.equal(await daemon.stop(), 0);

  const expected = segmented.frames().map(({ bytes }) => bytes.toString('hex'));
  const copies = mirrored.frames().filter(({ bytes }) => isCopy(bytes));
  const inner = copies.map(({ bytes }) => read(bytes).toString('hex'));
  t.ok(expected.length > 5 * FRAMES, `the kernel made ${expected.length} segments`);
  t.equal(inner.length, expected.length, 'as many copies');
  const differing = inner.findIndex((copy, index) => copy !== expected[index]);
  t.equal(differing, -1, 'the first that differs');
  if (differing !== -1) t.comment(`kernel ${expected[differing]}\nmirror ${inner[differing]}`);
  t.equal(counts!.segmented, frames.filter(({ isGso }) => isGso).length, 'GSO frames are counted');
  t.equal(counts!.unsegmented, 0, 'none passed as it was');
  checkSums(t, status, io);
}

const skip = skipUnless('tcpdump', 'ethtool');
for (const [seed, io] of (['ring', 'ring', 'direct', 'xdp'] as const).entries()) {
  t.test(`${io}, seed ${seed}`, { skip }, (t) => compare(t, io, seed, 'vxlan'));
}
for (const [seed, io] of (['ring', 'direct', 'xdp'] as const).entries()) {
  t.test(`${io}, GENEVE with options, seed ${seed}`, { skip }, (t) => compare(t, io, seed, 'geneve'));
}
