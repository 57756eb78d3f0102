/** Counts by keys that strangers choose. */
import t from 'tap';
import { CountTable } from '../../src/receive/count-table.js';

t.test('rows come in the order of their keys, and are found again', async (t) => {
  const table = new CountTable(3, 1);
  t.equal(table.rowOf(7, 1, 2, 3, 4), 0);
  t.equal(table.rowOf(7, 1, 2, 3, 5), 1);
  t.equal(table.rowOf(-7), 2);
  t.equal(table.rowOf(7, 1, 2, 3, 4), 0);
  t.same(
    [0, 1, 2, 3, 4].map((word) => table.key(0, word)),
    [7, 1, 2, 3, 4],
  );
  t.equal(table.key(2, 0), -7);
  t.equal(table.rows, 3);
});

t.test('what has no room counts as others', async (t) => {
  const table = new CountTable(2, 99);
  for (const key of [1, 2, 3, 4, 1, 3]) table.count(table.rowOf(key), 10);
  t.same([...table.packets], [2, 1, 3]);
  t.same([...table.bytes], [20, 10, 30]);
  t.equal(table.rows, 2);
});

t.test('every key of a full table is found', async (t) => {
  for (const seed of [0, 1, -1, 0x12345678]) {
    const table = new CountTable(4096, seed);
    for (let key = 0; key < 4096; key++) table.rowOf(key, key << 8, key << 16, key << 24, -key);
    t.equal(table.rows, 4096);
    for (let key = 0; key < 4096; key++) {
      if (table.rowOf(key, key << 8, key << 16, key << 24, -key) !== key) t.fail(`key ${key}, seed ${seed}`);
    }
  }
});

t.test('a flood of keys takes no more memory, and no long search', async (t) => {
  const table = new CountTable(256, 5);
  const started = performance.now();
  for (let key = 0; key < 1_000_000; key++) table.count(table.rowOf(key, key * 31), 1);
  t.equal(table.rows, 256);
  t.equal(table.packets[256], 1_000_000 - 256);
  t.ok(performance.now() - started < 10_000, 'a few microseconds each at most');
});
