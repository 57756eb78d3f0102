/** The page of the console loads from the daemon: fast, with its headers, and without a violation of its policy. */
import t from 'tap';
import { watch } from '../fixtures/console/browser.js';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { checkGoal } from '../fixtures/console/goal.js';
import { seriousFindings } from '../fixtures/console/look.js';

/** On loopback. */
const LOAD_GOAL_MS = 1000;
/** Of the first route, compressed. */
const SCRIPT_LIMIT_BYTES = 350_000;
const STYLE_LIMIT_BYTES = 100_000;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

t.test('serving', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);

  await t.test('the page loads', async (t) => {
    const page = await stand.open(t, undefined);
    await page.getByRole('heading', { level: 1 }).waitFor();
    t.equal(await page.title(), 'Traffic Mirroring');
    const loaded = await page.evaluate(() => {
      const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      const transferred = (ending: string): number =>
        entries
          .filter(({ name }) => name.endsWith(ending))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
      const [navigation] = performance.getEntriesByType('navigation');
      const paints = performance.getEntriesByType('paint').map(({ startTime }) => startTime);
      const times = [navigation?.duration ?? Number.NaN, ...paints];
      return { ms: Math.max(...times), scripts: transferred('.js'), styles: transferred('.css') };
    });
    t.comment(
      `${Math.round(loaded.ms)} ms, ${loaded.scripts} bytes of scripts, ${loaded.styles} bytes of styles`,
    );
    checkGoal(t, 'loaded and drawn', loaded.ms, LOAD_GOAL_MS);
    t.ok(
      loaded.scripts > 10_000 && loaded.scripts < SCRIPT_LIMIT_BYTES,
      `${loaded.scripts} bytes of scripts`,
    );
    t.ok(loaded.styles > 1000 && loaded.styles < STYLE_LIMIT_BYTES, `${loaded.styles} bytes of styles`);
  });

  await t.test('a second load asks for the page alone', async (t) => {
    const page = await stand.open(t, undefined);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const reloaded = await page.reload();
    t.equal(reloaded?.status(), 200, 'the browser’s own, after it has asked');
    const sizes = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => name.includes('/assets/'))
        .map(({ transferSize }) => transferSize),
    );
    t.ok(sizes.length > 0);
    t.same([...new Set(sizes)], [0], 'hashed files come out of the cache');
  });

  await t.test('headers, and the API beside the console', async (t) => {
    const index = await fetch(`${stand.endpoint}/console/`);
    t.equal(index.status, 200);
    t.equal(index.headers.get('content-security-policy'), POLICY);
    t.equal(index.headers.get('cache-control'), 'no-cache');
    t.notOk(index.headers.has('access-control-allow-origin'), 'no other origin may read it');
    const call = await fetch(`${stand.endpoint}/`, { method: 'POST', body: 'Action=DescribeTags' });
    t.equal(call.status, 400);
    t.match(await call.text(), /MissingAuthenticationToken/);
  });

  await t.test('what goes wrong in a page is seen', async (t) => {
    const context = await stand.browser.newContext();
    t.teardown(() => context.close());
    const wrong = await watch(context, stand.origin);
    const page = await context.newPage();
    await page.goto(`${stand.origin}/console/`);
    t.same(wrong, [], 'nothing so far');
    await page.evaluate(async () => {
      const style = document.createElement('style');
      style.textContent = 'a { color: red }';
      document.head.append(style);
      const image = document.createElement('img');
      document.body.append(image);
      await fetch('http://127.0.0.1:9/elsewhere').catch(() => {});
      await Promise.reject(new Error('of a script')).catch((error) =>
        setTimeout(() => Promise.reject(error)),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    const lines = wrong.join('\n');
    t.match(lines, /console: violates style-src/);
    t.match(lines, /console: violates connect-src/);
    t.match(lines, /script: .*of a script/);
    t.match(await seriousFindings(page), [/^image-alt: img/], 'axe-core runs in spite of the policy');
  });
});
