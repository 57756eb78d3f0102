/** docs/security.md has a row for every attack, with what it came to before and after. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ATTACKS } from '../../scripts/attack/all-attacks.js';
import type { Report } from '../../scripts/attack/table.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/security.md'), 'utf8');
const before = JSON.parse(readFileSync(fromRoot('docs/attacks-before.json'), 'utf8')) as Report;
const VERDICT = /^\*\*(held|FAILED|not tried)\*\*/;

t.test('rows', async (t) => {
  const rows = page
    .split('\n')
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter(([, , attack]) => attack?.startsWith('**'));
  t.same(
    rows.map(([, by, attack]) => `${by} ${/^\*\*(.+?)\*\*/.exec(attack ?? '')?.[1]}`),
    ATTACKS.map(({ by, name }) => `${by} ${name}`),
  );
  for (const [, , attack = '', earlier = '', now = ''] of rows) {
    t.match(earlier, VERDICT, attack);
    t.match(now, VERDICT, attack);
  }
});

t.test('the run before has every attack', async (t) => {
  t.same(
    before.results.map(({ name }) => name),
    ATTACKS.map(({ name }) => name),
  );
});
