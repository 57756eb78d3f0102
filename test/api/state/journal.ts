/** The state file: append, take back, rewrite and read. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  change,
  linesOf,
  openJournal,
  readJournal,
  scanBytes,
  writeJournal,
} from '../../fixtures/api/journals.js';

const pathIn = (t: Test): string => join(t.testdir({}), 'state.jsonl');

t.test('appended groups are read', async (t) => {
  const path = pathIn(t);
  const groups = [1, 2, 3].map((number) => [change(`a${number}`, { text: 'ä\n"{' }), change(`b${number}`)]);
  await writeJournal(path, [], groups);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same((await readJournal(path)).changes, groups.flat());
});

t.test('a group of many records', async (t) => {
  const path = pathIn(t);
  const group = Array.from({ length: 50 }, (_, index) => change(`key${index}`, 'ä'.repeat(20_000)));
  const bytes = await writeJournal(path, [], [group]);
  const records = linesOf(bytes).slice(2);
  t.ok(records.length > 2, `${records.length} records`);
  t.same(
    records.map(([flag]) => flag),
    [...records.slice(1).map(() => '+'), '.'],
  );
  t.ok(
    records.every(({ length }) => length < 2 ** 20),
    'each is bounded',
  );
  t.same((await readJournal(path)).changes, group);
  const lastStart = bytes.length - (records.at(-1)?.length ?? 0);
  const { keys, break: problem } = await scanBytes(bytes.subarray(0, lastStart));
  t.same(keys, [], 'nothing of it, as long as its last record is not there');
  t.match(problem, { kind: 'torn' });
});

t.test('a torn write is cut off, and kept', async (t) => {
  const path = pathIn(t);
  const bytes = await writeJournal(path, [], [[change('a', 1)], [change('b', 1)]]);
  const start = bytes.length - (linesOf(bytes).at(-1)?.length ?? 0);
  writeFileSync(path, bytes.subarray(0, -5));
  const { journal, changes, cuts } = await openJournal(path);
  t.same(
    changes.map(({ key }) => key),
    ['a'],
  );
  const [cut] = cuts;
  if (cut === undefined || cut instanceof Error) throw new Error('nothing was cut');
  t.equal(cut.bytes, bytes.length - 5 - start);
  t.same(readFileSync(cut.keptIn), bytes.subarray(start, -5));
  t.equal(statSync(cut.keptIn).mode & 0o777, 0o600);
  t.same(readFileSync(path), bytes.subarray(0, start));
  await journal.append([change('c', 1)]);
  await journal.close();
  const again = await readJournal(path);
  t.same(
    again.changes.map(({ key }) => key),
    ['a', 'c'],
  );
  t.same(again.cuts, []);
});

t.test('the newest torn writes are kept', async (t) => {
  const path = pathIn(t);
  const bytes = await writeJournal(path, [], [[change('a', 1)]]);
  for (let kill = 0; kill < 20; kill++) {
    writeFileSync(path, bytes.subarray(0, -1 - kill));
    await readJournal(path);
    writeFileSync(path, bytes);
  }
  const kept = readdirSync(join(path, '..')).filter((name) => name.includes('.torn-'));
  t.equal(kept.length, 16);
});

t.test('undoLastGroup', async (t) => {
  const path = pathIn(t);
  await writeJournal(path, [], [[change('a', 1)]]);
  const { journal } = await openJournal(path);
  await journal.append([change('new', 1)]);
  await journal.undoLastGroup();
  t.notOk(journal.isUncertain);
  await journal.append([change('other', 1)]);
  await journal.close();
  t.same(
    (await readJournal(path)).changes.map(({ key }) => key),
    ['a', 'other'],
  );
});

t.test('rewrite', async (t) => {
  const path = pathIn(t);
  await writeJournal(path, [], [[change('a', 1)]]);
  const { journal } = await openJournal(path);
  const entries = Array.from({ length: 1201 }, (_, index) => change(`key${index}`, index));
  await journal.rewrite(entries);
  await journal.append([change('after', 1)]);
  await journal.undoLastGroup();
  t.notOk(journal.wantsRewrite);
  t.same((await readJournal(path)).changes, entries);
  await journal.rewrite(entries.slice(1));
  await journal.undoLastGroup();
  t.ok(journal.isUncertain, 'what was written anew is taken back by writing it once more');
  t.ok(journal.wantsRewrite);
  await journal.rewrite(entries.slice(2));
  t.notOk(journal.isUncertain);
  await journal.close();
  t.same((await readJournal(path)).changes, entries.slice(2));
});

t.test('it is rewritten when it has grown', async (t) => {
  const { journal } = await openJournal(pathIn(t));
  t.ok(journal.wantsRewrite, 'a file that is not there is made in one step');
  await journal.rewrite([]);
  while (!journal.wantsRewrite) await journal.append([change('key', 'x'.repeat(500_000))]);
  t.ok(journal.bytes > 4 * 2 ** 20 && journal.bytes < 6 * 2 ** 20, `${journal.bytes}`);
  await journal.rewrite([change('key', 1)]);
  t.notOk(journal.wantsRewrite);
  await journal.close();
});

t.test('a killed rewrite leaves nothing', async (t) => {
  const path = pathIn(t);
  await writeJournal(path, [], [[change('a', 1)]]);
  writeFileSync(`${path}.new`, 'half');
  const { journal, changes } = await openJournal(path);
  t.equal(changes.length, 1);
  t.notOk(existsSync(`${path}.new`));
  await journal.close();
});
