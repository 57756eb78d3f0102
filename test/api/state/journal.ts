/** The state file: what is read back from whole, cut and damaged files, and from full disks. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { StateChange } from '../../../src/api/service.js';
import { Journal } from '../../../src/api/state/journal.js';

const change = (key: string, value: unknown): StateChange => ({ table: 'things', key, value });

async function read(path: string): Promise<{ journal: Journal; changes: StateChange[] }> {
  const changes: StateChange[] = [];
  const journal = await Journal.read(path, (record) => changes.push(...record));
  return { journal, changes };
}

async function threeRecords(t: Test): Promise<{ path: string; ends: number[] }> {
  const path = join(t.testdir({}), 'state.jsonl');
  const { journal } = await read(path);
  const ends: number[] = [];
  for (const number of [1, 2, 3]) {
    await journal.append([change(`a${number}`, { text: 'ä\n"{' }), change(`b${number}`, undefined)]);
    ends.push(journal.bytes);
  }
  await journal.close();
  return { path, ends };
}

t.test('cut anywhere, it holds the whole records before the cut', async (t) => {
  const { path, ends } = await threeRecords(t);
  const bytes = readFileSync(path);
  t.equal(statSync(path).mode & 0o777, 0o600);
  const wrong: number[] = [];
  for (let length = 0; length <= bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    const { changes } = await read(path);
    const whole = ends.filter((end) => end <= length).length;
    if (changes.length !== 2 * whole) wrong.push(length);
  }
  t.same(wrong, []);
});

t.test('what follows a cut is written over it', async (t) => {
  const { path, ends } = await threeRecords(t);
  writeFileSync(path, readFileSync(path).subarray(0, (ends[2] ?? 0) - 5));
  const { journal } = await read(path);
  t.equal(statSync(path).size, (ends[2] ?? 0) - 5, 'reading changes nothing');
  await journal.append([change('new', 1)]);
  await journal.close();
  t.same(
    (await read(path)).changes.map(({ key }) => key),
    ['a1', 'b1', 'a2', 'b2', 'new'],
  );
});

t.test('damage before the end is told, with its place', async (t) => {
  const { path, ends } = await threeRecords(t);
  const bytes = readFileSync(path);
  bytes[(ends[0] ?? 0) + 30] ^= 1;
  writeFileSync(path, bytes);
  await t.rejects(read(path), { code: 'damaged', message: `${path}:2: damaged record` });
});

t.test('takeBack', async (t) => {
  const { path } = await threeRecords(t);
  const { journal } = await read(path);
  await journal.append([change('new', 1)]);
  await journal.takeBack();
  await journal.append([change('other', 1)]);
  await journal.close();
  t.same((await read(path)).changes.map(({ key }) => key).slice(6), ['other']);
});

t.test('rewrite', async (t) => {
  const { path } = await threeRecords(t);
  const { journal } = await read(path);
  const entries = Array.from({ length: 1201 }, (_, index) => change(`key${index}`, index));
  await journal.rewrite(entries);
  await journal.append([change('after', 1)]);
  await journal.takeBack();
  t.notOk(journal.wantsRewrite);
  t.same((await read(path)).changes, entries);
  await journal.rewrite(entries.slice(1));
  await journal.takeBack();
  t.ok(journal.wantsRewrite, 'what was written anew is taken back by writing it once more');
  await journal.close();
});

t.test('it is written anew when it has grown', async (t) => {
  const { journal } = await read(join(t.testdir({}), 'state.jsonl'));
  while (!journal.wantsRewrite) await journal.append([change('key', 'x'.repeat(500_000))]);
  t.ok(journal.bytes > 4 * 2 ** 20 && journal.bytes < 6 * 2 ** 20, `${journal.bytes}`);
  await journal.rewrite([change('key', 1)]);
  t.notOk(journal.wantsRewrite);
  await journal.close();
});
