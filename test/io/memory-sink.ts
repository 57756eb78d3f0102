/** Copies into memory. */
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import {
  SESSION_LENGTH,
  SESSION_MIRRORED_BYTES,
  SESSION_MIRRORED_PACKETS,
} from '../../src/counters/layout.js';
import { buildOuterHeader } from '../../src/encapsulate/build-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { HEADROOM_BYTES } from '../../src/io/frame.js';
import { MemorySink } from '../../src/io/memory-sink.js';
import { hex } from '../fixtures/frames/hex.js';
import { frameOf } from '../fixtures/mirror/mirroring.js';

t.test('a packet is put together in the headroom of its frame', async (t) => {
  const counters = new Counters(SESSION_LENGTH);
  const packets: Uint8Array[] = [];
  const sink = new MemorySink(
    counters,
    (bytes, offset, length) => packets.push(bytes.slice(offset, offset + length)),
    buildOuterHeader('10.1.0.1', '10.9.0.2', false),
    8964,
  );
  const frame = frameOf(hex('0a0b0c0d 0e0f'), 1500);
  frame.bytes.fill(0xa5, 0, frame.offset);
  sink.send(frame, 4, new TunnelHeader(42), 50000, 0);
  sink.flush();
  t.same(packets, [
    hex('4500 0028 0000 4000 ff11 67b8 0a010001 0a090002  c350 12b5 0014 0000  08000000 00002a00  0a0b0c0d'),
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
