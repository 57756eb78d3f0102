/** Frames from memory, the plainest source, which every other one must look like; and copies into memory. */
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import {
  SESSION_LENGTH,
  SESSION_MIRRORED_BYTES,
  SESSION_MIRRORED_PACKETS,
} from '../../src/counters/layout.js';
import { buildOuterHeader } from '../../src/encapsulate/build-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { HEADROOM_BYTES } from '../../src/io/frame.js';
import { MemorySink, MemorySource } from '../../src/io/memory.js';
import { hex } from '../fixtures/frames/hex.js';
import { FrameList } from '../fixtures/io/fake-rings.js';
import { frameOf } from '../fixtures/mirror/mirroring.js';
import { CUT } from '../fixtures/plans/builders.js';

const FRAMES = [hex('01'), hex('0202'), hex('030303')];

t.test('budget and end', async (t) => {
  const rows = [
    { name: 'all at once', repeat: false, budgets: [10, 10], want: [3, 0], frames: '1 2 3' },
    { name: 'as many as there are', repeat: false, budgets: [3, 3], want: [3, 0], frames: '1 2 3' },
    { name: 'in parts', repeat: false, budgets: [2, 2, 2], want: [2, 1, 0], frames: '1 2 3' },
    { name: 'no budget', repeat: false, budgets: [0, 1], want: [0, 1], frames: '1' },
    { name: 'for ever', repeat: true, budgets: [2, 5], want: [2, 5], frames: '1 2 3 1 2 3 1' },
  ];
  for (const { name, repeat, budgets, want, frames } of rows) {
    const list = new FrameList();
    const source = new MemorySource(FRAMES, repeat);
    t.same(
      budgets.map((budget) => source.pull(list, budget)),
      want,
      name,
    );
    t.equal(list.frames.map(({ bytes }) => bytes.length).join(' '), frames, `${name}: frames`);
    t.equal(list.batches, budgets.length, `${name}: every pull ends a batch`);
  }
  t.equal(new MemorySource([], true).pull(new FrameList(), 5), 0, 'nothing, for ever');
});

t.test('a frame has its own bytes, with headroom', async (t) => {
  const given = hex('0a0b0c0d');
  const source = new MemorySource([given]);
  given.fill(0);
  source.pull(
    {
      consume: ({ bytes, offset, capturedLength, wireLength, address }) => {
        t.ok(offset >= HEADROOM_BYTES);
        t.same(bytes.subarray(offset, offset + capturedLength), hex('0a0b0c0d'), 'a copy of what was given');
        t.same([capturedLength, wireLength, address], [4, 4, 0]);
      },
      endBatch: () => {},
    },
    1,
  );
  source.close();
});

t.test('a packet is put together in the headroom of its frame', async (t) => {
  const counters = new Counters(SESSION_LENGTH);
  const packets: Uint8Array[] = [];
  const sink = new MemorySink(
    counters,
    (bytes, offset, length) => packets.push(bytes.slice(offset, offset + length)),
    buildOuterHeader(VXLAN, '10.1.0.1', '10.9.0.2', CUT),
    8964,
  );
  const frame = frameOf(hex('0a0b0c0d 0e0f'), 1500);
  frame.bytes.fill(0xa5, 0, frame.offset);
  sink.send(frame, 4, new TunnelHeader(VXLAN, 42), 50000, 0);
  sink.flush();
  t.same(packets, [
    hex('4520 0028 0000 4000 ff11 6798 0a010001 0a090002  c350 12b5 0014 0000  08000000 00002a00  0a0b0c0d'),
  ]);
  t.same(
    frame.bytes.subarray(0, frame.offset - 36),
    new Uint8Array(HEADROOM_BYTES - 36).fill(0xa5),
    'and nothing in front of it',
  );
  t.same(frame.bytes.subarray(frame.offset), hex('0a0b0c0d 0e0f'), 'the frame stays');
  t.equal(counters.values[SESSION_MIRRORED_PACKETS], 1);
  t.equal(counters.values[SESSION_MIRRORED_BYTES], 1500, 'as long as it was on the wire');
  t.equal(sink.maximumInnerLength, 8964);
});
