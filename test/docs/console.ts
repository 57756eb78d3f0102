/** The pictures of docs/console.md: all that it shows are there, and no other, and not too large for a repository. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { fromRoot } from '../fixtures/root.js';

const MAXIMUM_BYTES = 2_000_000;

t.test('pictures', async (t) => {
  const page = readFileSync(fromRoot('docs/console.md'), 'utf8');
  const shown = [...page.matchAll(/\]\(images\/console\/([^)]+)\)/g)].map(([, name]) => name);
  const names = readdirSync(fromRoot('docs/images/console'));
  t.strictSame(shown.toSorted(), names.toSorted());
  const bytes = names.reduce((sum, name) => sum + statSync(fromRoot(`docs/images/console/${name}`)).size, 0);
  t.ok(bytes > 0 && bytes < MAXIMUM_BYTES, `${bytes} bytes`);
});
