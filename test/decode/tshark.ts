/** Decode and tshark agree on the outer headers of real and of random frames. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import type { Frame } from '../../src/io/frame.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { PcapFileWriter } from '../../src/io/pcap/pcap-writer.js';
import { captures, skipWithoutCaptures } from '../fixtures/captures.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import {
  decodedHeaders,
  OUTER_FIELDS,
  type OuterHeaders,
  tsharkHeaders,
} from '../fixtures/frames/outer-headers.js';
import { mergeCaptures, skipWithoutTshark, tsharkFields } from '../fixtures/frames/tshark.js';
import { reasonToDiffer } from '../fixtures/frames/tshark-differences.js';

const RANDOM_FRAMES = 5000;

t.test('the corpus', { skip: skipWithoutCaptures || skipWithoutTshark }, async (t) => {
  const merged = `${t.testdir()}/corpus.pcapng`;
  mergeCaptures(captures, merged);
  compare(t, merged, captures.flatMap(framesOf));
});

for (const [name, arbitrary] of [
  ['sound', arbitraryFrame],
  ['mutated', arbitraryMutatedFrame],
] as const) {
  t.test(`${name} frames`, { skip: skipWithoutTshark }, async (t) => {
    const file = `${t.testdir()}/random.pcap`;
    const writer = new PcapFileWriter(file);
    for (const bytes of fc.sample(arbitrary, { numRuns: RANDOM_FRAMES, seed: 1 })) {
      writer.write(0, 0, bytes, 0, bytes.length);
    }
    writer.close();
    compare(t, file, framesOf(file));
  });
}

/** Every difference has a reason, and the reasons are told. */
function compare(t: Test, file: string, ours: readonly { name: string; headers: OuterHeaders }[]): void {
  const theirs = tsharkFields(file, OUTER_FIELDS);
  assert.equal(theirs.length, ours.length);
  const reasons = new Map<string, number>();
  for (const [index, { name, headers }] of ours.entries()) {
    const fields = theirs[index]!;
    const want = tsharkHeaders(fields);
    const reason = isDeepStrictEqual(headers, want) ? 'agree' : reasonToDiffer(fields, headers);
    if (reason === undefined) assert.deepEqual(headers, want, `${name}: ${fields['frame.protocols'].join()}`);
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of reasons) t.pass(`${count} frames: ${reason}`);
}

function framesOf(file: string): { name: string; headers: OuterHeaders }[] {
  const frames: { name: string; headers: OuterHeaders }[] = [];
  const decoded = new Decoded();
  const source = new PcapFileSource(file);
  const consumer = {
    consume: ({ bytes, offset, capturedLength }: Frame) => {
      decode(bytes, offset, capturedLength, decoded);
      frames.push({ name: `${basename(file)} ${frames.length + 1}`, headers: decodedHeaders(decoded) });
    },
    endBatch: () => {},
  };
  while (source.pull(consumer, Infinity) > 0);
  source.close();
  return frames;
}
