/**
 * The source on classic files: batches, memory, both byte orders; damaged files, of which the frames before the damage
 * come.
 */
import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { type Frame, HEADROOM_BYTES } from '../../../src/io/frame.js';
import { CaptureFileError } from '../../../src/io/pcap/capture-file-error.js';
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

t.test('impossible numbers', async (t) => {
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

const FRAME = new Uint8Array(60).fill(7);
const GOOD = pcapRecord(FRAME);

function checkError(
  t: Test,
  name: string,
  content: Uint8Array,
  want: { code: string; frames: number; byteOffset?: number; message: RegExp },
): void {
  const path = `${t.testdir()}/bad.pcap`;
  writeFileSync(path, content);
  const { frames, error } = readCapture(path);
  t.equal(frames.length, want.frames, `${name}: frames before`);
  assert.ok(error instanceof CaptureFileError, `${name}: ${String(error)}`);
  t.equal(error.code, want.code, name);
  t.equal(error.byteOffset, want.byteOffset, `${name}: byte offset`);
  t.match(error.message, want.message, name);
  t.ok(error.message.startsWith(path), `${name}: says which file`);
  t.equal(error.message.split('\n').length, 1, `${name}: one line`);
}

t.test('no capture', async (t) => {
  const code = 'CAPTURE_FILE_NOT_A_CAPTURE';
  checkError(t, 'empty', hex(''), { code, frames: 0, message: /an empty file, not a capture$/ });
  checkError(t, 'three bytes', hex('d4c3b2'), { code, frames: 0, message: /not a capture file/ });
  checkError(t, 'text', Buffer.from('hello world, this is text'), {
    code,
    frames: 0,
    message: /not a capture file/,
  });
  checkError(t, 'zstd', hex('28b52ffd 00000000'), { code, frames: 0, message: /not a capture file/ });
  checkError(t, 'a patched variant of pcap', pcapHeader({ magic: 0xa1b2cd34 }), {
    code,
    frames: 0,
    message: /not a capture file/,
  });
});

t.test('file header', async (t) => {
  for (const length of [4, 23]) {
    checkError(t, `${length} bytes`, pcapHeader().slice(0, length), {
      code: 'CAPTURE_FILE_CUT',
      frames: 0,
      byteOffset: 0,
      message: /ends inside its header \(at byte 0\)$/,
    });
  }
  checkError(t, 'version', pcapHeader({ order: BIG, minor: 3 }), {
    code: 'CAPTURE_FILE_VERSION',
    frames: 0,
    message: /pcap version 2\.3; 2\.4 is supported$/,
  });
  for (const linkType of [0, 101, 113, 276]) {
    checkError(t, `link type ${linkType}`, concat(pcapHeader({ linkType }), GOOD), {
      code: 'CAPTURE_FILE_LINK_TYPE',
      frames: 0,
      message: new RegExp(`link type ${linkType}; only Ethernet \\(1\\) is supported$`),
    });
  }
});

t.test('cut after every byte of the second record', async (t) => {
  const file = concat(pcapHeader(), GOOD, GOOD);
  const start = 24 + GOOD.length;
  for (let length = start + 1; length < file.length; length++) {
    checkError(t, `${length - start} bytes`, file.slice(0, length), {
      code: 'CAPTURE_FILE_CUT',
      frames: 1,
      byteOffset: start,
      message: new RegExp(`the file ends .*\\(at byte ${start}\\)$`),
    });
  }
});

t.test('hostile lengths', async (t) => {
  for (const capturedLength of [262145, 0x7fffffff, 0x80000000, 0xffffffff]) {
    checkError(
      t,
      `${capturedLength} bytes`,
      concat(pcapHeader(), GOOD, pcapRecord(FRAME, { capturedLength })),
      {
        code: 'CAPTURE_FILE_TOO_LONG',
        frames: 1,
        byteOffset: 24 + GOOD.length,
        message: new RegExp(`a record of ${capturedLength} bytes; frames have at most 262144`),
      },
    );
  }
});

t.test('the operating system refuses', async (t) => {
  const folder = t.testdir();
  t.throws(() => new PcapFileSource(`${folder}/missing.pcap`), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'open',
    message: `${folder}/missing.pcap: cannot open: no such file or directory`,
    cause: { code: 'ENOENT' },
  });
  mkdirSync(`${folder}/folder.pcap`);
  t.throws(() => new PcapFileSource(`${folder}/folder.pcap`), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'read',
    message: `${folder}/folder.pcap: cannot read: illegal operation on a directory`,
  });
  t.throws(() => new PcapFileSource('nul\0byte'), { code: 'CAPTURE_FILE_SYSTEM', op: 'open' });
});

t.test('an error stays: nothing more of the file is read', async (t) => {
  const path = `${t.testdir()}/bad.pcap`;
  const content = concat(pcapHeader(), GOOD, pcapRecord(FRAME, { capturedLength: 262145 }), GOOD, GOOD);
  writeFileSync(path, content);
  const source = new PcapFileSource(path);
  const consumer = { consume: () => {}, endBatch: () => {} };
  t.equal(source.pull(consumer, 10), 1, 'the frames before the damage');
  for (let time = 0; time < 3; time++)
    t.throws(() => source.pull(consumer, 10), { code: 'CAPTURE_FILE_TOO_LONG' });
  source.close();
});
