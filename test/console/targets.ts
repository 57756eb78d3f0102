/** Procedures of mirror targets, done in the browser and read back with the SDK. */
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorSessionCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import type { Page } from 'playwright-core';
import t from 'tap';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { descriptionOf, seriousFindings } from '../fixtures/console/look.js';
import { ADMIN } from '../fixtures/console/users.js';

t.test('targets', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  const { ec2 } = stand.admin;

  t.beforeEach(() => clean(stand));

  await t.test('P1: the first target, from the empty list', async (t) => {
    const page = await stand.open(t, ADMIN, '#/');
    const navigation = page.getByRole('navigation', { name: 'Side navigation' });
    await navigation.getByRole('link', { name: 'Mirror targets' }).click();
    await page.getByText('No mirror targets').waitFor();
    t.same(await seriousFindings(page), [], 'the empty list');
    await page.getByRole('link', { name: 'Create traffic mirror target', exact: true }).last().click();
    await page.getByRole('heading', { level: 1, name: 'Create traffic mirror target' }).waitFor();
    await page.getByRole('textbox', { name: 'Name tag' }).fill('ids');
    await page.getByRole('textbox', { name: 'Description' }).fill('the first appliance');
    await targetField(page).click();
    const option = page.getByRole('option', { name: /eni-ids / });
    t.match(await option.textContent(), /eni-ids.*10\.\d+\.\d+\.\d+.*receiver/s, 'address and device');
    await option.click();
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await page.getByRole('combobox', { name: /^Value/ }).fill('blue');
    t.same(await seriousFindings(page), [], 'the form');
    await create(page);
    await said(page, /Created traffic mirror target tmt-\w+ \(ids\)/);
    const [target, ...others] = await targetsOf(stand);
    t.same(others, []);
    t.match(target, {
      NetworkInterfaceId: 'eni-ids',
      Type: 'network-interface',
      Description: 'the first appliance',
    });
    t.same(tagsOf(target), { Name: 'ids', team: 'blue' });
    const row = page.getByRole('row', { name: /ids/ });
    await row.getByRole('link', { name: target?.TrafficMirrorTargetId ?? '' }).waitFor();
    t.match(await row.textContent(), /Network interface.*eni-ids.*0.*Not shared/s);
  });

  await t.test('P4: create targets of all types', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    await targetField(page).fill('eni-ids2');
    await chooseType(page, 'Network Load Balancer');
    t.equal(await targetField(page).inputValue(), '', 'another type clears the target');
    await targetField(page).click();
    await page.getByRole('option', { name: /nlb-ids/ }).click();
    await create(page);
    await said(page, /Created traffic mirror target tmt-/);
    const [balanced] = await targetsOf(stand);
    t.equal(balanced?.Type, 'network-load-balancer');
    t.match(balanced?.NetworkLoadBalancerArn, /nlb-ids/);
    t.same(balanced?.Tags ?? [], [], 'empty fields are not sent');
    t.notOk(balanced?.Description);

    await page.getByRole('link', { name: 'Create traffic mirror target', exact: true }).click();
    await chooseType(page, 'Gateway Load Balancer endpoint');
    await targetField(page).fill('vpce-ids');
    await create(page);
    const types = await waitForTargets(stand, 2);
    t.same(types.map(({ GatewayLoadBalancerEndpointId: id }) => id).filter(Boolean), ['vpce-ids']);
  });

  await t.test('P4: what is wrong stands at its field', async (t) => {
    const other = await ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }));
    const taken = other.TrafficMirrorTarget?.TrafficMirrorTargetId;
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    await create(page);
    t.match(await descriptionOf(targetField(page)), /Target is required/);
    t.equal(await targetField(page).getAttribute('aria-invalid'), 'true');
    t.ok(await targetField(page).evaluate((field) => field === document.activeElement), 'it has the focus');

    await targetField(page).click();
    const inUse = page.getByRole('option', { name: /eni-ids / });
    t.match(await inUse.textContent(), new RegExp(`in use by ${taken}`));
    await inUse.click();
    await create(page);
    await described(targetField(page), /InterfaceInUseByTrafficMirrorTarget/);

    await targetField(page).fill('eni-nowhere');
    await create(page);
    await described(targetField(page), /InvalidNetworkInterfaceID\.NotFound/);

    await page.getByRole('textbox', { name: 'Description' }).fill('x'.repeat(256));
    await page.getByRole('textbox', { name: 'Name tag' }).fill('y'.repeat(257));
    await create(page);
    await described(page.getByRole('textbox', { name: 'Description' }), /at most 255 characters/);
    await described(page.getByRole('textbox', { name: 'Name tag' }), /at most 256 characters/);
    t.same(await seriousFindings(page), [], 'a form with errors');

    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave page' });
    await dialog.getByRole('button', { name: 'Stay' }).click();
    t.match(await page.getByRole('textbox', { name: 'Description' }).inputValue(), /^x+$/);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { level: 1, name: /^Mirror targets/ }).waitFor();
    t.equal((await targetsOf(stand)).length, 1, 'nothing was created');
  });

  await t.test('P5: tags of a target', async (t) => {
    const target = await make(stand, { Name: 'tagged', team: 'blue', old: 'x' });
    const id = target.TrafficMirrorTargetId ?? '';
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await select(page, id);
    const panel = page.getByRole('region', { name: new RegExp(id) });
    await panel.getByRole('tab', { name: 'Tags' }).click();
    await panel.getByRole('link', { name: 'Manage tags' }).click();
    await page.getByRole('heading', { level: 1, name: 'Manage tags' }).waitFor();
    await page.getByRole('button', { name: 'Remove tag old' }).click();
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).last().fill('team');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page
      .getByText(/team is there twice|duplicate/i)
      .first()
      .waitFor();
    t.match(tagsOf(await described1(stand, id)), { old: 'x' }, 'nothing is sent with a key twice');
    await page.getByRole('combobox', { name: 'Key' }).last().fill('site');
    await page
      .getByRole('combobox', { name: /^Value/ })
      .last()
      .fill('north');
    t.same(await seriousFindings(page), []);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await said(page, new RegExp(`Updated tags of ${id}`));
    t.same(tagsOf(await described1(stand, id)), { Name: 'tagged', team: 'blue', site: 'north' });
    await page.getByRole('row', { name: /site/ }).waitFor();
  });

  await t.test('P6: view targets', async (t) => {
    const target = await make(stand, { Name: 'seen' });
    const other = await ec2.send(
      new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids2', Description: 'of *two* tests' }),
    );
    const id = target.TrafficMirrorTargetId ?? '';
    const otherId = other.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
    const session = await makeSession(stand, id);
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await page.getByRole('table', { name: 'Mirror targets' }).getByRole('row', { name: id }).waitFor();
    t.match(await page.getByRole('heading', { level: 1 }).textContent(), /^Mirror targets.*\(2\)/);
    t.same(
      (await page.getByRole('columnheader').allTextContents()).map((text) => text.trim()).filter(Boolean),
      ['Name', 'Target ID', 'Target type', 'Target', 'State', 'Sessions', 'Sharing', 'Owner', 'Description'],
    );
    await select(page, id);
    const panel = page.getByRole('region', { name: `${id} (seen)` });
    t.same(await panel.getByRole('tab').allTextContents(), ['Details', 'Sessions', 'Sharing', 'Tags']);
    t.match(await panel.getByRole('definition').allTextContents(), [
      /tmt-/,
      'seen',
      '–',
      'Network interface',
    ]);
    t.same(await seriousFindings(page), [], 'the list with the panel');
    await panel.getByRole('tab', { name: 'Sessions' }).click();
    await panel.getByRole('link', { name: session }).waitFor();
    await panel.getByRole('tab', { name: 'Sharing' }).click();
    await panel.getByText('Not shared').waitFor();

    await select(page, otherId);
    await page.getByRole('region', { name: '2 mirror targets selected' }).waitFor();
    await page.getByRole('combobox', { name: 'Filter mirror targets' }).fill('Description = of *two* tests');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: id }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: otherId }).waitFor();

    await page.goto(`${stand.origin}/console/#/mirror-targets/${id}?tab=tags`);
    await page.getByRole('heading', { level: 1, name: id }).waitFor();
    await page.getByRole('row', { name: /Name.*seen/ }).waitFor();
    await page.getByRole('tab', { name: 'Details' }).click();
    t.same(await seriousFindings(page), [], 'the page of a target');
    await page.goto(`${stand.origin}/console/#/mirror-targets/tmt-00000000000000000`);
    await page.getByText('This target does not exist').waitFor();
  });

  await t.test('P7: delete a target, with a session in the way', async (t) => {
    const target = await make(stand, { Name: 'doomed' });
    const id = target.TrafficMirrorTargetId ?? '';
    const session = await makeSession(stand, id);
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await select(page, id);
    const button = page.getByRole('button', { name: 'Delete', exact: true });
    await button.click();
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByRole('link', { name: session }).waitFor();
    const word = dialog.getByRole('textbox', { name: 'To confirm, type delete' });
    await word.fill('delete');
    const confirm = dialog.getByRole('button', { name: 'Delete', exact: true });
    t.ok(await confirm.isDisabled(), 'the session is in the way');
    t.same(await seriousFindings(page), [], 'the dialog');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: session }));
    await button.click();
    await word.fill('delet');
    t.ok(await confirm.isDisabled(), 'the word is not complete');
    await word.fill(' DELETE ');
    await word.press('Enter');
    await said(page, `Deleted traffic mirror target ${id}`);
    t.same(await targetsOf(stand), []);
    await page.getByText('No mirror targets').waitFor();
  });

  await t.test('P7: several at once, and one that is gone already', async (t) => {
    const one = await make(stand, {});
    const other = await ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids2' }));
    const otherId = other.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await select(page, one.TrafficMirrorTargetId ?? '');
    await select(page, otherId);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await remove(stand, other.TrafficMirrorTarget);
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByRole('textbox', { name: 'To confirm, type delete' }).fill('delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await said(page, `Deleted traffic mirror target ${one.TrafficMirrorTargetId}`);
    await dialog.waitFor({ state: 'detached' });
    t.same(await targetsOf(stand), []);
  });
});

function targetField(page: Page) {
  return page.getByRole('combobox', { name: 'Target', exact: true });
}

async function chooseType(page: Page, type: string): Promise<void> {
  await page.getByRole('button', { name: /^Target type/ }).click();
  await page.getByRole('option', { name: type, exact: true }).click();
}

async function create(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create', exact: true }).click();
}

async function select(page: Page, id: string): Promise<void> {
  await page.getByRole('checkbox', { name: `Select ${id}` }).click();
}

/** Waits for a message of success. */
async function said(page: Page, text: string | RegExp): Promise<void> {
  await page.getByRole('region', { name: 'Notifications' }).getByText(text).first().waitFor();
}

/** Waits until a field says what is wrong. */
async function described(field: ReturnType<Page['getByRole']>, words: RegExp): Promise<void> {
  const frame = field.page().locator('[data-problem="true"]').filter({ has: field });
  await frame.getByText(words).first().waitFor();
  const description = await descriptionOf(field);
  if (!words.test(description)) throw new Error(`described by ${JSON.stringify(description)}, not ${words}`);
}

async function targetsOf({ admin }: ConsoleStand): Promise<TrafficMirrorTarget[]> {
  const { TrafficMirrorTargets = [] } = await admin.ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
  return TrafficMirrorTargets;
}

async function described1({ admin }: ConsoleStand, id: string): Promise<TrafficMirrorTarget | undefined> {
  const command = new DescribeTrafficMirrorTargetsCommand({ TrafficMirrorTargetIds: [id] });
  return (await admin.ec2.send(command)).TrafficMirrorTargets?.[0];
}

function tagsOf(target: TrafficMirrorTarget | undefined): Record<string, string> {
  return Object.fromEntries((target?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

async function make({ admin }: ConsoleStand, tags: Record<string, string>): Promise<TrafficMirrorTarget> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { TrafficMirrorTarget } = await admin.ec2.send(
    new CreateTrafficMirrorTargetCommand({
      NetworkInterfaceId: 'eni-ids',
      ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags }] }),
    }),
  );
  if (TrafficMirrorTarget === undefined) throw new Error('no target was created');
  return TrafficMirrorTarget;
}

/** @returns its id */
async function makeSession({ admin }: ConsoleStand, TrafficMirrorTargetId: string): Promise<string> {
  const filter = await admin.ec2.send(new CreateTrafficMirrorFilterCommand({}));
  const { TrafficMirrorSession } = await admin.ec2.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId,
      TrafficMirrorFilterId: filter.TrafficMirrorFilter?.TrafficMirrorFilterId,
      SessionNumber: 1,
    }),
  );
  return TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
}

async function remove({ admin }: ConsoleStand, target: TrafficMirrorTarget | undefined): Promise<void> {
  const TrafficMirrorTargetId = target?.TrafficMirrorTargetId;
  await admin.ec2.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId }));
}

/** Removes all sessions and targets. */
async function clean(stand: ConsoleStand): Promise<void> {
  const { ec2 } = stand.admin;
  const { TrafficMirrorSessions = [] } = await ec2.send(new DescribeTrafficMirrorSessionsCommand({}));
  for (const { TrafficMirrorSessionId } of TrafficMirrorSessions) {
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));
  }
  for (const target of await targetsOf(stand)) await remove(stand, target);
}

/** Waits until there are so many targets. */
async function waitForTargets(stand: ConsoleStand, count: number): Promise<TrafficMirrorTarget[]> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const targets = await targetsOf(stand);
    if (targets.length >= count) return targets;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`there are no ${count} targets`);
}
