/** Frames to pcapng, into an output that may be slow, or fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { OutputError } from '../../src/receive/capture-output.js';
import { CaptureStream, MINIMUM_FILE_BYTES, STREAM_BYTES } from '../../src/receive/capture-stream.js';
import { Inner } from '../../src/receive/decapsulate.js';
import { MemoryOutput } from '../fixtures/receive/memory-output.js';
import { parsePcapng } from '../fixtures/receive/pcapng.js';

/** Where frames come from, in front of the chunks. */
const SOURCE_BYTES = 0x10000;
const FLUSH_MS = 20;

function streamOf(options: { fileBytes?: number; fileMs?: number } = {}) {
  const memory = new ArrayBuffer(SOURCE_BYTES + STREAM_BYTES);
  const bytes = new Uint8Array(memory).fill(0xa5);
  const output = new MemoryOutput();
  const clock = { now: 1000 };
  const stream = new CaptureStream({
    bytes,
    words: new Int32Array(memory),
    start: SOURCE_BYTES,
    output,
    application: 'test',
    os: 'test',
    rows: 100_000,
    describe: (row) => ({ name: `row-${row}`, description: `VNI ${row}` }),
    now: () => clock.now,
    ...options,
  });
  const inner = new Inner();
  /** Puts a frame whose bytes count up from `first`. */
  const put = (row: number, length: number, first = 0): void => {
    inner.reset(row, 8, length);
    for (let index = 0; index < length; index++) bytes[8 + index] = first + index;
    stream.put(row, 1_700_000_000, 123_456_789, inner);
  };
  const frame = (length: number, first = 0): Buffer =>
    Buffer.from(Uint8Array.from({ length }, (_, index) => first + index));
  return { stream, output, clock, put, frame, inner };
}

t.test('frames of every length are whole, under the interface of their row', async (t) => {
  const { stream, output, put, frame } = streamOf();
  const lengths = [14, 15, 16, 17, 60, 64, 127, 128, 129, 130, 131, 1500, 9000, 65_507];
  for (const [index, length] of lengths.entries()) put(index % 3, length, index);
  await stream.end();
  const packets = parsePcapng(output.contents[0]!);
  t.same(
    packets.map(({ bytes }) => bytes),
    lengths.map((length, index) => frame(length, index)),
  );
  t.same(
    packets.map(({ name }) => name),
    lengths.map((_, index) => `row-${index % 3}`),
  );
  t.ok(packets.every(({ time }) => time === 1_700_000_000_123_456_789n));
  t.ok(packets.every(({ flags }) => flags === undefined));
  t.same([stream.written, stream.pending, output.files], [lengths.length, 0, 1]);
});

t.test('what the sender told', async (t) => {
  const { stream, output, inner } = streamOf();
  inner.reset(1, 8, 20);
  inner.originalLength = 1500;
  inner.direction = 2;
  stream.put(1, 5, 6, inner);
  inner.direction = 1;
  stream.put(1, 5, 6, inner);
  await stream.end();
  const packets = parsePcapng(output.contents[0]!);
  t.same(
    packets.map(({ wireLength, flags, time }) => ({ wireLength, flags, time })),
    [2, 1].map((flags) => ({ wireLength: 1500, flags, time: 5_000_000_006n })),
  );
});

t.test('a capture without frames is one too', async (t) => {
  const { stream, output } = streamOf();
  await stream.end();
  t.same(parsePcapng(output.contents[0]!), []);
  t.equal(output.files, 1);
});

t.test('what is there is written soon, but not frame by frame', async (t) => {
  const { stream, output, put, clock } = streamOf();
  stream.tick();
  await sleep(0);
  t.equal(output.writes, 1, 'the head of the file at once');
  put(1, 60);
  stream.tick();
  await sleep(0);
  t.equal(output.writes, 1);
  clock.now += FLUSH_MS;
  put(1, 60);
  stream.tick();
  await sleep(0);
  t.same([output.writes, stream.written], [2, 2]);
  clock.now += FLUSH_MS;
  stream.tick();
  await sleep(0);
  t.equal(output.writes, 2, 'nothing is no write');
  await stream.end();
});

t.test('files by size: none is larger, each is whole, no frame is lost', async (t) => {
  const fileBytes = MINIMUM_FILE_BYTES;
  const { stream, output, put } = streamOf({ fileBytes });
  const frames = 5000;
  for (let index = 0; index < frames; index++) {
    while (stream.room === 0) await stream.progress();
    put(index % 2, 60 + (index % 1400), index);
  }
  await stream.end();
  const files = output.contents.slice(0, -1);
  t.ok(files.length > 3, `${files.length} files`);
  t.ok(files.every(({ length }) => length <= fileBytes));
  t.ok(files.slice(0, -1).every(({ length }) => length > fileBytes - 2000));
  const packets = files.flatMap(parsePcapng);
  t.equal(packets.length, frames);
  t.ok(
    packets.every(({ bytes }, index) => bytes[0] === (index & 0xff) && bytes.length === 60 + (index % 1400)),
  );
});

t.test('files by time: from the first frame on, and no empty ones', async (t) => {
  const { stream, output, put, clock } = streamOf({ fileMs: 1000 });
  clock.now += 5000;
  stream.tick();
  put(1, 60, 1);
  clock.now += 999;
  stream.tick();
  put(1, 60, 2);
  await sleep(0);
  t.equal(output.files, 0);
  clock.now += 1;
  stream.tick();
  await sleep(0);
  t.equal(output.files, 1);
  clock.now += 10_000;
  stream.tick();
  put(2, 60, 3);
  stream.tick();
  await stream.end();
  const files = output.contents.slice(0, -1);
  t.same(
    files.map((file) => parsePcapng(file).map(({ bytes, name }) => `${name} ${bytes[0]}`)),
    [['row-1 1', 'row-1 2'], ['row-2 3']],
  );
});

t.test('a slow output: room goes, nothing is lost, and room comes back', async (t) => {
  const { stream, output, put } = streamOf();
  let open = (): void => {};
  output.gate = new Promise((resolve) => {
    open = resolve;
  });
  const before = stream.room;
  let frames = 0;
  while (stream.room > 0) {
    put(1, 65_507, frames);
    frames += 1;
  }
  t.ok(frames >= 64, `${frames} frames of 64 KiB`);
  t.equal(stream.pending, frames);
  const waits = stream.progress();
  open();
  await waits;
  t.ok(stream.room > 0);
  await stream.end();
  t.equal(stream.room, before);
  t.equal(parsePcapng(output.contents[0]!).length, frames);
});

t.test(
  'as many frames as there is room for find it, however long, with files that end and new interfaces',
  async (t) => {
    const { stream, output, put } = streamOf({ fileBytes: MINIMUM_FILE_BYTES });
    const gate: { open?: () => void } = {};
    let frames = 0;
    for (let batch = 0; batch < 200; batch++) {
      output.gate = batch % 20 === 19 ? Promise.resolve() : output.gate;
      if (batch % 20 === 0) {
        output.gate = new Promise((resolve) => {
          gate.open = resolve;
        });
      }
      const count = Math.min(64, stream.room);
      for (let index = 0; index < count; index++) {
        put(frames, 65_507);
        frames += 1;
      }
      if (batch % 20 === 19) {
        gate.open?.();
        while (stream.room < 64) await stream.progress();
      }
    }
    await stream.end();
    t.equal(stream.written, frames);
    t.equal(output.contents.slice(0, -1).flatMap(parsePcapng).length, frames);
  },
);

t.test('an output that fails: what was kept counts as written, the file is ended', async (t) => {
  const { stream, output, put } = streamOf();
  put(1, 60);
  put(1, 60);
  output.onWrite = (bytes) => {
    // The head, the interface and one frame of two.
    const kept = bytes.length - 92;
    throw new OutputError('memory', 'write', Object.assign(new Error('full'), { code: 'ENOSPC' }), kept);
  };
  await stream.end();
  t.match(stream.failure, { message: 'memory: cannot write: full', isEndOfReader: false });
  t.same([stream.written, stream.pending, output.files], [1, 1, 1]);
  await stream.progress();
  await stream.end();
  t.equal(output.writes, 1, 'nothing more is tried');
});
