/** Work for many sources leaves the event loop its turns. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Slices } from '../../src/io/slices.js';

/** Keeps the thread busy. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

t.test('what takes long is done in order, with turns in between', async (t) => {
  const slices = new Slices();
  const done: number[] = [];
  const doneAtTurns: number[] = [];
  const all = slices.each([1, 2, 3, 4, 5, 6], (item) => {
    work(3);
    done.push(item);
  });
  t.equal(slices.isBusy, true);
  while (slices.isBusy) {
    doneAtTurns.push(done.length);
    await nextTurn();
  }
  await all;
  t.same(done, [1, 2, 3, 4, 5, 6]);
  t.ok(doneAtTurns[0]! > 0, 'it begins at once');
  t.ok(doneAtTurns.length >= 2, `${doneAtTurns.length} turns`);
});

t.test('what is short is done in the same turn', async (t) => {
  const done: number[] = [];
  const all = new Slices().each([1, 2, 3], (item) => done.push(item));
  t.same(done, [1, 2, 3]);
  await all;
});

t.test('an error leaves the others out', async (t) => {
  const slices = new Slices();
  const done: number[] = [];
  const all = slices.each([1, 2, 3], (item) => {
    if (item === 2) throw new Error('no');
    done.push(item);
  });
  await t.rejects(all, /no/);
  t.same(done, [1]);
  t.equal(slices.isBusy, false);
});
