/**
 * test/fixtures/config: every `bad-*.yaml` has one fault, and its first line, `# want: LINE: text`, is the problem that
 * must be reported; every `good-*.yaml` has none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { loadConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { fromRoot } from '../fixtures/root.js';

const FOLDER = fromRoot('test/fixtures/config/');
const WANT = /^\ufeff?# want: (.+)\n/;

const files = readdirSync(FOLDER).toSorted();
const bad = files.filter((file) => /^bad-.+\.yaml$/.test(file));
const good = files.filter((file) => /^good-.+\.yaml$/.test(file));

t.test('bad', async (t) => {
  t.ok(bad.length >= 36, `${bad.length} files`);
  for (const name of bad) {
    const file = FOLDER + name;
    const [, want] = WANT.exec(readFileSync(file, 'utf8')) ?? [];
    const result = await loadConfiguration(file);
    t.strictSame(result.ok ? [] : result.problems.map(formatProblem), [`${file}:${want}`], name);
  }
});

t.test('good', async (t) => {
  for (const name of good) t.match(await loadConfiguration(FOLDER + name), { ok: true }, name);
});
