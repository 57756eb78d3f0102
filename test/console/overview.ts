/** The overview: get started, problems first, and what each source mirrors now. */
import t from 'tap';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { makeFilter, makeSession, makeTarget } from '../fixtures/console/session-form.js';
import { ADMIN, WITHOUT_STATUS } from '../fixtures/console/users.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';

t.test('overview', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  const { ec2 } = stand.admin;

  await t.test('get started, as long as there is nothing', async (t) => {
    const page = await stand.open(t, ADMIN, '#/');
    const region = page.getByRole('region', { name: 'Get started' });
    await region.waitFor();
    t.same(await region.getByRole('link').allTextContents(), [
      'Create traffic mirror target',
      'Create traffic mirror filter',
      'Create traffic mirror session',
    ]);
    await page.getByText('No problems').waitFor();
    await page.getByText('No sources').waitFor();
    t.same(await seriousFindings(page), []);
    await region.getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: 'Create traffic mirror target' }).waitFor();
  });

  const target = await makeTarget(ec2, 'ids', { NetworkInterfaceId: 'eni-ids' });
  const filter = await makeFilter(ec2, 'udp');
  const id = await makeSession(ec2, {
    TrafficMirrorTargetId: target,
    TrafficMirrorFilterId: filter,
    SessionNumber: 1,
  });

  await t.test('what each source mirrors now', async (t) => {
    const page = await stand.open(t, ADMIN, '#/', { colorScheme: 'dark' });
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'eni-web' }) });
    await row.getByText('Capturing').waitFor();
    const cell = (index: number) => row.getByRole('cell').nth(index).textContent();
    t.equal(await cell(0), 'veth0');
    t.equal(await cell(2), 'Not captured', 'the filter has no outbound rules');
    t.match(await cell(3), new RegExp(`1: ${id}`));
    const about = (text: string | null): boolean => Number(text) > 50 && Number(text) < 200;
    t.ok(await waitFor('received', () => cell(4), about));
    t.ok(await waitFor('mirrored', () => cell(5), about));
    t.equal(await cell(6), '0');
    t.equal(await cell(7), '0');
    t.equal(await page.getByRole('region', { name: 'Get started' }).count(), 0);
    t.same(await seriousFindings(page), []);
    await row.getByRole('link', { name: id }).click();
    await page.getByRole('table', { name: 'Funnel' }).waitFor();
  });

  await t.test('a problem stands first', async (t) => {
    stand.stand.host.ip('link', 'set', 'veth0', 'down');
    t.teardown(() => stand.stand.host.ip('link', 'set', 'veth0', 'up'));
    const page = await stand.open(t, ADMIN, '#/');
    const session = page.getByRole('link', { name: id }).first();
    await page.getByText(/does not mirror as it should/).waitFor();
    await session.click();
    await page.getByRole('table', { name: 'Funnel' }).waitFor();
    await page.getByText('Inactive', { exact: true }).first().waitFor();
    t.same(await seriousFindings(page), []);
  });

  await t.test('without GetStatus: the refusal, and counts all the same', async (t) => {
    const page = await stand.open(t, WITHOUT_STATUS, '#/');
    await page.getByText('You have no permission for traffic-mirror:GetStatus').waitFor();
    await page.getByRole('definition').filter({ hasText: '1' }).first().waitFor();
    t.same(await page.getByRole('definition').allTextContents(), ['1', '0', '1', '1']);
    await page.getByRole('link', { name: 'Mirror sessions', exact: true }).click();
    await page.getByText(/Status and rates are not shown. AccessDenied/).waitFor();
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: id }) });
    t.match(await row.textContent(), /–.*–/);
    t.same(await seriousFindings(page), []);
  });
});
