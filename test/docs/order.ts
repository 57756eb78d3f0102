/** docs/order.md is what its rows render to, and each row that holds names tests that are there and run. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import {
  DOCUMENTS,
  type OrderRow,
  parseTestName,
  renderOrderPage,
  VERDICTS,
} from '../../scripts/order/order-page.js';
import { readTestTitles, type TestTitles } from '../fixtures/order/test-titles.js';
import { fromRoot } from '../fixtures/root.js';

/** Statements of the documents that can be checked. */
const STATEMENTS = 241;
/** Of them, at most so many differ. */
const MOST_DIFFER = 10;

const rows = JSON.parse(readFileSync(fromRoot('test/fixtures/order.json'), 'utf8')) as OrderRow[];
const semantics = readFileSync(fromRoot('docs/semantics.md'), 'utf8');

t.test('the page is what the rows render to', async (t) => {
  t.equal(
    readFileSync(fromRoot('docs/order.md'), 'utf8'),
    renderOrderPage(rows),
    'npm run build && node dist/scripts/write-order.js',
  );
});

t.test('rows', async (t) => {
  t.equal(rows.length, STATEMENTS);
  t.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'ids are unique');
  t.equal(new Set(rows.map(({ statement }) => statement)).size, rows.length, 'so are statements');
  for (const { id, place, statement, verdict } of rows) {
    t.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    t.ok(place.document in DOCUMENTS && place.section !== '', `${id}: place`);
    t.match(place.lines, /^\d+(–\d+)?$/, `${id}: lines`);
    t.match(statement, /^\S.{10,}\S$/, `${id}: statement`);
    t.ok(verdict in VERDICTS, `${id}: ${verdict}`);
  }
});

t.test('how many differ, and what is missing', async (t) => {
  const idsOf = (wanted: OrderRow['verdict']): string[] =>
    rows.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);
  t.ok(idsOf('differs').length <= MOST_DIFFER, idsOf('differs').join());
  t.same(idsOf('missing'), []);
  for (const { id, verdict, note } of rows)
    if (verdict === 'not applicable') t.type(note, 'string', `${id}: why`);
});

t.test('what holds is shown by tests that are there and run', async (t) => {
  const ci = readFileSync(fromRoot('.ci/run'), 'utf8');
  for (const command of ['npm test', 'npm run test:console'])
    t.match(ci, new RegExp(`^${command} `, 'm'), `${command} runs`);
  const sources = new Map<string, TestTitles>();
  for (const { id, verdict, tests } of rows) {
    if (verdict === 'holds') t.ok(tests.length > 0, `${id} names a test`);
    for (const name of tests) {
      const { file, title, row } = parseTestName(name);
      t.match(file, /^test\/(?!fixtures\/|package\/).+\.ts$/, `${id}: ${file} runs`);
      if (!existsSync(fromRoot(file))) {
        t.fail(`${id}: ${file} is not there`);
        continue;
      }
      const source = sources.get(file) ?? readTestTitles(readFileSync(fromRoot(file), 'utf8'));
      sources.set(file, source);
      t.ok(source.has(title), `${id}: ${file} has a test "${title}" that runs`);
      if (row !== undefined) t.ok(source.says(row), `${id}: ${file} says "${row}"`);
    }
  }
});

t.test('what differs says why, and the semantics have it', async (t) => {
  const section = /\n## Where a host differs\n([\s\S]*?)\n## /.exec(semantics)?.[1] ?? '';
  const cells = section.split('\n').flatMap((line) => /\| ([^|]*) \|$/.exec(line)?.[1] ?? []);
  const told = cells.flatMap((last) => [...last.matchAll(/`([^`]+)`/g)].map(([, id]) => id));
  const ids = rows.map(({ id }) => id);
  for (const id of told) t.ok(ids.includes(id ?? ''), `${id} is a row`);
  for (const { id, note } of rows.filter(({ verdict }) => verdict === 'differs')) {
    t.type(note, 'string', `${id}: why`);
    t.ok(told.includes(id), `${id} is told of`);
  }
});

t.test('tests are found as they are written', async (t) => {
  const titles = readTestTitles(`
    const skip = 'never';
    const sometimes = skipUnless('tool');
    const rows = [{ name: 'a row', input: 1 }, { name: \`row \${n}\` }, { other: 'not a title' }];
    t.test('plain', async (t) => {
      await t.test('nested', async () => {});
    });
    t.test(\`\${io}, to \${target}\`, { skip: sometimes }, run);
    for (const { name } of rows) t.test(name, async () => {});
    t.test('skipped by a constant', { skip }, run);
    t.test('skipped by a text', { skip: 'broken' }, run);
    t.test('skipped by true', { skip: true }, async (t) => {
      t.test('nested in what is skipped', run);
    });
    t.test('not skipped by false', { skip: false }, run);
    t.test('to do', { todo: true }, run);
    t.skip('skipped by its name', run);
    // t.test('commented out', run);
    console.log('t.test("in a text", run)');
  `);
  for (const title of ['plain', 'nested', 'ring, to 10.9.0.2', 'a row', 'row 5', 'not skipped by false'])
    t.ok(titles.has(title), title);
  for (const title of [
    ...['skipped by a constant', 'skipped by a text', 'skipped by true', 'skipped by its name', 'to do'],
    ...['nested in what is skipped', 'commented out', 'in a text', 'not a title', 'other', ', to ', 'plain '],
  ])
    t.notOk(titles.has(title), title);
  t.ok(titles.says('not a title'));
  t.notOk(titles.says('commented out'));
});
