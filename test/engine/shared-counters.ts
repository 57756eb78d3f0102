/** Counters that cross from thread to thread whole. */
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { SharedCounters } from '../../src/engine/shared-counters.js';
import type { WriterData } from '../fixtures/engine/shared-counters-writer.js';
import { compiledFixture } from '../fixtures/root.js';

const READ_MS = 2000;

t.test('what is written is read, by any thread that has the memory', async (t) => {
  const publication = SharedCounters.create(3);
  t.same(publication.read(), new Float64Array(3), 'zero at first');
  publication.write(Float64Array.of(1, 2 ** 53, 0.5));
  t.same(SharedCounters.attach(publication.memory).read(), Float64Array.of(1, 2 ** 53, 0.5));
  const copy = publication.read();
  publication.write(Float64Array.of(7, 8, 9));
  t.same(copy, Float64Array.of(1, 2 ** 53, 0.5), 'a reading is a copy');
  t.same(SharedCounters.create(0).read(), new Float64Array(0), 'no counters');
});

t.test('a reader never sees half of an update, nor an older one', async (t) => {
  const length = 2000;
  const publication = SharedCounters.create(length);
  const stop = new SharedArrayBuffer(4);
  const workerData: WriterData = { memory: publication.memory, length, stop };
  const writer = new Worker(compiledFixture('engine/shared-counters-writer.ts'), {
    workerData,
  });
  const ended = once(writer, 'exit');
  while (publication.read()?.[0] === 0) await nextTurn();
  let torn = 0;
  let backwards = 0;
  let readings = 0;
  let last = 0;
  const end = performance.now() + READ_MS;
  while (performance.now() < end) {
    const values = publication.read()!;
    const first = values[0]!;
    if (values.some((value) => value !== first)) torn += 1;
    if (first < last) backwards += 1;
    last = first;
    readings += 1;
  }
  Atomics.store(new Int32Array(stop), 0, 1);
  await ended;
  t.equal(torn, 0, 'torn readings');
  t.equal(backwards, 0, 'readings that went back');
  t.ok(readings > 100 && last > 100, `${readings} readings of ${last} updates`);
});
t.test('counters of a layout that the reader does not know are not read', async (t) => {
  const publication = SharedCounters.create(1);
  const reader = SharedCounters.attach(publication.memory);
  publication.write(Float64Array.of(5), 2);
  t.equal(reader.read(1), undefined);
  t.same(reader.read(2), Float64Array.of(5));
});
