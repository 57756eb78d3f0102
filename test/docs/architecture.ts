/** docs/architecture.md names folders and files that are there, and every folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/architecture.md'), 'utf8');

const rows = [...page.matchAll(/^\| `(\w+)\/`\s*\|/gm)].map(([, folder]) => folder);

t.test('every folder has its row', async (t) => {
  t.same(rows.toSorted(), readdirSync(fromRoot('src')).toSorted());
});

t.test('the rows have the order that the imports are held to', async (t) => {
  const rules = readFileSync(fromRoot('.dependency-cruiser.cjs'), 'utf8');
  const list = /const FOLDERS = \[([^\]]*)\]/.exec(rules)?.[1] ?? '';
  const order = [...list.matchAll(/'(\w+)'/g)].map(([, folder]) => folder);
  const there = readdirSync(fromRoot('src'));
  t.same(
    rows,
    order.filter((folder) => there.includes(folder ?? '')),
  );
});

t.test('every file that is named is there', async (t) => {
  const files = new Set(
    [...page.matchAll(/\b((?:[a-z0-9]+\/)+[a-z0-9-]+\.ts)\b/g)].map(([, file]) => file ?? ''),
  );
  t.ok(files.size > 20);
  for (const file of files) t.ok(existsSync(fromRoot(`src/${file}`)), file);
});
