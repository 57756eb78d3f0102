/** What is read of a file: a bounded part, decompressed where gzip compressed it. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { readCaptureBytes } from '../../../console/src/model/packet/capture-bytes.js';

const LIMITS = { fileBytes: 100_000, captureBytes: 300_000 };

/** A file in pieces, and how many bytes of it were asked for. */
function fileOf(bytes: Uint8Array, piece = 1000) {
  const asked = { bytes: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = bytes.slice(asked.bytes, asked.bytes + piece);
        asked.bytes += part.length;
        if (part.length === 0) controller.close();
        else controller.enqueue(part);
      },
      cancel() {
        asked.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, asked };
}

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 251);

t.test('as it is', async (t) => {
  for (const length of [0, 1, 2, 3, 999, 99_999, 100_000]) {
    const { stream } = fileOf(counting(length));
    t.strictSame(
      await readCaptureBytes(stream, LIMITS),
      { bytes: counting(length), isCut: false },
      `${length}`,
    );
  }
  for (const piece of [1, 2, 3, 8192]) {
    const { stream } = fileOf(counting(5000), piece);
    t.strictSame((await readCaptureBytes(stream, LIMITS)).bytes, counting(5000), `pieces of ${piece}`);
  }
});

t.test('compressed', async (t) => {
  for (const length of [0, 1, 50_000, 300_000]) {
    const { stream } = fileOf(gzipSync(counting(length)));
    t.strictSame(
      await readCaptureBytes(stream, LIMITS),
      { bytes: counting(length), isCut: false },
      `${length}`,
    );
  }
});

t.test('longer than the bound', async (t) => {
  const long = fileOf(counting(1_000_000));
  const read = await readCaptureBytes(long.stream, LIMITS);
  t.strictSame(read, { bytes: counting(100_000), isCut: true });
  t.ok(long.asked.bytes <= 110_000, `${long.asked.bytes} bytes were asked for`);
  t.ok(long.asked.cancelled);
  const bomb = fileOf(gzipSync(new Uint8Array(90_000_000)));
  const blown = await readCaptureBytes(bomb.stream, LIMITS);
  t.equal(blown.bytes.length, 300_000);
  t.ok(blown.isCut);
  t.ok(bomb.asked.bytes < 60_000, `${bomb.asked.bytes} compressed bytes were asked for`);
  t.ok(bomb.asked.cancelled);
});

t.test('damaged', async (t) => {
  const whole = gzipSync(counting(50_000));
  const cut = await readCaptureBytes(fileOf(whole.subarray(0, -20)).stream, LIMITS);
  t.match(cut, { isCut: false, problem: /^gzip: / });
  t.strictSame(cut.bytes, counting(50_000).subarray(0, cut.bytes.length));
  const wrong = Uint8Array.from(whole);
  wrong.fill(0xff, 30, 60);
  t.match((await readCaptureBytes(fileOf(wrong).stream, LIMITS)).problem, /^gzip: /);
});
