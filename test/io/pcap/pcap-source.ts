/** The source on classic files: batches, memory, and both byte orders. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Frame, HEADROOM_BYTES } from '../../../src/io/frame.js';
import { PcapFileSource } from '../../../src/io/pcap/pcap-source.js';
import { PcapFileWriter } from '../../../src/io/pcap/pcap-writer.js';
import { BIG, LITTLE, pcapHeader, pcapRecord } from '../../fixtures/frames/capture-files.js';
import { hex } from '../../fixtures/frames/hex.js';
import { concat } from '../../fixtures/frames/layer.js';
import { readCapture } from '../../fixtures/frames/read-capture.js';

const MAXIMUM_FRAME = 262144;
/** Around the sizes of window, batch, and longest frame, which meet each other's ends differently in each. */
const SIZES = [0, 1, 60, 1514, 9018, 65535, 0, MAXIMUM_FRAME, 60, MAXIMUM_FRAME, MAXIMUM_FRAME - 1, 100_003];

function fileWith(t: Test, ...parts: readonly Uint8Array[]): string {
  const path = `${t.testdir()}/test.pcap`;
  writeFileSync(path, concat(...parts));
  return path;
}

/** A different content for every frame. */
function frameOf(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => (index * 31 + seed * 7) & 0xff);
}

for (const [name, order] of [
  ['little-endian', LITTLE],
  ['big-endian', BIG],
] as const) {
  for (const [unit, magic, fraction] of [
    ['microseconds', 0xa1b2c3d4, 123_456],
    ['nanoseconds', 0xa1b23c4d, 123_456_000],
  ] as const) {
    t.test(`${name}, ${unit}`, async (t) => {
      const fields = { order, seconds: 0xf0000001, fraction };
      const path = fileWith(
        t,
        pcapHeader({ order, magic }),
        pcapRecord(hex('0102030405'), fields),
        pcapRecord(hex('06'), { ...fields, wireLength: 1514 }),
      );
      const time = { seconds: 0xf0000001, nanoseconds: 123_456_000 };
      t.same(readCapture(path), {
        frames: [
          { bytes: hex('0102030405'), wireLength: 5, ...time },
          { bytes: hex('06'), wireLength: 1514, ...time },
        ],
      });
    });
  }
}

t.test('a header alone', async (t) => {
  t.same(readCapture(fileWith(t, pcapHeader())), { frames: [] });
});

t.test('numbers that cannot be', async (t) => {
  const path = fileWith(
    t,
    pcapHeader(),
    pcapRecord(hex('0102'), { wireLength: 1 }),
    pcapRecord(hex('03'), { seconds: 1, fraction: 2_000_001 }),
  );
  t.same(readCapture(path).frames, [
    { bytes: hex('0102'), wireLength: 2, seconds: 0, nanoseconds: 0 },
    { bytes: hex('03'), wireLength: 1, seconds: 3, nanoseconds: 1000 },
  ]);
});

t.test('frames of every size come whole, whatever the budget', async (t) => {
  const path = `${t.testdir()}/sizes.pcap`;
  const frames = [...SIZES, ...SIZES].map(frameOf);
  const writer = new PcapFileWriter(path);
  for (const [index, bytes] of frames.entries()) writer.write(index, index, bytes, 0, bytes.length);
  writer.close();
  const want = frames.map((bytes, index) => ({
    bytes,
    wireLength: bytes.length,
    seconds: index,
    nanoseconds: index,
  }));
  for (const budget of [1, 2, 7, Infinity]) {
    assert.deepEqual(readCapture(path, budget), { frames: want });
    t.pass(`budget ${budget}`);
  }
});

t.test('batches', async (t) => {
  const records = Array.from({ length: 10 }, (_, index) => pcapRecord(frameOf(60, index)));
  const path = fileWith(t, pcapHeader(), ...records);
  const source = new PcapFileSource(path);
  const calls: string[] = [];
  const consumer = { consume: () => calls.push('frame'), endBatch: () => calls.push('end') };
  t.equal(source.size, statSync(path).size);
  t.equal(source.pull(consumer, 4), 4);
  t.same(calls, ['frame', 'frame', 'frame', 'frame', 'end']);
  t.ok(source.bytesRead > 0 && source.bytesRead < source.size, 'progress');
  t.equal(source.pull(consumer, 100), 6);
  t.equal(source.pull(consumer, 100), 0, 'the end');
  t.equal(source.pull(consumer, 100), 0, 'still the end');
  t.equal(source.bytesRead, source.size);
  source.close();
  source.close();
});

t.test('headers written in front of a frame harm no other frame of the batch', async (t) => {
  const frames = Array.from({ length: 100 }, (_, index) => frameOf(index, index));
  const source = new PcapFileSource(fileWith(t, pcapHeader(), ...frames.map((bytes) => pcapRecord(bytes))));
  const seen: { bytes: Uint8Array; offset: number; length: number }[] = [];
  const consumer = {
    consume: ({ bytes, offset, capturedLength }: Frame) => {
      bytes.fill(0xee, offset - HEADROOM_BYTES, offset);
      seen.push({ bytes, offset, length: capturedLength });
    },
    endBatch: () => {},
  };
  t.equal(source.pull(consumer, 1000), frames.length);
  t.same(
    seen.map(({ bytes, offset, length }) => bytes.slice(offset, offset + length)),
    frames,
  );
  source.close();
});

t.test('a large file takes no more memory than a small one', async (t) => {
  const path = `${t.testdir()}/large.pcap`;
  const bytes = frameOf(1500, 1);
  const writer = new PcapFileWriter(path);
  for (let index = 0; index < 60_000; index++) writer.write(0, 0, bytes, 0, bytes.length);
  writer.close();
  const source = new PcapFileSource(path);
  const consumer = { consume: () => {}, endBatch: () => {} };
  const before = process.memoryUsage();
  let count = 0;
  for (let pulled = -1; pulled !== 0; count += pulled) pulled = source.pull(consumer, Infinity);
  const after = process.memoryUsage();
  t.equal(count, 60_000);
  t.ok(after.arrayBuffers <= before.arrayBuffers, 'no buffers');
  t.ok(after.heapUsed - before.heapUsed < 2 << 20, `${after.heapUsed - before.heapUsed} bytes of heap`);
  source.close();
});
