/** What `repair` leaves in the file and keeps beside it, for damage at any place. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inspectState, repairState } from '../../../src/api/state/repair.js';
import { Store } from '../../../src/api/state/store.js';
import { change, linesOf, openJournal, scanBytes, writeJournal } from '../../fixtures/api/journals.js';
import { fromRoot } from '../../fixtures/root.js';

const OLD_FILE = fromRoot('test/fixtures/api/state-format-1.jsonl');
const LONG = 'x'.repeat(300_000);

interface Damaged {
  readonly path: string;
  readonly lines: readonly string[];
  /** The damaged file. */
  readonly bytes: Buffer;
}

/** Records 1 to 3 are the first group, 4 a group, 5 and 6 a group. @param record the damaged one */
async function damage(t: Test, record: number): Promise<Damaged> {
  const path = join(t.testdir({}), 'state.jsonl');
  const groups = [[change('b', 1)], [change('c1', LONG), change('c2', 1)]];
  const lines = linesOf(await writeJournal(path, [change('a1', LONG), change('a2', 1)], groups));
  const line = lines[record - 1] ?? '';
  const changed = lines.with(record - 1, `${line.slice(0, 50)}~${line.slice(51)}`);
  const bytes = Buffer.from(changed.join(''), 'latin1');
  writeFileSync(path, bytes);
  return { path, lines, bytes };
}

const rows: readonly { record: number; left: number; keys: readonly string[] }[] = [
  { record: 1, left: 0, keys: [] },
  { record: 2, left: 1, keys: [] },
  { record: 3, left: 2, keys: ['a1'] },
  { record: 4, left: 3, keys: ['a1', 'a2'] },
  // The whole group is cut off.
  { record: 5, left: 4, keys: ['a1', 'a2', 'b'] },
  { record: 6, left: 4, keys: ['a1', 'a2', 'b'] },
];

for (const { record, left, keys } of rows) {
  t.test(`record ${record} is damaged`, async (t) => {
    const { path, lines, bytes } = await damage(t, record);
    t.match(await inspectState(path), { records: left, break: { kind: 'damaged', record } });
    t.same(readFileSync(path), bytes, 'looking changes nothing');
    const { inspection, cut } = await repairState(path);
    t.match(inspection.break, { record });
    const from = lines.slice(0, left).join('').length;
    t.same(readFileSync(cut?.keptIn ?? ''), bytes.subarray(from), 'what was cut off is kept');
    t.equal(cut?.bytes, bytes.length - from);
    const store = await Store.open(path);
    t.same([...store.table('things').keys()], keys);
    await store.commit([change('after', 1)]);
    await store.close();
    const scan = await scanBytes(readFileSync(path));
    t.equal(scan.break, undefined);
    t.same(scan.keys, [...keys, 'after']);
    t.equal((await repairState(path)).cut, undefined, 'nothing is left to repair');
  });
}

t.test('a repair that was killed before its last write', async (t) => {
  const { path, lines } = await damage(t, 3);
  writeFileSync(path, lines.slice(0, 2).join(''));
  t.match(await inspectState(path), { break: { kind: 'damaged', record: 3 } });
  await repairState(path);
  t.equal((await inspectState(path)).break, undefined);
});

t.test('a torn write', async (t) => {
  const { path, lines } = await damage(t, 6);
  writeFileSync(path, lines.join('').slice(0, -4));
  t.match((await repairState(path)).inspection.break, { kind: 'torn', record: 6 });
  t.match(await inspectState(path), { records: 4, break: undefined });
});

t.test('a file of format 1', async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  copyFileSync(OLD_FILE, path);
  const lines = linesOf(readFileSync(path));
  const changed = lines.with(1, (lines[1] ?? '').replace('filters', 'filterz'));
  writeFileSync(path, changed.join(''), 'latin1');
  const { cut } = await repairState(path);
  t.equal(readFileSync(cut?.keptIn ?? '', 'latin1'), changed.slice(1).join(''));
  t.equal(readFileSync(path, 'latin1'), lines[0]);
  const { journal } = await openJournal(path);
  await journal.close();
});

t.test('a file of a later version is not changed', async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  const { encodeRecord, START } = await import('../../../src/api/state/record.js');
  const { bytes } = encodeRecord(START, false, Buffer.from('{"format":3}'));
  writeFileSync(path, bytes);
  t.match(await repairState(path), { cut: undefined, inspection: { break: { kind: 'unsupported' } } });
  t.same(readFileSync(path), bytes);
  t.equal(readdirSync(join(path, '..')).length, 1);
});
