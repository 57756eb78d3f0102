/** One stream of frames as both directions of a source. */
import t from 'tap';
import { MemorySource } from '../../src/io/memory.js';
import { Replay } from '../../src/mirror/replay.js';
import { hex } from '../fixtures/frames/hex.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { CUT, sourcePlan } from '../fixtures/plans/builders.js';

const HOST = [2, 0, 0, 0, 0, 0xaa];
const PEER = [2, 0, 0, 0, 0, 0xbb];
const fromHost = frame(ethernet({ source: HOST, destination: PEER }), ipv4(), udp());
const fromPeer = frame(ethernet({ source: PEER, destination: HOST }), ipv4(), udp());
const plan = sourcePlan([{ rules: [{}] }, { egress: [{}] }]);

function replay(frames: readonly Uint8Array[], egressMac?: Uint8Array, source = plan) {
  const packets: Uint8Array[] = [];
  const pipeline = new Replay(source, CUT, egressMac, (bytes, offset, length) =>
    packets.push(bytes.slice(offset, offset + length)),
  );
  new MemorySource(frames).pull(pipeline, Infinity);
  return { packets, lanes: pipeline.counts() };
}

t.test('direction', async (t) => {
  const rows = [
    { name: 'no MAC: everything is ingress', mac: undefined, want: [3, 0] },
    { name: 'frames from the MAC are egress', mac: HOST, want: [1, 2] },
    { name: 'frames to the MAC are not', mac: PEER, want: [2, 1] },
    { name: 'a MAC that nobody has', mac: [2, 0, 0, 0, 0, 0xab], want: [3, 0] },
  ];
  for (const { name, mac, want } of rows) {
    const { lanes } = replay([fromHost, fromPeer, fromHost], mac && Uint8Array.from(mac));
    t.same(
      lanes.map(({ direction, read }) => `${direction} ${read.packets}`),
      [`ingress ${want[0]}`, `egress ${want[1]}`],
      name,
    );
  }
});

t.test('a frame too short for two addresses is ingress, and unparsable', async (t) => {
  const { lanes, packets } = replay([fromHost.slice(0, 11)], Uint8Array.from(HOST));
  t.same(
    lanes.map(({ read, unparsable }) => [read.packets, unparsable]),
    [
      [1, 1],
      [0, 0],
    ],
  );
  t.same(packets, []);
});

t.test('packets come out in the order of the frames, each with the VNI of its session', async (t) => {
  const { packets } = replay([fromHost, fromPeer, fromHost], Uint8Array.from(HOST));
  t.same(
    packets.map((packet) => [packet[34], packet.slice(36)]),
    [
      [101, fromHost],
      [100, fromPeer],
      [101, fromHost],
    ],
  );
});

t.test('outer source', async (t) => {
  const sourceOf = (source: typeof plan): Uint8Array | undefined =>
    replay([fromPeer], undefined, source).packets[0]?.slice(12, 16);
  t.same(sourceOf({ ...plan, address: '10.1.0.1' }), hex('0a010001'), 'the address of the source');
  t.same(sourceOf(plan), hex('c0000201'), 'without one: 192.0.2.1');
});
