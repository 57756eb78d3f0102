/** The worked examples of the user guide, from the target to the session, through the pages. */
import {
  DeleteTrafficMirrorSessionCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorTargetsCommand,
  type TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
} from '@aws-sdk/client-ec2';
import type { Page } from 'playwright-core';
import t from 'tap';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { button, choose, fillSource, sessionsOf } from '../fixtures/console/session-form.js';
import { ADMIN } from '../fixtures/console/users.js';

const ANY = '0.0.0.0/0';

t.test('worked examples', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  t.afterEach(() => deleteAll(stand));

  await t.test('E1: inbound TCP traffic to a single appliance', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    const target = await createTarget(page, 'Target A', 'eni-ids');
    const filter = await createFilter(page, 'Filter 1', 'Inbound TCP traffic');
    await createSession(page, { target, filter, number: '1' });
    const shown = await showFilter(stand, filter);
    t.equal(shown.IngressFilterRules?.length, 1);
    t.same(shown.EgressFilterRules ?? [], []);
    const [rule] = shown.IngressFilterRules ?? [];
    t.match(rule, {
      RuleNumber: 10,
      RuleAction: 'accept',
      Protocol: 6,
      SourceCidrBlock: ANY,
      DestinationCidrBlock: ANY,
      Description: 'TCP Rule',
    });
    t.equal(rule?.SourcePortRange, undefined);
    t.equal(rule?.DestinationPortRange, undefined);
    t.match(await sessionsOf(stand.admin.ec2), [
      { SessionNumber: 1, TrafficMirrorTargetId: target, TrafficMirrorFilterId: filter },
    ]);
  });

  await t.test('E2: inbound TCP and UDP traffic to two appliances', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    const targets = [
      await createTarget(page, 'Target A', 'eni-ids'),
      await createTarget(page, 'Target B', 'eni-ids2'),
    ];
    const filters = [
      await createFilter(page, 'Filter 1', 'Inbound TCP traffic'),
      await createFilter(page, 'Filter 2', 'Inbound UDP traffic'),
    ];
    await createSession(page, { target: targets[0]!, filter: filters[0]!, number: '1' });
    await createSession(page, { target: targets[1]!, filter: filters[1]!, number: '2' });
    const [rule] = (await showFilter(stand, filters[1]!)).IngressFilterRules ?? [];
    t.match(rule, { RuleNumber: 10, Protocol: 17, Description: 'UDP Rule' });
    const sessions = await sessionsOf(stand.admin.ec2);
    t.same(
      sessions.map((one) => [one.SessionNumber, one.TrafficMirrorTargetId, one.TrafficMirrorFilterId]).sort(),
      [
        [1, targets[0], filters[0]],
        [2, targets[1], filters[1]],
      ],
    );
    t.same([...new Set(sessions.map((one) => one.NetworkInterfaceId))], ['eni-web']);
  });

  await t.test('E3: traffic that is not local', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    const target = await createTarget(page, 'Target A', 'eni-ids');
    const filter = await createFilter(page, 'Non-local', 'Non-local traffic', '10.0.0.0/16');
    await createSession(page, { target, filter, number: '1' });
    const shown = await showFilter(stand, filter);
    t.same(summaries(shown.IngressFilterRules), [
      [10, 'reject', undefined, '10.0.0.0/16', ANY],
      [20, 'accept', undefined, ANY, ANY],
    ]);
    t.same(summaries(shown.EgressFilterRules), [
      [10, 'reject', undefined, ANY, '10.0.0.0/16'],
      [20, 'accept', undefined, ANY, ANY],
    ]);
    const rules = [...(shown.IngressFilterRules ?? []), ...(shown.EgressFilterRules ?? [])];
    t.ok(
      rules.every(({ Description }) => (Description ?? '') !== ''),
      'four descriptions',
    );
  });

  await t.test('E4: Suricata', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-targets/create');
    const target = await createTarget(page, 'Suricata', 'eni-ids');
    const filter = await createFilter(page, 'Suricata', 'Suricata');
    await createSession(page, { target, filter, number: '1' });
    t.same(summaries((await showFilter(stand, filter)).IngressFilterRules), [[10, 'accept', 6, ANY, ANY]]);
    t.match(await sessionsOf(stand.admin.ec2), [
      { TrafficMirrorTargetId: target, TrafficMirrorFilterId: filter },
    ]);
  });
});

/** @returns the id of the new target */
async function createTarget(page: Page, name: string, networkInterface: string): Promise<string> {
  await go(page, '#/mirror-targets/create');
  await page.getByLabel('Name tag').fill(name);
  const field = page.getByRole('combobox', { name: 'Target', exact: true });
  await field.fill(networkInterface);
  await field.press('Escape');
  await button(page, 'Create').click();
  return await createdId(page, 'traffic mirror target', 'tmt');
}

/** @returns the id of the new filter */
async function createFilter(page: Page, name: string, example: string, network?: string): Promise<string> {
  await go(page, '#/mirror-filters/create');
  await page.getByLabel('Name tag').fill(name);
  await button(page, 'Start from an example').click();
  await page.getByRole('button', { name: /^Example/ }).click();
  await page.getByRole('option', { name: example }).first().click();
  if (network !== undefined) await page.getByLabel('CIDR block of your network').fill(network);
  else if (example === 'Suricata') await page.getByText('docs/suricata.md').waitFor();
  await button(page, 'Use example').click();
  await button(page, 'Create').click();
  return await createdId(page, 'traffic mirror filter', 'tmf');
}

interface SessionParts {
  readonly target: string;
  readonly filter: string;
  /** What the form has to propose. */
  readonly number: string;
}

/** A session of eni-web. */
async function createSession(page: Page, { target, filter, number }: SessionParts): Promise<void> {
  await go(page, '#/mirror-sessions/create');
  await fillSource(page, 'eni-web');
  await choose(page, 'Mirror target', target);
  await choose(page, 'Filter', filter);
  await page.locator(`[data-field="sessionNumber"] input[value="${number}"]`).waitFor();
  await button(page, 'Create').click();
  await createdId(page, 'traffic mirror session', 'tms');
}

/** Goes to a page from wherever it is, and closes what the former said. */
async function go(page: Page, route: string): Promise<void> {
  const messages = page.getByRole('button', { name: 'Dismiss message' });
  while ((await messages.count()) > 0) await messages.first().click();
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, route);
  await button(page, 'Create').waitFor();
}

async function createdId(page: Page, long: string, prefix: string): Promise<string> {
  const text =
    (await page
      .getByText(new RegExp(`Created ${long} ${prefix}-`))
      .first()
      .textContent()) ?? '';
  return new RegExp(`${prefix}-[0-9a-f]+`).exec(text)?.[0] ?? '';
}

async function showFilter(stand: ConsoleStand, id: string): Promise<TrafficMirrorFilter> {
  const command = new DescribeTrafficMirrorFiltersCommand({ TrafficMirrorFilterIds: [id] });
  const { TrafficMirrorFilters = [] } = await stand.admin.ec2.send(command);
  return TrafficMirrorFilters[0]!;
}

/** Number, action, protocol and blocks, by number. */
function summaries(rules: readonly TrafficMirrorFilterRule[] = []): unknown[][] {
  return [...rules]
    .sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
    .map((one) => [
      one.RuleNumber,
      one.RuleAction,
      one.Protocol,
      one.SourceCidrBlock,
      one.DestinationCidrBlock,
    ]);
}

/** An interface is the target of one traffic mirror target at most, so each example begins without any. */
async function deleteAll({ admin: { ec2 } }: ConsoleStand): Promise<void> {
  for (const { TrafficMirrorSessionId } of await sessionsOf(ec2)) {
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));
  }
  const { TrafficMirrorTargets = [] } = await ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
  for (const { TrafficMirrorTargetId } of TrafficMirrorTargets) {
    await ec2.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId }));
  }
}
