/** What npm releases, and the files for containers as their readers judge them. */
import t from 'tap';
import { skipUnless } from '../fixtures/live/requirements.js';
import { checkNpmPackage } from '../fixtures/package/npm-package.js';
import { checkAgainstSchemas, fetchJudges } from '../fixtures/package/schemas.js';

t.test('the files for containers', { skip: skipUnless('npm') }, async (t) => {
  const judges = fetchJudges(t);
  if (typeof judges === 'string') throw new Error(judges);
  checkAgainstSchemas(t, judges);
});

t.test('the npm package, of a fresh clone', { skip: skipUnless('git', 'npm', 'curl') }, async (t) =>
  checkNpmPackage(t),
);
