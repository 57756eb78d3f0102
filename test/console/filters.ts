/** Procedures of mirror filters and their rules, done in the browser and read back with the SDK. */
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  type CreateTrafficMirrorFilterRuleCommandInput,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorTargetsCommand,
  type TrafficMirrorFilter,
} from '@aws-sdk/client-ec2';
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { descriptionOf, seriousFindings } from '../fixtures/console/look.js';
import { ADMIN, VIEWER } from '../fixtures/console/users.js';

const ANY = '0.0.0.0/0';

t.test('filters', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);
  const { ec2 } = stand.admin;

  await t.test('P2: the first filter, from the empty list', async (t) => {
    const page = await stand.open(t, ADMIN, '#/');
    const navigation = page.getByRole('navigation', { name: 'Side navigation' });
    await navigation.getByRole('link', { name: 'Mirror filters' }).click();
    await page.getByText('No mirror filters').waitFor();
    t.same(await seriousFindings(page), [], 'the empty list');
    await page.getByRole('link', { name: 'Create traffic mirror filter', exact: true }).last().click();
    await heading(page, 'Create traffic mirror filter');
    await page.getByText('Without a rule nothing is mirrored.').waitFor();
    await page.getByLabel('Name tag').fill('web');
    await page
      .getByRole('region', { name: 'Filter settings' })
      .getByLabel('Description')
      .fill('what web gets');
    await page.getByRole('checkbox', { name: 'amazon-dns' }).check();
    await page.getByText('Without a rule only DNS traffic is mirrored.').waitFor();
    const rule = await addRule(page, 'Inbound', 1);
    t.equal(await rule.getByLabel('Number').inputValue(), '10');
    t.ok(await rule.getByLabel('Source port range').isDisabled(), 'no ports with every protocol');
    await choose(page, rule, 'Protocol', 'TCP (6)');
    await rule.getByLabel('Destination port range').fill('80');
    await rule.getByLabel('Description').fill('TCP Rule');
    await page.getByText(/no outbound rule: nothing that the source sends/).waitFor();
    t.same(await seriousFindings(page), [], 'the form');
    await press(page, 'Create');
    await said(page, /Created traffic mirror filter tmf-\w+ with 1 rule/);
    const [filter, ...others] = await filtersOf(stand);
    t.same(others, []);
    t.match(filter, {
      Description: 'what web gets',
      NetworkServices: ['amazon-dns'],
      Tags: [{ Key: 'Name', Value: 'web' }],
      EgressFilterRules: [],
      IngressFilterRules: [
        {
          RuleNumber: 10,
          RuleAction: 'accept',
          Protocol: 6,
          DestinationPortRange: { FromPort: 80, ToPort: 80 },
          SourceCidrBlock: ANY,
          DestinationCidrBlock: ANY,
          Description: 'TCP Rule',
        },
      ],
    });
    t.equal(filter?.IngressFilterRules?.[0]?.SourcePortRange, undefined, 'an empty range is not sent');
    const row = page.getByRole('row', { name: /web/ });
    t.match(await row.textContent(), /web.*tmf-.*amazon-dns.*what web gets/s);
    await removeAll(stand);
  });

  await t.test('P11: create a filter with rules in both directions', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    const first = await addRule(page, 'Inbound', 1);
    await choose(page, first, 'Protocol', 'UDP (17)');
    await first.getByLabel('Source port range').fill('53');
    await first.getByLabel('Destination port range').fill('1024-65535');
    await choose(page, first, 'Protocol', 'ICMP (1)');
    t.equal(await first.getByLabel('Source port range').inputValue(), '', 'ICMP has no ports');
    await first.getByRole('button', { name: 'Copy for IPv6' }).click();
    const copy = group(page, 'Inbound', 2);
    t.equal(await copy.getByLabel('Source CIDR block').inputValue(), '::/0');
    t.match(await copy.getByRole('button', { name: /^Protocol/ }).textContent(), /ICMPv6 \(58\)/);
    const out = await addRule(page, 'Outbound', 1);
    await choose(page, out, 'Rule action', 'reject');
    await choose(page, out, 'Protocol', 'Custom');
    await out.getByLabel('Protocol number').fill('47');
    await page.getByText(/All outbound rules reject/).waitFor();
    await page.getByText('3 of 10 rules').waitFor();
    const third = await addRule(page, 'Outbound', 2);
    await third.getByRole('button', { name: 'Remove rule' }).click();
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await page.getByRole('combobox', { name: /^Value/ }).fill('blue');
    await press(page, 'Create');
    await said(page, /with 3 rules/);
    const [filter] = await filtersOf(stand);
    t.match(filter, {
      NetworkServices: [],
      Tags: [{ Key: 'team', Value: 'blue' }],
      IngressFilterRules: [
        { RuleNumber: 10, Protocol: 1, SourceCidrBlock: ANY },
        { RuleNumber: 20, Protocol: 58, SourceCidrBlock: '::/0', DestinationCidrBlock: '::/0' },
      ],
      EgressFilterRules: [{ RuleNumber: 10, RuleAction: 'reject', Protocol: 47 }],
    });
    t.notOk(filter?.Description);
    await removeAll(stand);
  });

  await t.test('P11: what is wrong stands at its field, and nothing is sent', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    const rule = await addRule(page, 'Inbound', 1);
    await addRule(page, 'Inbound', 2);
    await choose(page, rule, 'Protocol', 'TCP (6)');
    const rows: readonly [label: string, text: string, want: RegExp][] = [
      ['Number', '32767', /whole number from 1 to 32766/],
      ['Number', '20', /^$/],
      ['Source port range', '65536', /ports from 0 to 65535/],
      ['Destination port range', '90-80', /first port must not be above the last/],
      ['Source CIDR block', '10.0.0.1', /Enter 10\.0\.0\.1\/32/],
      ['Destination CIDR block', '', /Destination CIDR block is required/],
    ];
    for (const [label, text, want] of rows) {
      const field = rule.getByLabel(label);
      await field.fill(text);
      await field.blur();
      t.match(await descriptionOf(field), want, `${label} ${text}`);
    }
    await rule.getByLabel('Source CIDR block').fill('10.0.0.0/16');
    await rule.getByLabel('Destination CIDR block').fill('fd00::/8');
    await press(page, 'Create');
    t.match(await descriptionOf(rule.getByLabel('Destination CIDR block')), /both must be of one family/);
    t.match(
      await descriptionOf(group(page, 'Inbound', 2).getByLabel('Number')),
      /20 is the number of Inbound rule 1/,
    );
    t.match(await descriptionOf(rule.getByLabel('Source port range')), /ports from 0 to 65535/);
    t.equal(await rule.getByLabel('Source port range').getAttribute('aria-invalid'), 'true');
    t.ok(
      await rule.getByLabel('Source port range').evaluate((element) => element === document.activeElement),
    );
    t.same(await filtersOf(stand), []);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog', { name: 'Leave page' }).getByRole('button', { name: 'Leave' }).click();
    await page.getByText('No mirror filters').waitFor();
  });

  await t.test('P11: after a refusal in the middle the rest is created', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    for (let count = 1; count <= 11; count += 1) await addRule(page, 'Inbound', count);
    await page.getByText(/11 rules are more than the quota of 10/).waitFor();
    await press(page, 'Create');
    await page.getByText(/TrafficMirrorFilterRuleLimitExceeded/).waitFor();
    await page.getByText('The filter is not complete').waitFor();
    await page.getByText(/exists with 10 of 11 rules/).waitFor();
    t.equal(await page.getByText('Created', { exact: true }).count(), 10, 'rows that are done');
    t.ok(await group(page, 'Inbound', 3).getByLabel('Number').isDisabled());
    t.ok(await page.getByLabel('Name tag').isDisabled());
    t.same(await seriousFindings(page), []);
    await group(page, 'Inbound', 11).getByRole('button', { name: 'Remove rule' }).click();
    await press(page, 'Create remaining');
    await said(page, /with 10 rules/);
    const [filter, ...others] = await filtersOf(stand);
    t.same(others, [], 'one filter');
    t.equal(filter?.IngressFilterRules?.length, 10);
    await removeAll(stand);
  });

  await t.test('P11: an answer that is lost creates nothing twice', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    await addRule(page, 'Inbound', 1);
    await addRule(page, 'Outbound', 1);
    await page.evaluate(() => {
      const send = window.fetch;
      let lost = false;
      window.fetch = async (...request) => {
        const body = request[0] instanceof Request ? await request[0].clone().text() : '';
        const response = await send(...request);
        if (lost || !/Action=CreateTrafficMirrorFilterRule&.*egress/.test(body)) return response;
        // The server has done it; the page does not hear of it.
        lost = true;
        throw new TypeError('Failed to fetch');
      };
    });
    await press(page, 'Create');
    await page.getByText(/NoAnswer/).waitFor();
    await page.getByText(/exists with 1 of 2 rules/).waitFor();
    t.equal((await filtersOf(stand))[0]?.EgressFilterRules?.length, 1, 'it is there already');
    await press(page, 'Create remaining');
    await said(page, /with 2 rules/);
    const [filter, ...others] = await filtersOf(stand);
    t.same(others, []);
    t.equal(filter?.IngressFilterRules?.length, 1);
    t.equal(filter?.EgressFilterRules?.length, 1);
    await removeAll(stand);
  });

  await t.test('P11: what is there in part can be deleted', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    for (let count = 1; count <= 11; count += 1) await addRule(page, 'Outbound', count);
    await press(page, 'Create');
    await page.getByText(/exists with 10 of 11 rules/).waitFor();
    await press(page, 'Delete filter');
    await said(page, /Deleted traffic mirror filter tmf-/);
    t.same(await filtersOf(stand), []);
    await group(page, 'Outbound', 11).getByRole('button', { name: 'Remove rule' }).click();
    await press(page, 'Create');
    await said(page, /with 10 rules/);
    t.equal((await filtersOf(stand))[0]?.EgressFilterRules?.length, 10);
    await removeAll(stand);
  });

  await t.test('examples', async (t) => {
    const page = await stand.open(t, ADMIN, '#/mirror-filters/create');
    const start = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Start from an example' }).click();
      await choose(page, page.getByRole('region', { name: 'Filter settings' }), 'Example', name);
    };
    await start('Inbound TCP traffic');
    await press(page, 'Use example');
    await press(page, 'Create');
    await said(page, /with 1 rule/);
    const [tcp] = await filtersOf(stand);
    t.match(tcp?.IngressFilterRules, [
      { RuleNumber: 10, RuleAction: 'accept', Protocol: 6, SourceCidrBlock: ANY, Description: 'TCP Rule' },
    ]);
    t.equal(tcp?.IngressFilterRules?.[0]?.DestinationPortRange, undefined);
    t.same(tcp?.EgressFilterRules, []);
    await removeAll(stand);

    await page.getByRole('link', { name: 'Create traffic mirror filter', exact: true }).first().click();
    await start('Non-local traffic');
    await page.getByLabel('CIDR block of your network').fill('10.9.0.0/16');
    await press(page, 'Use example');
    await press(page, 'Create');
    await said(page, /with 4 rules/);
    const [nonLocal] = await filtersOf(stand);
    t.match(nonLocal?.EgressFilterRules, [
      { RuleNumber: 10, RuleAction: 'reject', SourceCidrBlock: ANY, DestinationCidrBlock: '10.9.0.0/16' },
      { RuleNumber: 20, RuleAction: 'accept', SourceCidrBlock: ANY, DestinationCidrBlock: ANY },
    ]);
    t.match(nonLocal?.IngressFilterRules, [
      { RuleNumber: 10, RuleAction: 'reject', SourceCidrBlock: '10.9.0.0/16', DestinationCidrBlock: ANY },
      { RuleNumber: 20, RuleAction: 'accept' },
    ]);
    const rules = [...(nonLocal?.IngressFilterRules ?? []), ...(nonLocal?.EgressFilterRules ?? [])];
    t.same(
      rules.map(({ Protocol }) => Protocol),
      [undefined, undefined, undefined, undefined],
    );
    t.ok(
      rules.every(({ Description }) => Description),
      'each has a description',
    );
    await removeAll(stand);
  });

  await t.test('P12 a, b: add rules', async (t) => {
    const id = await makeFilter(stand, 'web');
    const page = await stand.open(t, ADMIN, '#/mirror-filters');
    await select(page, id);
    await page.getByRole('tab', { name: /^Inbound rules \(0\)/ }).click();
    await page.getByText('No inbound rules: nothing that the source receives is mirrored').waitFor();
    await page.getByRole('link', { name: 'Add inbound rule' }).last().click();
    await heading(page, 'Add inbound rule');
    await choose(page, page.getByRole('main'), 'Protocol', 'TCP (6)');
    await page.getByLabel('Destination port range').fill('443');
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await page.getByRole('combobox', { name: /^Value/ }).fill('red');
    t.same(await seriousFindings(page), [], 'the form');
    await press(page, 'Add rule and another');
    await said(page, /Added inbound rule 10/);
    t.equal(await page.getByLabel('Number').inputValue(), '20');
    t.equal(await page.getByLabel('Destination port range').inputValue(), '', 'a new rule');
    await page.getByLabel('Number').fill('10');
    await press(page, 'Add rule');
    t.match(await descriptionOf(page.getByLabel('Number')), /10 is the number of/);
    await page.getByLabel('Number').fill('15');
    await press(page, 'Add rule');
    await said(page, /Added inbound rule 15/);
    await page.getByRole('tab', { name: /^Inbound rules \(2\)/, selected: true }).waitFor();
    await page.getByRole('tab', { name: /^Outbound rules/ }).click();
    await page.getByRole('link', { name: 'Add outbound rule' }).last().click();
    await choose(page, page.getByRole('main'), 'Rule action', 'reject');
    await press(page, 'Add rule');
    await said(page, /Added outbound rule 10/);
    const [filter] = await filtersOf(stand);
    t.match(filter?.IngressFilterRules, [
      { RuleNumber: 10, Protocol: 6, DestinationPortRange: { FromPort: 443, ToPort: 443 } },
      { RuleNumber: 15 },
    ]);
    t.match(filter?.IngressFilterRules?.[0]?.Tags, [{ Key: 'team', Value: 'red' }]);
    t.match(filter?.EgressFilterRules, [{ RuleNumber: 10, RuleAction: 'reject' }]);
    await removeAll(stand);
  });

  await t.test('P12: a number that is taken meanwhile stands at Number', async (t) => {
    const id = await makeFilter(stand, 'web');
    const page = await stand.open(t, ADMIN, `#/mirror-filters/${id}/rules/ingress/add`);
    await heading(page, 'Add inbound rule');
    await addByApi(stand, id, { RuleNumber: 10 });
    await press(page, 'Add rule');
    const number = page.getByLabel('Number');
    await page.getByText(/TrafficMirrorFilterRuleAlreadyExists/).waitFor();
    t.match(await descriptionOf(number), /TrafficMirrorFilterRuleAlreadyExists/);
    await removeAll(stand);
  });

  await t.test('P12 c, d: delete rules', async (t) => {
    const id = await makeFilter(stand, 'web');
    for (const RuleNumber of [10, 20, 30]) await addByApi(stand, id, { RuleNumber });
    await addByApi(stand, id, { RuleNumber: 10, TrafficDirection: 'egress' });
    const session = await makeSession(stand, id);
    const page = await stand.open(t, ADMIN, `#/mirror-filters/${id}?tab=inbound`);
    await selectRule(page, 10);
    await selectRule(page, 20);
    await deleteRules(page);
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByText(new RegExp(`One session mirrors .*${session}`)).waitFor();
    t.ok(await dialog.getByRole('button', { name: 'Delete', exact: true }).isDisabled(), 'without the word');
    await confirm(dialog);
    await said(page, /Deleted inbound rule 10/);
    await said(page, /Deleted inbound rule 20/);
    await page.getByRole('tab', { name: /^Inbound rules \(1\)/ }).waitFor();
    await selectRule(page, 30);
    await deleteRules(page);
    await dialog.getByText(/No inbound rule of tmf-\w+ accepts any more/).waitFor();
    t.same(await seriousFindings(page), [], 'the dialog');
    await confirm(dialog);
    await said(page, /Deleted inbound rule 30/);
    await page.getByRole('tab', { name: /^Outbound rules/ }).click();
    await selectRule(page, 10);
    await deleteRules(page);
    await confirm(dialog);
    await said(page, /Deleted outbound rule 10/);
    const [filter] = await filtersOf(stand);
    t.same([filter?.IngressFilterRules, filter?.EgressFilterRules], [[], []]);
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: session }));
    await removeAll(stand);
  });

  await t.test('P12 e: modify a rule: changed fields, and emptied ones', async (t) => {
    const id = await makeFilter(stand, 'web');
    const ports = { FromPort: 80, ToPort: 90 };
    await addByApi(stand, id, {
      RuleNumber: 10,
      Protocol: 6,
      DestinationPortRange: ports,
      Description: 'web',
    });
    await addByApi(stand, id, {
      RuleNumber: 10,
      TrafficDirection: 'egress',
      Protocol: 17,
      SourcePortRange: ports,
    });
    const page = await stand.open(t, ADMIN, `#/mirror-filters/${id}?tab=inbound`);
    const sent: string[] = [];
    page.on('request', (request) => {
      const body = request.postData() ?? '';
      if (body.includes('Action=Modify')) sent.push(body);
    });
    const open = async (direction: 'inbound' | 'outbound'): Promise<void> => {
      await selectRule(page, 10);
      await page.getByRole('link', { name: `Modify ${direction} rule` }).click();
      await heading(page, `Modify ${direction} rule`);
    };
    await open('inbound');
    t.equal(await page.getByLabel('Destination port range').inputValue(), '80-90');
    t.equal(await page.getByLabel('Description').inputValue(), 'web');
    await press(page, 'Modify rule');
    await page.getByRole('tab', { name: /^Inbound rules/, selected: true }).waitFor();
    t.same(sent, [], 'nothing changed, nothing sent');
    await open('inbound');
    await page.getByLabel('Destination port range').fill('443');
    await page.getByLabel('Description').fill('');
    await press(page, 'Modify rule');
    await said(page, /Modified inbound rule 10/);
    const [afterPorts] = await filtersOf(stand);
    t.match(afterPorts?.IngressFilterRules, [
      { RuleNumber: 10, Protocol: 6, DestinationPortRange: { FromPort: 443, ToPort: 443 } },
    ]);
    t.equal(afterPorts?.IngressFilterRules?.[0]?.Description, undefined);
    t.notMatch(sent[0], /RuleNumber|CidrBlock|RuleAction/, 'only what changed');
    await open('inbound');
    await choose(page, page.getByRole('main'), 'Protocol', 'All');
    await page.getByLabel('Number').fill('25');
    await press(page, 'Modify rule');
    await said(page, /Modified inbound rule 25/);
    const [afterAll] = await filtersOf(stand);
    const [rule] = afterAll?.IngressFilterRules ?? [];
    t.same([rule?.RuleNumber, rule?.Protocol, rule?.DestinationPortRange], [25, undefined, undefined]);
    await page.getByRole('tab', { name: /^Outbound rules/ }).click();
    await open('outbound');
    await page.getByLabel('Source port range').fill('');
    await page.getByLabel('Source CIDR block').fill('10.0.0.0/8');
    await press(page, 'Modify rule');
    await said(page, /Modified outbound rule 10/);
    const [last] = await filtersOf(stand);
    t.match(last?.EgressFilterRules, [{ RuleNumber: 10, Protocol: 17, SourceCidrBlock: '10.0.0.0/8' }]);
    t.equal(last?.EgressFilterRules?.[0]?.SourcePortRange, undefined);
    await removeAll(stand);
  });

  await t.test('P13: filter tags', async (t) => {
    const id = await makeFilter(stand, 'web');
    const page = await stand.open(t, ADMIN, '#/mirror-filters');
    await select(page, id);
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('link', { name: 'Manage tags' }).click();
    await page.getByRole('button', { name: 'Remove tag Name' }).click();
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).last().fill('team');
    await page
      .getByRole('combobox', { name: /^Value/ })
      .last()
      .fill('blue');
    await press(page, 'Save changes');
    await said(page, /Updated tags of tmf-/);
    t.match((await filtersOf(stand))[0]?.Tags, [{ Key: 'team', Value: 'blue' }]);
    t.equal((await filtersOf(stand))[0]?.Tags?.length, 1);
    await page.getByRole('tab', { name: 'Tags', selected: true }).waitFor();
    await removeAll(stand);
  });

  await t.test('P14: network services', async (t) => {
    const id = await makeFilter(stand, 'web');
    const page = await stand.open(t, ADMIN, '#/mirror-filters');
    const open = async (): Promise<Locator> => {
      await press(page, 'Modify network services');
      await heading(page, 'Modify network services');
      return page.getByRole('checkbox', { name: 'amazon-dns' });
    };
    await select(page, id);
    const box = await open();
    t.notOk(await box.isChecked());
    await page.getByText(/in both directions, whatever the rules say/).waitFor();
    t.same(await seriousFindings(page), []);
    await box.check();
    await press(page, 'Modify');
    await said(page, /Modified network services of tmf-/);
    t.same((await filtersOf(stand))[0]?.NetworkServices, ['amazon-dns']);
    t.ok(await (await open()).isChecked(), 'as it is');
    await page.getByRole('checkbox', { name: 'amazon-dns' }).uncheck();
    await press(page, 'Modify');
    await page.getByRole('tab', { name: 'Details', selected: true }).waitFor();
    t.same((await filtersOf(stand))[0]?.NetworkServices, []);
    await removeAll(stand);
  });

  await t.test('P15: view filters', async (t) => {
    const id = await makeFilter(stand, 'web');
    await makeFilter(stand, 'mail');
    await addByApi(stand, id, { RuleNumber: 20, Description: 'all' });
    await addByApi(stand, id, {
      RuleNumber: 9,
      RuleAction: 'reject',
      Protocol: 6,
      SourceCidrBlock: '10.0.0.0/8',
    });
    const session = await makeSession(stand, id);
    const page = await stand.open(t, ADMIN, '#/mirror-filters');
    await select(page, id);
    await page.getByRole('region', { name: `${id} (web)` }).waitFor();
    t.match(await page.getByRole('term').allTextContents(), [
      'Filter ID',
      'Name',
      'Description',
      'Network services',
    ]);
    await page.getByRole('tab', { name: 'Inbound rules (2)' }).click();
    const rules = page.getByRole('table', { name: 'Inbound rules' });
    t.match(
      await rules.getByRole('row').nth(1).textContent(),
      /9.*reject.*TCP \(6\).*All.*All.*10\.0\.0\.0\/8.*0\.0\.0\.0\/0/s,
    );
    t.match(await rules.getByRole('row').nth(2).textContent(), /20.*accept.*All/s, 'by ascending number');
    await rules.getByRole('cell', { name: /^\d{2,3}(\.\d)?$/ }).waitFor();
    t.same(await seriousFindings(page), [], 'list and split panel');
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('table', { name: 'Sessions' }).getByRole('link', { name: session }).waitFor();
    await page.getByRole('tab', { name: 'Try a packet' }).click();
    await page.getByRole('tabpanel').getByText(`Against filter ${id}`).waitFor();
    await page.getByRole('checkbox', { name: `Select ${id}` }).uncheck();
    const filter = page.getByRole('combobox', { name: 'Filter mirror filters' });
    await filter.fill('mail');
    await filter.press('Enter');
    await page.getByRole('row', { name: /mail/ }).waitFor();
    await page.getByRole('link', { name: id }).waitFor({ state: 'detached' });
    await page.goto(`${stand.origin}/console/#/mirror-filters/tmf-00000000000000000`);
    await page.getByText('This filter does not exist').waitFor();
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: session }));
    await removeAll(stand);
  });

  await t.test('P16: delete a filter', async (t) => {
    const [id, other] = [await makeFilter(stand, 'web'), await makeFilter(stand, 'mail')];
    const session = await makeSession(stand, id);
    const page = await stand.open(t, ADMIN, '#/mirror-filters');
    await select(page, id);
    await press(page, 'Delete');
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await dialog.getByRole('link', { name: session }).waitFor();
    await dialog.getByRole('textbox').fill('delete');
    t.ok(await dialog.getByRole('button', { name: 'Delete', exact: true }).isDisabled(), 'a session uses it');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: session }));
    await select(page, other);
    await press(page, 'Delete');
    await dialog.getByText('Its rules are deleted with it.', { exact: false }).waitFor();
    await confirm(dialog);
    await said(page, new RegExp(`Deleted traffic mirror filter ${id}`));
    await said(page, new RegExp(`Deleted traffic mirror filter ${other}`));
    await page.getByText('No mirror filters').waitFor();
    t.same(await filtersOf(stand), []);
  });

  await t.test('the rules of all filters', async (t) => {
    const [id, other] = [await makeFilter(stand, 'web'), await makeFilter(stand, 'mail')];
    await addByApi(stand, id, { RuleNumber: 10, Protocol: 6 });
    await addByApi(stand, other, { RuleNumber: 7, RuleAction: 'reject', TrafficDirection: 'egress' });
    const page = await stand.open(t, ADMIN, '#/rules?rule-action=reject');
    const table = page.getByRole('table', { name: 'Rules' });
    await table.getByRole('link', { name: other }).waitFor();
    t.equal(await table.getByRole('link', { name: id }).count(), 0, 'the filter of the API');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await table.getByRole('link', { name: id }).waitFor();
    await table
      .getByRole('row', { name: /Outbound/ })
      .getByRole('checkbox')
      .check();
    await page.getByRole('region', { name: /^tmfr-/ }).waitFor();
    t.same(await seriousFindings(page), []);
    await press(page, 'Actions');
    await page.getByRole('menuitem', { name: 'Manage tags' }).click();
    await page.getByRole('button', { name: 'Add tag', exact: true }).click();
    await page.getByRole('combobox', { name: 'Key' }).fill('team');
    await press(page, 'Save changes');
    await said(page, /Updated tags of tmfr-/);
    const rule = (await filtersOf(stand)).flatMap(({ EgressFilterRules = [] }) => EgressFilterRules)[0];
    t.match(rule?.Tags, [{ Key: 'team' }]);
    await removeAll(stand);
  });

  await t.test('a viewer sees everything, and the refusals', async (t) => {
    const id = await makeFilter(stand, 'web');
    await addByApi(stand, id, { RuleNumber: 10 });
    const page = await stand.open(t, VIEWER, `#/mirror-filters/${id}?tab=inbound`);
    await selectRule(page, 10);
    await deleteRules(page);
    const dialog = page.getByRole('dialog', { name: 'Delete confirmation' });
    await confirm(dialog);
    await dialog.getByText(/UnauthorizedOperation/).waitFor();
    await page.goto(`${stand.origin}/console/#/mirror-filters/create`);
    await addRule(page, 'Inbound', 1);
    await press(page, 'Create');
    await page
      .getByText('You have no permission for ec2:CreateTrafficMirrorFilter', { exact: true })
      .waitFor();
    t.equal((await filtersOf(stand)).length, 1);
    await removeAll(stand);
  });

  await t.test('nothing serious for axe-core in the dark', async (t) => {
    const id = await makeFilter(stand, 'web');
    await addByApi(stand, id, { RuleNumber: 10 });
    const page = await stand.open(t, ADMIN, '#/mirror-filters', { colorScheme: 'dark' });
    await select(page, id);
    const routes = [
      '/create',
      `/${id}?tab=inbound`,
      `/${id}/rules/egress/add`,
      `/${id}/network-services`,
      `/${id}/tags`,
    ];
    t.same(await seriousFindings(page), [], 'the list');
    for (const route of routes) {
      await page.goto(`${stand.origin}/console/#/mirror-filters${route}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (route === '/create') await addRule(page, 'Inbound', 1);
      t.same(await seriousFindings(page), [], route);
      if (route === '/create') {
        await page.getByRole('button', { name: 'Remove rule' }).click();
        await page.getByText('Without a rule nothing is mirrored.').waitFor();
      }
    }
    await removeAll(stand);
  });
});

function heading(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name }).waitFor();
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).first().click();
}

/** Waits for a message of success. */
function said(page: Page, text: RegExp): Promise<void> {
  return page.getByRole('region', { name: 'Notifications' }).getByText(text).first().waitFor();
}

function group(page: Page, direction: 'Inbound' | 'Outbound', number: number): Locator {
  const region = page.getByRole('region', { name: `${direction} rules` });
  return region.getByRole('group', { name: `${direction} rule ${number}`, exact: true });
}

async function addRule(page: Page, direction: 'Inbound' | 'Outbound', number: number): Promise<Locator> {
  const region = page.getByRole('region', { name: `${direction} rules` });
  await region.getByRole('button', { name: 'Add rule', exact: true }).click();
  const rule = group(page, direction, number);
  await rule.waitFor();
  return rule;
}

async function choose(page: Page, inside: Locator, label: string, option: string): Promise<void> {
  await inside.getByRole('button', { name: new RegExp(`^${label}`) }).click();
  await page.getByRole('option', { name: option, exact: false }).first().click();
}

async function select(page: Page, id: string): Promise<void> {
  await page.getByRole('checkbox', { name: `Select ${id}` }).check();
}

async function selectRule(page: Page, number: number): Promise<void> {
  const cell = page.getByRole('rowheader', { name: String(number), exact: true });
  await page.getByRole('row').filter({ has: cell }).getByRole('checkbox').check();
}

/** Beside it, the page has a button that deletes the filter. */
function deleteRules(page: Page): Promise<void> {
  return page.getByRole('tabpanel').getByRole('button', { name: 'Delete', exact: true }).click();
}

async function confirm(dialog: Locator): Promise<void> {
  await dialog.getByRole('textbox', { name: 'To confirm, type delete' }).fill('delete');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
}

async function filtersOf({ admin }: ConsoleStand): Promise<TrafficMirrorFilter[]> {
  const { TrafficMirrorFilters = [] } = await admin.ec2.send(new DescribeTrafficMirrorFiltersCommand({}));
  return TrafficMirrorFilters;
}

async function makeFilter({ admin }: ConsoleStand, name: string): Promise<string> {
  const TagSpecifications = [
    { ResourceType: 'traffic-mirror-filter' as const, Tags: [{ Key: 'Name', Value: name }] },
  ];
  const made = await admin.ec2.send(new CreateTrafficMirrorFilterCommand({ TagSpecifications }));
  return made.TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
}

async function addByApi(
  { admin }: ConsoleStand,
  TrafficMirrorFilterId: string,
  rule: Partial<CreateTrafficMirrorFilterRuleCommandInput>,
): Promise<void> {
  await admin.ec2.send(
    new CreateTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterId,
      TrafficDirection: 'ingress',
      RuleNumber: 10,
      RuleAction: 'accept',
      SourceCidrBlock: ANY,
      DestinationCidrBlock: ANY,
      ...rule,
    }),
  );
}

/** Makes a session by the filter, from eni-web to eni-ids. */
async function makeSession({ admin }: ConsoleStand, TrafficMirrorFilterId: string): Promise<string> {
  const { TrafficMirrorTargets = [] } = await admin.ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
  const toIds = new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' });
  const target = TrafficMirrorTargets[0] ?? (await admin.ec2.send(toIds)).TrafficMirrorTarget;
  const made = await admin.ec2.send(
    new CreateTrafficMirrorSessionCommand({
      TrafficMirrorFilterId,
      TrafficMirrorTargetId: target?.TrafficMirrorTargetId,
      NetworkInterfaceId: 'eni-web',
      SessionNumber: 1,
    }),
  );
  return made.TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
}

async function removeAll(stand: ConsoleStand): Promise<void> {
  for (const { TrafficMirrorFilterId } of await filtersOf(stand)) {
    await stand.admin.ec2.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId }));
  }
}
