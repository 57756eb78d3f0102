/** Procedures of mirror sessions: create, modify, tags, view and delete. */
import { DeleteTrafficMirrorSessionCommand, DescribeTrafficMirrorSessionsCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { checkGoal } from '../fixtures/console/goal.js';
import { descriptionOf, seriousFindings } from '../fixtures/console/look.js';
import {
  button,
  choose,
  chooseByKeys,
  fillSource,
  makeFilter,
  makeSession,
  makeTarget,
  sessionsOf,
  sourceField,
  tabTo,
} from '../fixtures/console/session-form.js';
import { ADMIN, VIEWER } from '../fixtures/console/users.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../fixtures/live/oracle/vxlan-copy.js';

/** From the answer to the first copy at the target. */
const FIRST_COPY_GOAL_MS = 1000;

t.test('sessions', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  const { ec2 } = stand.admin;
  const ids = await makeTarget(ec2, 'ids', { NetworkInterfaceId: 'eni-ids' });
  const balanced = await makeTarget(ec2, 'balanced', { NetworkLoadBalancerArn: 'nlb-ids' });
  const udp = await makeFilter(ec2, 'udp');

  await t.test('P17: create a session, which mirrors within a second', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.getByText('No mirror sessions').waitFor();
    await page.getByRole('link', { name: 'Create traffic mirror session', exact: true }).last().click();
    await page.getByRole('heading', { level: 1, name: 'Create traffic mirror session' }).waitFor();

    await button(page, 'Create').click();
    await page.getByText('Mirror source is required.').first().waitFor();
    t.match(await descriptionOf(sourceField(page)), /Mirror source is required/);
    t.equal(await sourceField(page).getAttribute('aria-invalid'), 'true');
    t.equal(await sourceField(page).evaluate((field) => field === document.activeElement), true);
    await page.getByText('Mirror target is required.').first().waitFor();
    await page.getByText('Filter is required.').first().waitFor();
    t.same(await sessionsOf(ec2), []);

    await page.getByLabel('Name tag').fill('first');
    await page.getByLabel('Description').fill('UDP of the web server');
    await sourceField(page).fill('10.1.0.1');
    await page.getByRole('option', { name: /eni-web/ }).click();
    await choose(page, 'Mirror target', ids);
    t.equal(await page.getByLabel('Session number').inputValue(), '1');
    await page.getByLabel('VNI').fill('16777216');
    await button(page, 'Create').click();
    t.match(await descriptionOf(page.getByLabel('VNI')), /from 0 to 16777215/);
    await page.getByLabel('VNI').fill('4711');
    await page.getByLabel('Packet length').fill('100');
    await page.getByText(/of UDP its header and 58 bytes behind it/).waitFor();
    await choose(page, 'Filter', udp);
    await button(page, 'Add tag').click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await page.getByRole('combobox', { name: /^Value/ }).fill('blue');
    t.same(await seriousFindings(page), []);

    const recording = await Recording.start(
      stand.stand.ids,
      'ids0',
      `${stand.stand.directory}/first.pcap`,
      'udp port 4789',
    );
    const answered = page
      .waitForResponse((one) => one.request().postData()?.includes('CreateTrafficMirrorSession') === true)
      .then(() => Date.now());
    await button(page, 'Create').click();
    const createdAt = await answered;
    await recording.until('a copy', (frames) => frames.some(({ bytes }) => isVxlan(bytes)));
    const withinMs = Date.now() - createdAt;
    checkGoal(t, 'from the created session to its first copy', withinMs, FIRST_COPY_GOAL_MS);
    await recording.stop();
    const copy = readCopy(recording.frames().find(({ bytes }) => isVxlan(bytes))!.bytes);
    t.equal(copy.vni, 4711);
    await page.getByText(/Created traffic mirror session tms-\w+, VNI 4711/).waitFor();

    // The Live tab says the same.
    await page.getByRole('tab', { name: 'Live', selected: true }).waitFor();
    await page.getByRole('table', { name: 'Funnel' }).waitFor();
    await page.getByText('Active', { exact: true }).first().waitFor();
    const sent = page.getByRole('row', { name: /^Sent/ });
    await waitFor(
      'a rate',
      () => sent.getByRole('cell').first().textContent(),
      (text) => /^\d/.test(text ?? '') && text !== '0',
    );
    await page.getByRole('application', { name: 'Packets per second' }).waitFor();
    t.same(await seriousFindings(page), []);

    const [session, ...others] = await sessionsOf(ec2);
    t.same(others, []);
    t.match(session, {
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: ids,
      TrafficMirrorFilterId: udp,
      SessionNumber: 1,
      VirtualNetworkId: 4711,
      PacketLength: 100,
      Description: 'UDP of the web server',
    });
    t.same(
      new Set(session?.Tags?.map(({ Key, Value }) => `${Key}=${Value}`)),
      new Set(['Name=first', 'team=blue']),
    );
  });

  await t.test('what the API refuses stands at its field', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions/create', { colorScheme: 'dark' });
    await fillSource(page, 'eni-web');
    await page.getByText('Taken: 1 (eni-web).').waitFor();
    t.equal(await page.getByLabel('Session number').inputValue(), '2', 'the next free number');
    await choose(page, 'Mirror target', balanced);
    await page.getByText(/Empty: 8500/).waitFor();
    await choose(page, 'Filter', udp);
    await page.getByLabel('Packet length').fill('8501');
    await button(page, 'Create').click();
    t.match(await descriptionOf(page.getByLabel('Packet length')), /from 1 to 8500/);
    await page.getByLabel('Packet length').fill('');

    await page.getByLabel('Session number').fill('1');
    await button(page, 'Create').click();
    await page.getByText(/InvalidParameterValue.*already being used/).waitFor();
    t.match(await descriptionOf(page.getByLabel('Session number')), /already being used by session tms-/);
    await page.getByLabel('Session number').fill('2');

    await fillSource(page, 'eni-none');
    await button(page, 'Create').click();
    await page.getByText(/InvalidNetworkInterfaceID.NotFound/).waitFor();
    t.match(await descriptionOf(sourceField(page)), /InvalidNetworkInterfaceID.NotFound/);
    t.equal((await sessionsOf(ec2)).length, 1);

    t.same(await seriousFindings(page), []);

    await button(page, 'Cancel').click();
    const dialog = page.getByRole('dialog', { name: 'Leave page' });
    await button(dialog, 'Stay').click();
    t.equal(await page.getByLabel('Session number').inputValue(), '2');
    await button(page, 'Cancel').click();
    await button(dialog, 'Leave').click();
    await page.getByRole('heading', { level: 1, name: /^Mirror sessions/ }).waitFor();
  });

  await t.test('a viewer sees the form, and the refusal', async (t) => {
    const page = await stand.open(t, VIEWER, '#/mirror-sessions/create');
    await fillSource(page, 'eni-web');
    await choose(page, 'Mirror target', ids);
    await choose(page, 'Filter', udp);
    await button(page, 'Create').click();
    await page.getByText('You have no permission for ec2:CreateTrafficMirrorSession').waitFor();
    await page.getByText(/UnauthorizedOperation: .*request/).waitFor();
    t.equal(await sourceField(page).inputValue(), 'eni-web', 'the values stay');
    t.equal((await sessionsOf(ec2)).length, 1);
  });

  await t.test(
    'P3: a session with a target and a filter made from within, 8500 bytes for a load balancer',
    async (t) => {
      const page = await stand.open(t, ADMIN, '#/mirror-sessions/create');
      await fillSource(page, 'veth0');
      await page.getByText('Taken: 1 (eni-web).').waitFor();
      await button(page, 'Create target').click();
      const target = page.getByRole('dialog', { name: 'Create target' });
      await target.getByLabel('Name tag').fill('within');
      await choose(target, 'Target type', 'Network Load Balancer');
      await target.getByRole('combobox', { name: 'Target', exact: true }).fill('nlb-ids');
      await target.getByRole('combobox', { name: 'Target', exact: true }).press('Escape');
      await button(target, 'Create').click();
      await page.getByText(/Created traffic mirror target tmt-/).waitFor();
      await page.getByRole('button', { name: /^Mirror target.*within/ }).waitFor();

      await button(page, 'Create filter').click();
      const filter = page.getByRole('dialog', { name: 'Create filter' });
      await filter.getByLabel('Name tag').fill('filter within');
      await button(filter.getByRole('region', { name: 'Inbound rules' }), 'Add rule').click();
      await button(filter, 'Create').click();
      await page.getByText(/Created traffic mirror filter tmf-\w+ with 1 rule/).waitFor();
      await page.getByRole('button', { name: /^Filter.*filter within/ }).waitFor();

      await button(page, 'Create').click();
      await page.getByText(/Created traffic mirror session tms-/).waitFor();
      const session = (await sessionsOf(ec2)).find(({ SessionNumber }) => SessionNumber === 2);
      t.match(session, { NetworkInterfaceId: 'eni-web', PacketLength: 8500 });
      t.not(session?.TrafficMirrorTargetId, balanced);
      t.not(session?.TrafficMirrorFilterId, udp);
    },
  );

  await t.test('several sources in one form: a session each', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions/create');
    await fillSource(page, 'eni-web');
    await button(page, 'Add mirror source').click();
    await fillSource(page, 'eni-web', 'Mirror source 2');
    await choose(page, 'Mirror target', ids);
    await choose(page, 'Filter', udp);
    await button(page, 'Create').click();
    await page.getByText('This source is there twice.').first().waitFor();
    await fillSource(page, 'eni-none', 'Mirror source 2');
    await page.getByLabel('Session number').fill('20');
    await button(page, 'Create').click();
    await page.getByText(/Created traffic mirror session tms-/).waitFor();
    await page.getByText(/InvalidNetworkInterfaceID.NotFound/).waitFor();
    t.equal(await sourceField(page).inputValue(), 'eni-none', 'what is left');
    await page.getByText(/have their sessions already/).waitFor();
    const made = (await sessionsOf(ec2)).filter(({ SessionNumber }) => SessionNumber === 20);
    t.equal(made.length, 1);
    await ec2.send(
      new DeleteTrafficMirrorSessionCommand({
        TrafficMirrorSessionId: made[0]?.TrafficMirrorSessionId,
      }),
    );
  });

  await t.test('P20: view sessions', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions', { colorScheme: 'dark' });
    const [first] = (await sessionsOf(ec2)).filter(({ SessionNumber }) => SessionNumber === 1);
    const id = first?.TrafficMirrorSessionId ?? '';
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: id }) });
    await row.waitFor();
    await row.getByText('Active', { exact: true }).waitFor();
    t.match(await row.textContent(), /first.*eni-web \(veth0\).*ids.*udp.*100 bytes.*4711/);
    await page.getByRole('checkbox', { name: `Select ${id}` }).click();
    const panel = page.getByRole('region', { name: `${id} (first)` });
    await panel.getByText('UDP of the web server').waitFor();
    t.same(await panel.getByRole('tab').allTextContents(), ['Details', 'Live', 'Monitoring', 'Tags']);
    await panel.getByRole('tab', { name: 'Monitoring' }).click();
    await panel.getByRole('row', { name: /^NetworkPacketsSkipMirrorOut/ }).waitFor();
    t.equal(await panel.getByRole('rowheader').count(), 8);
    await panel.getByRole('tab', { name: 'Tags' }).click();
    await panel.getByRole('row', { name: /team blue/ }).waitFor();
    t.same(await seriousFindings(page), []);

    const none = await stand.open(t, ADMIN, '#/mirror-sessions/tms-none');
    await none.getByText('This session does not exist').waitFor();
    await none.getByRole('link', { name: 'See the list' }).click();
    await none.getByRole('heading', { level: 1, name: /^Mirror sessions/ }).waitFor();
  });

  await t.test('P18: modify a session', async (t) => {
    const session = (await sessionsOf(ec2)).find(({ SessionNumber }) => SessionNumber === 2);
    const id = session?.TrafficMirrorSessionId ?? '';
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.getByRole('checkbox', { name: `Select ${id}` }).click();
    await button(page, 'Modify session').click();
    await page.getByRole('heading', { level: 1, name: 'Modify session' }).waitFor();
    t.equal(await page.getByLabel('Packet length').inputValue(), '8500');
    await page.getByLabel('Session number').fill('1');
    await button(page, 'Modify').click();
    await page.getByText(/already being used/).waitFor();
    t.match(await descriptionOf(page.getByLabel('Session number')), /already being used by session tms-/);
    await page.getByLabel('Session number').fill('7');
    await page.getByLabel('Description').fill('all of it');
    await choose(page, 'Mirror target', ids);
    await page.getByText('The packet length of the load balancer stays: 8500 bytes.').waitFor();
    await button(page, 'Mirror the entire packet').click();
    t.equal(await page.getByLabel('Packet length').inputValue(), '');
    await page.getByLabel('VNI').fill('');
    await page.getByText(/gets a new random VNI/).waitFor();
    t.same(await seriousFindings(page), []);
    await button(page, 'Modify').click();
    await page.getByText(`Modified traffic mirror session ${id}`).waitFor();
    const [modified] =
      (await ec2.send(new DescribeTrafficMirrorSessionsCommand({ TrafficMirrorSessionIds: [id] })))
        .TrafficMirrorSessions ?? [];
    t.match(modified, { SessionNumber: 7, Description: 'all of it', TrafficMirrorTargetId: ids });
    t.equal(modified?.PacketLength, undefined);
    t.not(modified?.VirtualNetworkId, session?.VirtualNetworkId);
  });

  await t.test('P19: session tags', async (t) => {
    const session = (await sessionsOf(ec2)).find(({ SessionNumber }) => SessionNumber === 1);
    const id = session?.TrafficMirrorSessionId ?? '';
    const page = await stand.open(t, ADMIN, `#/mirror-sessions/${id}?tab=tags`);
    await page.getByRole('link', { name: 'Manage tags' }).click();
    await button(page, 'Remove tag team').click();
    await button(page, 'Add tag').click();
    await page.getByRole('combobox', { name: 'Key' }).last().fill('Name');
    await button(page, 'Modify').click();
    await page.getByText('The key Name is there twice.').first().waitFor();
    await page.getByRole('combobox', { name: 'Key' }).last().fill('stage');
    await page
      .getByRole('combobox', { name: /^Value/ })
      .last()
      .fill('test');
    await button(page, 'Modify').click();
    await page.getByText(`Updated tags of ${id}`).waitFor();
    await page.getByRole('row', { name: /stage test/ }).waitFor();
    const [{ Tags = [] } = {}] =
      (await ec2.send(new DescribeTrafficMirrorSessionsCommand({ TrafficMirrorSessionIds: [id] })))
        .TrafficMirrorSessions ?? [];
    t.same(new Set(Tags.map(({ Key, Value }) => `${Key}=${Value}`)), new Set(['Name=first', 'stage=test']));
  });

  await t.test('P21: delete sessions', async (t) => {
    const extra = await makeSession(ec2, {
      TrafficMirrorTargetId: ids,
      TrafficMirrorFilterId: udp,
      SessionNumber: 9,
    });
    const sessions = (await sessionsOf(ec2)).map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId);
    t.equal(sessions.length, 3);
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.getByRole('checkbox', { name: `Select ${extra}` }).click();
    await button(page, 'Delete').click();
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    const confirm = dialog.getByRole('textbox', { name: 'To confirm, type delete' });
    t.equal(await button(dialog, 'Delete').isDisabled(), true);
    await confirm.fill('deleted');
    t.equal(await button(dialog, 'Delete').isDisabled(), true);
    await confirm.fill(' Delete ');
    t.same(await seriousFindings(page), []);
    await button(dialog, 'Delete').click();
    await page.getByText(`Deleted traffic mirror session ${extra}`).waitFor();
    t.equal((await sessionsOf(ec2)).length, 2);

    await page.getByRole('rowheader', { name: extra }).waitFor({ state: 'detached' });
    for (const id of sessions.filter((one) => one !== extra)) {
      await page.getByRole('checkbox', { name: `Select ${id}` }).click();
    }
    await page.getByText('2 mirror sessions selected').waitFor();
    await button(page, 'Delete').click();
    await confirm.fill('delete');
    await confirm.press('Enter');
    await page.getByText('No mirror sessions').waitFor();
    t.same(await sessionsOf(ec2), []);
  });

  await t.test('a session made by keyboard alone', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.getByText('No mirror sessions').waitFor();
    await tabTo(page, /^Create traffic mirror session/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Create traffic mirror session' }).waitFor();
    await tabTo(page, /^Mirror source/);
    await page.keyboard.type('eni-web');
    await tabTo(page, /^Mirror target/);
    await chooseByKeys(page, ids);
    await tabTo(page, /^Filter/);
    await chooseByKeys(page, udp);
    await tabTo(page, /^Create$/);
    await page.keyboard.press('Enter');
    await page.getByText(/Created traffic mirror session tms-/).waitFor();
    t.match(await sessionsOf(ec2), [
      {
        NetworkInterfaceId: 'eni-web',
        TrafficMirrorTargetId: ids,
        TrafficMirrorFilterId: udp,
        SessionNumber: 1,
      },
    ]);
  });
});
