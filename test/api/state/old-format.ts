/** State files of format 1, as version 0.1 wrote them: test/fixtures/api/state-format-1.jsonl is one. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Store } from '../../../src/api/state/store.js';
import { change, linesOf, openJournal, readJournal, scanBytes } from '../../fixtures/api/journals.js';
import { fromRoot } from '../../fixtures/root.js';

const FILE = fromRoot('test/fixtures/api/state-format-1.jsonl');
const BITS = 8;
const KEYS = ['tmt-0', 'tmf-0', 'tmt-1', 'tmt-1', 'tms-0'];

function copyIn(t: Test): string {
  const path = join(t.testdir({}), 'state.jsonl');
  copyFileSync(FILE, path);
  return path;
}

t.test('it is read, and unchanged before the first change', async (t) => {
  const path = copyIn(t);
  const store = await Store.open(path);
  t.same(Object.fromEntries(store.table('targets')), {
    'tmt-0': { ownerId: '111122223333', description: 'ä\n"{ first' },
  });
  t.same([...store.table('filters').keys()], ['tmf-0']);
  await store.close();
  t.same(readFileSync(path), readFileSync(FILE));
});

t.test('the first change rewrites it, in one step', async (t) => {
  const path = copyIn(t);
  const store = await Store.open(path);
  await store.commit([change('new', 1)]);
  await store.close();
  const scan = await scanBytes(readFileSync(path));
  t.match(scan, { format: 2, break: undefined });
  t.same(scan.keys, ['tmt-0', 'tmf-0', 'tms-0', 'new']);
  t.ok(linesOf(readFileSync(path)).length > 1, 'an older version must not take it for a torn write');
  const again = await Store.open(path);
  t.equal(again.table('things').get('new'), 1);
  await again.close();
});

t.test('a failed rewrite leaves it unchanged', async (t) => {
  const path = copyIn(t);
  const { journal } = await openJournal(path);
  await t.rejects(journal.rewrite([change('big', 1n)]), TypeError);
  await journal.close();
  t.same(readFileSync(path), readFileSync(FILE));
  t.notOk(existsSync(`${path}.new`));
});

t.test('a changed bit', async (t) => {
  const bytes = readFileSync(FILE);
  const wrong: string[] = [];
  for (let bit = 0; bit < bytes.length * BITS; bit++) {
    const at = Math.floor(bit / BITS);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % BITS));
    const { break: problem } = await scanBytes(bytes);
    if (problem?.kind !== 'damaged') wrong.push(`bit ${bit}: ${JSON.stringify(problem)}`);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % BITS));
  }
  t.same(wrong, []);
  t.same((await scanBytes(bytes)).keys, KEYS);
});

t.test('a changed bit of the only record', async (t) => {
  const [line = ''] = linesOf(readFileSync(FILE));
  const bytes = Buffer.from(line, 'latin1');
  for (let bit = 0; bit < bytes.length * BITS; bit++) {
    const at = Math.floor(bit / BITS);
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit % BITS));
    const { break: problem } = await scanBytes(changed);
    if (problem?.kind !== 'damaged') t.fail(`bit ${bit}: ${JSON.stringify(problem)}`);
  }
  t.same((await scanBytes(bytes)).keys, ['tmt-0']);
});

t.test('cut anywhere, the file has the complete records before the cut', async (t) => {
  const bytes = readFileSync(FILE);
  const wrong: number[] = [];
  for (let length = 0; length <= bytes.length; length++) {
    const { break: problem, records, end } = await scanBytes(bytes.subarray(0, length));
    const lines = linesOf(bytes.subarray(0, length));
    const isWhole = lines.join('').length === length;
    const isRight = records === lines.length && end.bytes === lines.join('').length;
    if (!isRight || problem?.kind !== (isWhole ? undefined : 'torn')) wrong.push(length);
  }
  t.same(wrong, []);
});

t.test('reading in chunks of any length', async (t) => {
  const bytes = readFileSync(FILE);
  const whole = await scanBytes(bytes);
  for (let chunk = 1; chunk <= bytes.length + 1; chunk++) {
    t.strictSame(await scanBytes(bytes, chunk), whole, `chunks of ${chunk} bytes`);
  }
});

t.test('a torn write is kept beside it', async (t) => {
  const path = copyIn(t);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, -3));
  const { changes } = await readJournal(path);
  t.same(
    changes.map(({ key }) => key),
    KEYS.slice(0, -1),
  );
  const [kept = ''] = readdirSync(join(path, '..')).filter((name) => name.includes('.torn-'));
  t.equal(readFileSync(join(path, '..', kept), 'latin1'), linesOf(bytes).at(-1)?.slice(0, -3));
});

t.test('a file of a later version is not changed', async (t) => {
  const path = copyIn(t);
  const { encodeRecord, START } = await import('../../../src/api/state/record.js');
  const { bytes } = encodeRecord(START, false, Buffer.from('{"format":3}'));
  const later = Buffer.concat([bytes, Buffer.from('whatever')]);
  writeFileSync(path, later);
  await t.rejects(readJournal(path), {
    code: 'unsupported',
    message: `${path}: its format is 3, of a later version of traffic-mirror: use that`,
  });
  t.same(readFileSync(path), later);
});
