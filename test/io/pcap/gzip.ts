/** Captures that gzip compressed: read as they are, in constant memory, with every damage told. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { PcapFileSource } from '../../../src/io/pcap/pcap-source.js';
import { pcapHeader, pcapRecord } from '../../fixtures/frames/capture-files.js';
import { concat } from '../../fixtures/frames/layer.js';
import { readCapture } from '../../fixtures/frames/read-capture.js';

/** Incompressible, and another for every frame. */
function frameOf(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const frames = Array.from({ length: 500 }, (_, index) => frameOf(60 + index * 7, index));
const capture = concat(pcapHeader(), ...frames.map((frame) => pcapRecord(frame)));

function fileWith(t: Test, bytes: Uint8Array): string {
  const path = `${t.testdir()}/test.pcap.gz`;
  writeFileSync(path, bytes);
  return path;
}

t.test('the frames are those of the file before it was compressed', async (t) => {
  const plain = readCapture(fileWith(t, capture));
  t.equal(plain.frames.length, frames.length);
  t.strictSame(readCapture(fileWith(t, gzipSync(capture))), plain, 'compressed');
  const cuts = [0, 1, 23, 24, 5000, capture.length];
  const members = cuts.map((from, index) =>
    gzipSync(capture.subarray(from, cuts[index + 1] ?? capture.length)),
  );
  t.strictSame(readCapture(fileWith(t, concat(...members))), plain, 'in members, some of them empty');
  t.strictSame(
    readCapture(fileWith(t, concat(gzipSync(capture), new Uint8Array(1000)))),
    plain,
    'padded with zeros',
  );
});

t.test('progress is that of the compressed file', async (t) => {
  const compressed = gzipSync(capture);
  const source = new PcapFileSource(fileWith(t, compressed));
  t.equal(source.size, compressed.length);
  const consumer = { consume: () => {}, endBatch: () => {} };
  source.pull(consumer, 1);
  t.ok(source.bytesRead > 0 && source.bytesRead <= source.size);
  while (source.pull(consumer, 1000) > 0);
  t.equal(source.bytesRead, source.size);
  source.close();
  source.close();
});

t.test('damage', async (t) => {
  const compressed = gzipSync(capture);
  const cut = readCapture(fileWith(t, compressed.subarray(0, compressed.length - 100)));
  t.match(cut.error, { code: 'CAPTURE_FILE_CUT', message: /: ends inside of what gzip compressed$/ });
  t.ok(cut.frames.length > frames.length / 2, 'the frames before the cut come');
  const trailer = compressed.subarray(0, compressed.length - 3);
  t.match(readCapture(fileWith(t, trailer)).error, { code: 'CAPTURE_FILE_CUT' }, 'cut in the checksum');
  const flipped = Uint8Array.from(compressed);
  flipped[flipped.length - 6]! ^= 1;
  t.match(readCapture(fileWith(t, flipped)).error, {
    code: 'CAPTURE_FILE_MALFORMED',
    message: /gzip: incorrect data check/,
  });
  const header = concat(compressed, new TextEncoder().encode('not gzip'));
  t.match(readCapture(fileWith(t, header)).error, { code: 'CAPTURE_FILE_MALFORMED' }, 'something behind it');
  t.match(readCapture(fileWith(t, gzipSync('text'))).error, { code: 'CAPTURE_FILE_NOT_A_CAPTURE' });
  t.match(readCapture(fileWith(t, compressed.subarray(0, 3))).error, { code: 'CAPTURE_FILE_CUT' });
  t.match(readCapture(fileWith(t, compressed.subarray(0, 2))).error, { code: 'CAPTURE_FILE_NOT_A_CAPTURE' });
});

t.test('a file that was made to grow takes no memory', async (t) => {
  const zeros = new Uint8Array(1 << 20);
  const member = gzipSync(zeros);
  const records = gzipSync(pcapRecord(new Uint8Array(60)));
  const path = fileWith(
    t,
    concat(gzipSync(pcapHeader()), records, ...Array.from({ length: 64 }, () => member)),
  );
  const source = new PcapFileSource(path);
  const before = process.memoryUsage().rss;
  let most = before;
  let count = 0;
  const consumer = {
    consume: () => {
      count += 1;
    },
    endBatch: () => {
      most = Math.max(most, process.memoryUsage().rss);
    },
  };
  while (source.pull(consumer, 100_000) > 0);
  source.close();
  t.equal(count, 1 + (64 << 20) / 16, 'each sixteen zeros are the header of an empty record');
  t.ok(most - before < 40 << 20, `${(most - before) >> 20} MiB for 64 MiB of frames`);
});
