/** A list of ten thousand sessions: its first page comes at once, and the rest behind it. */
import type { Locator } from 'playwright-core';
import t, { type Test } from 'tap';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { checkGoal } from '../fixtures/console/goal.js';
import { ADMIN } from '../fixtures/console/users.js';

const SESSIONS = 10_000;
const FIRST_PAGE_GOAL_MS = 1000;

/** Sessions of a filter without rules, which no engine has to try. */
const RESOURCES = {
  quotas: { sessionsPerNetworkInterface: SESSIONS },
  trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
  trafficMirrorFilters: [
    { trafficMirrorFilterId: 'tmf-none', ingressFilterRules: [], egressFilterRules: [] },
  ],
  trafficMirrorSessions: Array.from({ length: SESSIONS }, (_, index) => ({
    trafficMirrorSessionId: `tms-${String(index + 1).padStart(5, '0')}`,
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId: 'tmt-ids',
    trafficMirrorFilterId: 'tmf-none',
    sessionNumber: index + 1,
    virtualNetworkId: index + 1,
    description: index % 100 === 0 ? 'one of a hundred' : 'another',
  })),
};

/** The ids of the rows that are shown. */
async function idsOf(table: Locator): Promise<string[]> {
  const texts = await table.locator('tbody tr').allTextContents();
  return texts.map((text) => /tms-\d{5}/.exec(text)?.[0] ?? '');
}

t.test('ten thousand sessions', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t, RESOURCES);

  await t.test('listed', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/metrics');
    await page.getByRole('heading', { level: 2, name: 'All metrics' }).waitFor();
    // The time of the page itself, without that of the test's way to it.
    const ms = await page.evaluate(async () => {
      const isThere = (): boolean => document.querySelector('tbody a[href*="tms-"]') !== null;
      const start = performance.now();
      location.hash = '#/mirror-sessions';
      while (!isThere()) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - start;
    });
    checkGoal(t, 'the first page of 10,000 sessions', ms, FIRST_PAGE_GOAL_MS);
    await page.getByRole('heading', { level: 1, name: /\(10,000\)/ }).waitFor();
    const table = page.getByRole('table', { name: 'Mirror sessions' });
    t.equal(await table.locator('tbody tr').count(), 20, 'only a page of rows is in the document');
    const before = await idsOf(table);
    t.equal(before.length, 20);
    await page.getByRole('button', { name: 'Page 500 of all pages' }).click();
    await table.locator(`tbody a[href*="${before[0]}"]`).waitFor({ state: 'detached' });
    const after = await idsOf(table);
    t.equal(new Set([...before, ...after]).size, 40, 'twenty other rows');
  });

  await t.test('filtered by the server', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.getByRole('heading', { level: 1, name: /\(10,000\)/ }).waitFor();
    const filter = page.getByRole('combobox', { name: 'Filter mirror sessions' });
    await filter.fill('description = one of a hundred');
    await filter.press('Enter');
    await page.getByText('100 matches').first().waitFor();
    t.pass('100 of them');
  });
});
