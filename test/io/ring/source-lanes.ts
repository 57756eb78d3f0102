/** Batches of the lanes of a source: several blocks are sent at once, and go back then. */
import t from 'tap';
import { LANE_LATENCY_MICROSECONDS } from '../../../src/counters/layout.js';
import { SourceLanes } from '../../../src/io/ring/source-lanes.js';
import { BLOCK_BYTES } from '../../../src/linux/packet-ring.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { FakeCapture, FakeNamespace } from '../../fixtures/io/fake-capture.js';
import { fakeRing } from '../../fixtures/io/fake-rings.js';

/** Blocks of the fake ring, which has a megabyte. */
const BLOCKS = (1 << 20) / BLOCK_BYTES;
const FRAME = frame(ethernet(), ipv4(), udp());
const WHOLE = Number.POSITIVE_INFINITY;

t.test('blocks of a batch are sent at once, and go back then', async (t) => {
  const { kernel, source } = fakeRing();
  const fake = new FakeCapture(new FakeNamespace());
  const { ingress } = fake.wanted;
  const batches: number[] = [];
  const consumer = { consume: ingress!.consumer.consume, endBatch: () => batches.push(0) };
  const lanes = new SourceLanes({ ingress: { ...ingress!, consumer } }, fake.counters);
  const reads: number[] = [];
  const clock = {
    read: () => reads.push(0),
    microsecondsSince: (_seconds: number, nanoseconds: number) => 1000 - nanoseconds,
  };
  let isSending = true;
  for (let block = 0; block < BLOCKS; block++) {
    kernel.receive(block, FRAME);
    kernel.handOver();
    t.ok(source.load());
    t.equal(lanes.take(source, WHOLE), 1);
  }
  t.equal(batches.length, 0, 'nothing is sent before the end');
  t.notOk(source.load());
  t.notOk(kernel.receive(99, FRAME), 'no block is given back before');
  lanes.endBatch({ clock, inFlight: () => () => !isSending });
  t.equal(batches.length, 1);
  t.equal(reads.length, 1, 'the clock is asked once');
  const latency = fake.counters.values[ingress!.bases.base + LANE_LATENCY_MICROSECONDS];
  t.equal(latency, BLOCKS * 1000 - (BLOCKS * (BLOCKS - 1)) / 2, 'the latency of each block');
  t.notOk(source.load());
  t.notOk(kernel.receive(99, FRAME), 'nor while the kernel sends from it');
  isSending = false;
  t.notOk(source.load());
  t.ok(kernel.receive(99, FRAME));
  lanes.endBatch({ clock, inFlight: () => undefined });
  t.equal(batches.length, 1, 'an empty batch costs nothing');
});
