/** Shared memory between threads: every record comes out whole, once and in order, and the writer never waits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import t from 'tap';
import { MAXIMUM_RECORD_BYTES, RecordStream, startRecord } from '../../src/peek/copy-records.js';
import { CopyRing, RING_BYTES } from '../../src/peek/copy-ring.js';
import { compiledFixture } from '../fixtures/root.js';

const TYPE = 3;

/** Writes a record that carries a number. @returns false when there is no room. */
function write(ring: CopyRing, length: number, number: number): boolean {
  const at = ring.reserve(length);
  if (at < 0) return false;
  startRecord(ring.bytes, at, length, TYPE);
  ring.bytes.fill(number & 0xff, at + 8, at + length);
  ring.publish(length);
  return true;
}

/** Reads everything. @returns the number and length of each record. */
function readAll(ring: CopyRing, most: number): [number: number, length: number][] {
  const read: [number, number][] = [];
  for (let piece = ring.take(most); piece !== undefined; piece = ring.take(most)) {
    new RecordStream().push(piece, (bytes, offset, length) => {
      const content = bytes.subarray(offset + 8, offset + length);
      assert.ok(content.every((byte) => byte === content[0]));
      read.push([content[0] ?? -1, length]);
    });
  }
  return read;
}

t.test('any lengths, written and read by turns', async (t) => {
  const length = fc.oneof(
    fc.integer({ min: 2, max: 300 }),
    fc.integer({ min: 2, max: MAXIMUM_RECORD_BYTES / 8 }),
  );
  const turn = fc.record({
    lengths: fc.array(length, { maxLength: 40 }),
    most: fc.constantFrom(1, 4096, 1 << 30),
  });
  const property = fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
    const ring = CopyRing.create();
    let number = 0;
    for (const { lengths, most } of turns) {
      const wanted: [number, number][] = [];
      for (const words of lengths) {
        number = (number + 1) & 0xff;
        if (write(ring, words * 8, number)) wanted.push([number, words * 8]);
      }
      assert.deepEqual(readAll(CopyRing.attach(ring.memory), most), wanted);
    }
  });
  fc.assert(property, { numRuns: 60 });
  t.pass();
});

t.test('what is full takes nothing more, and everything again once it is read', async (t) => {
  const ring = CopyRing.create();
  let written = 0;
  while (write(ring, 1 << 14, written)) written += 1;
  t.equal(written, RING_BYTES >> 14);
  t.notOk(write(ring, 8, 1), 'not even the shortest record');
  t.equal(readAll(ring, 1).length, written);
  t.ok(write(ring, MAXIMUM_RECORD_BYTES, 7), 'the longest one');
  t.strictSame(readAll(ring, 1), [[7, MAXIMUM_RECORD_BYTES]]);
});

t.test('the longest record has room in an empty ring, wherever that stands', async (t) => {
  const ring = CopyRing.create();
  for (let at = 0; at < RING_BYTES; at += 40_000) {
    assert.ok(write(ring, 40_000, 1));
    assert.equal(readAll(ring, 1 << 30).length, 1);
    assert.ok(write(ring, MAXIMUM_RECORD_BYTES, 2));
    assert.equal(readAll(ring, 1 << 30).length, 1);
  }
  t.pass();
});

t.test('a reader in another thread', async (t) => {
  const ring = CopyRing.create();
  const records = 100_000;
  const worker = new Worker(compiledFixture('peek/ring-reader.ts'), {
    workerData: { memory: ring.memory, records },
  });
  t.teardown(() => worker.terminate());
  const result = once(worker, 'message');
  for (let number = 0; number < records; ) {
    if (write(ring, 16 + 8 * (number % 97), number)) number += 1;
    else await new Promise(setImmediate);
  }
  const [problems] = (await result) as [readonly string[]];
  t.strictSame(problems, []);
});
