/** Who may not: a key that is not accepted, a clock that is wrong, and users whose policy allows less. */
import { CreateTrafficMirrorTargetCommand, DescribeTrafficMirrorTargetsCommand } from '@aws-sdk/client-ec2';
import { CreateResourceShareCommand } from '@aws-sdk/client-ram';
import t from 'tap';
import { described, said, select } from '../fixtures/console/act.js';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { sendSignIn, signIn } from '../fixtures/console/sign-in.js';
import { ADMIN, NOBODY, OTHER, VIEWER, WITHOUT_STATUS } from '../fixtures/console/users.js';

const HOUR_MS = 3_600_000;

t.test('refusals', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  const tags = [{ ResourceType: 'traffic-mirror-target' as const, Tags: [{ Key: 'Name', Value: 'ids' }] }];
  const made = await stand.admin.ec2.send(
    new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids', TagSpecifications: tags }),
  );
  const id = made.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  await stand.admin.ram.send(
    new CreateResourceShareCommand({
      name: 'appliances',
      resourceArns: [`arn:aws:ec2:us-east-1:${ADMIN.accountId}:traffic-mirror-target/${id}`],
      principals: [OTHER.accountId],
    }),
  );

  await t.test('a wrong key and a wrong secret', async (t) => {
    const page = await stand.open(t, undefined);
    const [key, secret] = [page.getByLabel('Access key ID'), page.getByLabel('Secret access key')];
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await described(key, /Access key ID is required/);
    await described(secret, /Secret access key is required/);
    for (const wrong of [
      { ...ADMIN, accessKeyId: 'AKIDNOBODYHAS' },
      { ...ADMIN, secretAccessKey: 'not-the-secret' },
    ]) {
      await sendSignIn(page, wrong);
      await described(key, /AuthFailure/);
      await described(secret, /AuthFailure/);
      t.equal(await page.getByRole('navigation', { name: 'Side navigation' }).count(), 0);
    }
    t.same(await seriousFindings(page), []);
    await signIn(page, ADMIN);
  });

  await t.test('a wrong region', async (t) => {
    const page = await stand.open(t, undefined);
    await page.getByLabel('Region').fill('eu-west-7');
    await sendSignIn(page, ADMIN);
    await described(page.getByLabel('Region'), /scoped to a valid region, not .*eu-west-7/);
    await page.getByLabel('Region').fill('us-east-1');
    await signIn(page, ADMIN);
  });

  await t.test('the region, in the menu of the page', async (t) => {
    const page = await stand.open(t, ADMIN);
    await page.getByRole('button', { name: 'Region: us-east-1' }).click();
    const regions = page.getByRole('menuitemcheckbox');
    await regions.first().waitFor();
    t.same(await regions.allTextContents(), ['us-east-1'], 'the one of the daemon');
    t.equal(await regions.getAttribute('aria-checked'), 'true');
  });

  await t.test('a clock that is wrong at sign-in', async (t) => {
    const page = await stand.open(t, undefined);
    const wrong = new Date(Date.now() + HOUR_MS);
    await page.clock.setFixedTime(wrong);
    await sendSignIn(page, ADMIN);
    const alert = page.getByText('The clocks of this browser and of the server differ');
    await alert.waitFor();
    const text = (await page.getByRole('main').textContent()) ?? '';
    t.match(text, /RequestExpired: Request has expired: it was signed at 20/);
    const day = wrong.toISOString().slice(0, 13);
    t.match(text, new RegExp(`The clock of this browser says ${day}`), 'both times are there');
    t.same(await seriousFindings(page), []);
    await page.clock.setFixedTime(new Date());
    await signIn(page, ADMIN);
  });

  await t.test('a key that is lost later: what was entered is kept', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    await page.getByRole('textbox', { name: 'Name tag' }).fill('kept');
    await page.getByRole('combobox', { name: 'Target', exact: true }).fill('eni-ids2');
    await page.clock.setFixedTime(new Date(Date.now() + HOUR_MS));
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('The clocks of this browser and of the server differ').waitFor();
    await page.clock.setFixedTime(new Date());
    await signIn(page, ADMIN);
    const name = page.getByRole('textbox', { name: 'Name tag' });
    await name.waitFor();
    t.equal(await name.inputValue(), 'kept');
    t.equal(await page.getByRole('combobox', { name: 'Target', exact: true }).inputValue(), 'eni-ids2');
  });

  await t.test('a viewer sees everything, and is refused what changes it', async (t) => {
    const page = await stand.open(t, VIEWER, '#/mirror-targets');
    await page.getByRole('row', { name: /ids/ }).waitFor();
    await select(page, id);
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('row', { name: /Name.*ids/ }).waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByRole('textbox', { name: 'To confirm, type delete' }).fill('delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByText(/UnauthorizedOperation: .*ec2:DeleteTrafficMirrorTarget/).waitFor();
    await dialog.getByText(`${id} was not deleted`).waitFor();
    t.same(await seriousFindings(page), [], 'the dialog with the refusal');
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.goto(`${stand.origin}/console/#/mirror-targets/create`);
    await page.getByRole('combobox', { name: 'Target', exact: true }).fill('eni-ids2');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('You have no permission for ec2:CreateTrafficMirrorTarget').waitFor();
    t.equal(
      await page.getByRole('combobox', { name: 'Target', exact: true }).inputValue(),
      'eni-ids2',
      'the values stay',
    );
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();

    await page.goto(`${stand.origin}/console/#/shares`);
    await page
      .getByRole('row', { name: /appliances/ })
      .getByRole('checkbox')
      .click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByRole('textbox', { name: 'To confirm, type delete' }).fill('delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByText(/AccessDeniedException: .*ram:DeleteResourceShare/).waitFor();
    const { TrafficMirrorTargets } = await stand.admin.ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
    t.equal(TrafficMirrorTargets?.length, 1);
  });

  await t.test('who may not read sees the page and the refusal', async (t) => {
    const page = await stand.open(t, NOBODY, '#/mirror-targets');
    for (const [route, title, action] of [
      ['#/mirror-targets', /^Mirror targets/, 'ec2:DescribeTrafficMirrorTargets'],
      ['#/shares', /^Resource shares/, 'ram:GetResourceShare'],
      ['#/invitations', /^Resource shares/, 'ram:'],
      [`#/mirror-targets/${id}`, id, 'ec2:DescribeTrafficMirrorTargets'],
    ] as const) {
      await page.goto(`${stand.origin}/console/${route}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.getByText(`You have no permission for ${action}`).first().waitFor();
      t.same(await seriousFindings(page), [], route);
    }
    await page.goto(`${stand.origin}/console/#/mirror-targets`);
    await page.getByRole('link', { name: 'Create traffic mirror target', exact: true }).first().waitFor();
  });

  await t.test('without the status, the rest is there', async (t) => {
    const page = await stand.open(t, WITHOUT_STATUS, '#/mirror-targets');
    const row = page.getByRole('row', { name: new RegExp(id) });
    await row.waitFor();
    t.match(await row.textContent(), /ids.*Network interface.*eni-ids.*–.*0.*Shared by me/s);
    await page.getByText('you have no permission for traffic-mirror:GetStatus').waitFor();
    await page.getByRole('button', { name: 'Refresh' }).first().click();
    await select(page, id);
    t.notOk(await page.getByRole('button', { name: 'Delete', exact: true }).isDisabled());
  });

  await t.test('a refusal of an invitation stands at the top of the page', async (t) => {
    const page = await stand.open(t, VIEWER, '#/invitations');
    await page.getByText('No shares or invitations').waitFor();
    t.equal(
      await page.getByRole('button', { name: 'Accept resource share' }).getAttribute('aria-disabled'),
      'true',
    );
    const theirs = await stand.open(t, OTHER, '#/invitations');
    await theirs
      .getByRole('row', { name: /appliances/ })
      .getByRole('checkbox')
      .click();
    await theirs.getByRole('button', { name: 'Accept resource share' }).click();
    await said(theirs, /Accepted resource share appliances/);
  });
});
