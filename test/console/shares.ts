/** Procedures of sharing: resource shares of the caller, and those of other accounts. Read back with the SDK. */
import { CreateTrafficMirrorTargetCommand, DescribeTrafficMirrorTargetsCommand } from '@aws-sdk/client-ec2';
import {
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  GetResourceShareAssociationsCommand,
  GetResourceShareInvitationsCommand,
  GetResourceSharesCommand,
  type ResourceShare,
} from '@aws-sdk/client-ram';
import type { Page } from 'playwright-core';
import t from 'tap';
import { act, described, said, select } from '../fixtures/console/act.js';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { ADMIN, OTHER } from '../fixtures/console/users.js';

t.test('shares', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t, {
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-declared', networkInterfaceId: 'eni-ids2' }],
  });
  const { ec2, ram } = stand.admin;
  const made = await ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }));
  const targetId = made.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  const secondId = 'tmt-declared';

  t.afterEach(async () => {
    for (const { resourceShareArn } of await activeShares(stand)) {
      await ram.send(new DeleteResourceShareCommand({ resourceShareArn }));
    }
  });

  /** Makes a share of the first target. */
  const share = async (name: string, principals: string[] = [OTHER.accountId]): Promise<ResourceShare> => {
    const command = new CreateResourceShareCommand({ name, resourceArns: [arnOf(targetId)], principals });
    return (await ram.send(command)).resourceShare ?? {};
  };

  await t.test('P8: share a target, from the list of targets', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await select(page, targetId);
    await act(page, 'Share target');
    await page.getByRole('heading', { level: 1, name: 'Create resource share' }).waitFor();
    t.ok(await page.getByRole('checkbox', { name: `Select ${targetId}` }).isChecked(), 'it is chosen');
    t.notOk(await page.getByRole('checkbox', { name: `Select ${secondId}` }).isChecked());
    await page
      .getByRole('region', { name: 'Description' })
      .getByRole('textbox', { name: 'Name' })
      .fill('ids');
    await principals(page).fill(OTHER.accountId);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText(OTHER.accountId).waitFor();
    t.ok(await page.getByRole('checkbox', { name: 'Allow external accounts' }).isChecked());
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await page.getByRole('combobox', { name: /^Value/ }).fill('blue');
    t.same(await seriousFindings(page), [], 'the form');
    await page.getByRole('button', { name: 'Create resource share', exact: true }).click();
    await said(page, /Created resource share ids; 1 account is invited.*12 hours/);
    const [found, ...others] = await activeShares(stand);
    t.same(others, []);
    t.match(found, { name: 'ids', allowExternalPrincipals: true, tags: [{ key: 'team', value: 'blue' }] });
    t.same(await entities(stand, found), { RESOURCE: [arnOf(targetId)], PRINCIPAL: [OTHER.accountId] });
    const row = page.getByRole('row', { name: /ids/ });
    t.match(await row.textContent(), /ids.*Active.*1.*1 \(1 invited\).*Yes/s);
    await page.goto(`${stand.origin}/console/#/mirror-targets/${targetId}?tab=sharing`);
    const sharing = page.getByRole('tabpanel', { name: 'Sharing' });
    await sharing.getByRole('row', { name: new RegExp(`ids.*${OTHER.accountId}.*Invited`, 's') }).waitFor();
  });

  await t.test('P8: what is wrong stands at its field', async (t) => {
    const page = await stand.open(t, ADMIN, '#/shares');
    await page.getByText('No resource shares').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Create resource share', exact: true }).first().click();
    const submit = page.getByRole('button', { name: 'Create resource share', exact: true });
    await submit.click();
    const name = page.getByRole('region', { name: 'Description' }).getByRole('textbox', { name: 'Name' });
    await described(name, /Name is required/);
    await name.fill('wrong');
    await principals(page).fill('12');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await described(principals(page), /12 digits/);
    await principals(page).fill(ADMIN.accountId);
    await submit.click();
    await described(principals(page), /your own account/);
    await principals(page).fill('999988887777');
    await submit.click();
    await described(principals(page), /InvalidParameterException: There is no account 999988887777/);
    await principals(page).fill(OTHER.accountId);
    await page.getByRole('checkbox', { name: 'Allow external accounts' }).click();
    await submit.click();
    await page
      .getByText(/OperationNotPermittedException: wrong does not allow external principals/)
      .waitFor();
    t.same(await seriousFindings(page), [], 'a form with errors');
    t.same(await activeShares(stand), [], 'nothing was created');
  });

  await t.test('P9: accept a share, and leave it', async (t) => {
    await share('for-you');
    const page = await stand.open(t, OTHER, '#/invitations');
    await choose(page, 'for-you');
    t.match(await page.getByRole('row', { name: /for-you/ }).textContent(), /Pending.*20\d\d-.*20\d\d-/s);
    t.same(await seriousFindings(page), [], 'the list with the panel');
    await page.getByRole('button', { name: 'Accept resource share' }).click();
    await said(page, /Accepted resource share for-you/);
    await page.getByRole('row', { name: /for-you.*Active.*1$/s }).waitFor();
    const { ec2: theirs } = stand.clientsOf(OTHER);
    const { TrafficMirrorTargets } = await theirs.send(new DescribeTrafficMirrorTargetsCommand({}));
    t.match(TrafficMirrorTargets, [{ TrafficMirrorTargetId: targetId, OwnerId: ADMIN.accountId }]);
    await page
      .getByRole('region', { name: 'Notifications' })
      .getByRole('link', { name: 'Mirror targets' })
      .click();
    await page.getByRole('row', { name: new RegExp(`${targetId}.*Shared with me`, 's') }).waitFor();
    await select(page, targetId);
    const button = page.getByRole('button', { name: 'Delete', exact: true });
    t.equal(await button.getAttribute('aria-disabled'), 'true', 'it is not the caller’s to delete');
    await page.getByRole('tab', { name: 'Sharing' }).click();
    await page.getByRole('link', { name: 'for-you' }).click();

    await choose(page, 'for-you');
    await page
      .getByRole('tabpanel', { name: 'Shared targets' })
      .getByRole('link', { name: targetId })
      .waitFor();
    t.equal(
      await page.getByRole('button', { name: 'Accept resource share' }).getAttribute('aria-disabled'),
      'true',
    );
    await act(page, 'Leave resource share');
    const dialog = page.getByRole('dialog', { name: 'Leave resource share' });
    t.same(await seriousFindings(page), [], 'the dialog');
    await dialog.getByRole('button', { name: 'Leave', exact: true }).click();
    await said(page, /Left resource share for-you/);
    await page.getByText('No shares or invitations').waitFor();
    t.same((await theirs.send(new DescribeTrafficMirrorTargetsCommand({}))).TrafficMirrorTargets, []);
  });

  await t.test('P9: reject an invitation, and one that is gone', async (t) => {
    await share('not-for-you');
    const gone = await share('gone');
    const page = await stand.open(t, OTHER, '#/invitations');
    await choose(page, 'not-for-you');
    await page.getByRole('button', { name: 'Reject resource share' }).click();
    await said(page, /Rejected resource share not-for-you/);
    await page.getByRole('row', { name: /not-for-you.*Rejected/s }).waitFor();
    const { ram: theirs } = stand.clientsOf(OTHER);
    const { resourceShareInvitations = [] } = await theirs.send(new GetResourceShareInvitationsCommand({}));
    t.same(
      resourceShareInvitations
        .filter(({ resourceShareName: name }) => name === 'not-for-you')
        .map((one) => one.status),
      ['REJECTED'],
    );
    await choose(page, 'not-for-you');
    await choose(page, 'gone');
    await ram.send(new DeleteResourceShareCommand({ resourceShareArn: gone.resourceShareArn }));
    await page.getByRole('button', { name: 'Accept resource share' }).click();
    await said(page, /ResourceShareInvitationArnNotFoundException/);
    await page.getByRole('row', { name: /gone/ }).waitFor({ state: 'detached' });
  });

  await t.test('a target of the configuration file can be shared, not deleted', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets');
    await page.getByRole('row', { name: new RegExp(`${targetId}.*Unknown`, 's') }).waitFor();
    await select(page, targetId);
    const button = page.getByRole('button', { name: 'Delete', exact: true });
    t.notOk(await button.getAttribute('aria-disabled'));
    await select(page, secondId);
    t.equal(await button.getAttribute('aria-disabled'), 'true', 'one of two cannot be deleted');
    await select(page, targetId);
    await described(button, /It is in the configuration file: change it there\./);
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    const tags = page.getByRole('menuitem', { name: 'Manage tags' });
    t.equal(await tags.getAttribute('aria-disabled'), 'true');
    await page.getByRole('menuitem', { name: 'Share target' }).click();
    await page.getByRole('heading', { level: 1, name: 'Create resource share' }).waitFor();
    t.ok(await page.getByRole('checkbox', { name: `Select ${secondId}` }).isChecked());
  });

  await t.test('P10: delete a share', async (t) => {
    const { resourceShareArn = '' } = await share('doomed');
    const id = resourceShareArn.slice(resourceShareArn.lastIndexOf('/') + 1);
    const page = await stand.open(t, ADMIN, '#/shares');
    await select(page, id);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByText(`${OTHER.accountId} can no longer use ${targetId}`).waitFor();
    t.same(await seriousFindings(page), [], 'the dialog');
    await dialog.getByRole('textbox', { name: 'To confirm, type delete' }).fill('delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await said(page, 'Deleted resource share doomed');
    const command = new GetResourceSharesCommand({
      resourceOwner: 'SELF',
      resourceShareArns: [resourceShareArn],
    });
    t.match((await ram.send(command)).resourceShares, [{ status: 'DELETED' }]);
    await page.getByRole('row', { name: /doomed.*Deleted/s }).waitFor();
    await page.getByRole('combobox', { name: 'Filter resource shares' }).fill('Status = Active');
    await page.keyboard.press('Enter');
    await page.getByText('No matches').waitFor();
  });

  await t.test('a share is changed: targets, principals, tags', async (t) => {
    const { resourceShareArn = '' } = await share('changing', []);
    const id = resourceShareArn.slice(resourceShareArn.lastIndexOf('/') + 1);
    const page = await stand.open(t, ADMIN, `#/shares/${id}`);
    await page.getByRole('heading', { level: 1, name: 'changing' }).waitFor();
    const dialog = page.getByRole('dialog');
    await act(page, 'Add targets');
    await dialog.getByRole('button', { name: 'Add targets' }).click();
    await dialog.getByText('Select a mirror target.').waitFor();
    t.equal(
      await dialog.getByRole('checkbox', { name: `Select ${targetId}` }).count(),
      0,
      'it is there already',
    );
    await dialog.getByRole('checkbox', { name: `Select ${secondId}` }).click();
    t.same(await seriousFindings(page), [], 'the dialog Add targets');
    await dialog.getByRole('button', { name: 'Add targets' }).click();
    await said(page, `Added ${secondId} to resource share changing`);
    await page.getByRole('row', { name: new RegExp(secondId) }).waitFor();

    await act(page, 'Add principals');
    await principals(page).fill(OTHER.accountId);
    await dialog.getByRole('button', { name: 'Add principals' }).click();
    await said(page, new RegExp(`Invited ${OTHER.accountId} to resource share changing`));
    await page.getByRole('tab', { name: 'Principals' }).click();
    await page.getByRole('row', { name: new RegExp(`${OTHER.accountId}.*Invited`, 's') }).waitFor();
    t.same(await entities(stand, { resourceShareArn }), {
      RESOURCE: [arnOf(targetId), arnOf(secondId)].sort(),
      PRINCIPAL: [OTHER.accountId],
    });

    await act(page, 'Remove');
    await dialog.getByRole('checkbox', { name: targetId }).click();
    await dialog.getByRole('checkbox', { name: OTHER.accountId }).click();
    t.same(await seriousFindings(page), [], 'the dialog Remove');
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await said(page, new RegExp(`Removed .*${OTHER.accountId} from resource share changing`));
    t.same(await entities(stand, { resourceShareArn }), { RESOURCE: [arnOf(secondId)], PRINCIPAL: [] });
    await page.getByRole('row', { name: new RegExp(`${OTHER.accountId}.*Removed`, 's') }).waitFor();

    await act(page, 'Manage tags');
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('site');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await said(page, 'Updated tags of changing');
    const [found] = await activeShares(stand);
    t.same(found?.tags, [{ key: 'site', value: '' }]);
    await page.getByRole('row', { name: /site/ }).waitFor();
    t.same(await seriousFindings(page), [], 'the page of a share');
  });
});

function arnOf(targetId: string): string {
  return `arn:aws:ec2:us-east-1:${ADMIN.accountId}:traffic-mirror-target/${targetId}`;
}

function principals(page: Page) {
  return page.getByRole('textbox', { name: /^Principals/ });
}

/** Selects the row of a name, or unselects it. */
async function choose(page: Page, name: string): Promise<void> {
  const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });
  await row.getByRole('checkbox').click();
}

async function activeShares({ admin }: ConsoleStand): Promise<ResourceShare[]> {
  const command = new GetResourceSharesCommand({ resourceOwner: 'SELF', resourceShareStatus: 'ACTIVE' });
  return (await admin.ram.send(command)).resourceShares ?? [];
}

/** What is in a share, by type of association. */
async function entities({ admin }: ConsoleStand, { resourceShareArn = '' }: ResourceShare = {}) {
  const of = async (associationType: 'RESOURCE' | 'PRINCIPAL'): Promise<string[]> => {
    const command = new GetResourceShareAssociationsCommand({
      associationType,
      resourceShareArns: [resourceShareArn],
    });
    const { resourceShareAssociations = [] } = await admin.ram.send(command);
    return resourceShareAssociations
      .filter(({ status }) => status !== 'DISASSOCIATED')
      .map(({ associatedEntity }) => associatedEntity ?? '')
      .sort();
  };
  return { RESOURCE: await of('RESOURCE'), PRINCIPAL: await of('PRINCIPAL') };
}
