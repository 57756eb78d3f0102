/** What holds for all pages: they can be read by everyone, and they outlive a daemon that restarts. */
import { readFileSync } from 'node:fs';
import { CreateTrafficMirrorTargetCommand, DescribeTrafficMirrorFiltersCommand } from '@aws-sdk/client-ec2';
import { CreateResourceShareCommand } from '@aws-sdk/client-ram';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { signIn } from '../fixtures/console/sign-in.js';
import { ADMIN, OTHER } from '../fixtures/console/users.js';
import { fromRoot } from '../fixtures/root.js';

const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };

const RESOURCES = {
  trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
  trafficMirrorFilters: [
    {
      trafficMirrorFilterId: 'tmf-udp',
      ingressFilterRules: [{ ruleNumber: 10, ruleAction: 'accept', protocol: 17, ...ANY }],
      egressFilterRules: [],
    },
  ],
  trafficMirrorSessions: [
    {
      trafficMirrorSessionId: 'tms-udp',
      networkInterfaceId: 'eni-web',
      trafficMirrorTargetId: 'tmt-ids',
      trafficMirrorFilterId: 'tmf-udp',
      sessionNumber: 1,
      virtualNetworkId: 101,
    },
  ],
};

/** Themes differ in their colors alone. */
const THEMES = [
  { colorScheme: 'light', rules: undefined },
  { colorScheme: 'dark', rules: ['color-contrast'] },
] as const;

const GONE_LIMIT_MS = 15_000;

/** The patterns of the table of routes: a page that is added is looked at, too. */
function patterns(): string[] {
  const table = readFileSync(fromRoot('console/src/routes.tsx'), 'utf8');
  return [...table.matchAll(/pattern: '([^']+)'/g)].map(([, pattern = '']) => pattern);
}

/** The addresses of all pages, of resources that there are. */
async function addresses({ admin }: ConsoleStand): Promise<string[]> {
  const { TrafficMirrorTarget } = await admin.ec2.send(
    new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids2' }),
  );
  const targetId = TrafficMirrorTarget?.TrafficMirrorTargetId;
  const { resourceShare } = await admin.ram.send(
    new CreateResourceShareCommand({
      name: 'sensors',
      principals: [OTHER.accountId],
      resourceArns: [`arn:aws:ec2:us-east-1:${ADMIN.accountId}:traffic-mirror-target/${targetId}`],
    }),
  );
  const { TrafficMirrorFilters } = await admin.ec2.send(new DescribeTrafficMirrorFiltersCommand({}));
  const ruleId = TrafficMirrorFilters?.[0]?.IngressFilterRules?.[0]?.TrafficMirrorFilterRuleId ?? '';
  const ids: Record<string, string> = {
    'mirror-sessions': 'tms-udp',
    'mirror-targets': 'tmt-ids',
    'mirror-filters': 'tmf-udp',
    rules: ruleId,
    shares: resourceShare?.resourceShareArn?.split('/').at(-1) ?? '',
  };
  return patterns().map((pattern) => {
    const [, kind = ''] = pattern.split('/');
    const parts: Record<string, string> = {
      ':id': ids[kind] ?? '',
      ':direction': 'ingress',
      ':ruleId': ruleId,
    };
    return pattern
      .split('/')
      .map((part) => encodeURIComponent(part.startsWith(':') ? (parts[part] ?? '') : part))
      .join('/');
  });
}

/** Resolves when a page has its heading and reads nothing any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(
    () => document.querySelector('[class*="awsui_spinner"], [class*="loading"] svg') === null,
  );
}

t.test('all pages', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t, RESOURCES);
  const all = await addresses(stand);
  t.ok(all.length > 20, `${all.length} pages`);

  for (const { colorScheme, rules } of THEMES) {
    await t.test(`axe-core, ${colorScheme}`, async (t: Test) => {
      const page = await stand.open(t, undefined, '#/', { colorScheme });
      await page.getByRole('heading', { level: 1 }).waitFor();
      t.strictSame(await seriousFindings(page, rules), [], 'sign-in');
      const signedIn = await stand.open(t, ADMIN, '#/', { colorScheme });
      await signedIn.getByRole('navigation', { name: 'Side navigation' }).waitFor();
      const titles = new Set<string>();
      for (const address of all) {
        await signedIn.evaluate((hash) => {
          location.hash = hash;
        }, `#${address}`);
        await settled(signedIn);
        t.strictSame(await seriousFindings(signedIn, rules), [], address);
        titles.add(await signedIn.title());
      }
      t.ok(titles.size > 20, `${titles.size} titles`);
    });
  }

  await t.test('a page whose files are gone after an upgrade', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    await page.route('**/assets/metrics-*.js', (route) => route.fulfill({ status: 404 }));
    await page
      .getByRole('navigation', { name: 'Side navigation' })
      .getByRole('link', { name: 'Metrics' })
      .click();
    await page.getByText(/The console was upgraded since it was opened/).waitFor();
    t.same(await seriousFindings(page), []);
    await page.unroute('**/assets/metrics-*.js');
    await page.getByRole('button', { name: 'Reload' }).click();
    await signIn(page, ADMIN);
    await page.getByRole('heading', { level: 2, name: 'All metrics' }).waitFor();
    t.match(page.url(), /#\/metrics$/, 'the same page');
  });

  await t.test('a daemon that restarts under an open page', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/mirror-sessions');
    const row = page.getByRole('row', { name: /tms-udp/ });
    await row.getByText('Active', { exact: true }).waitFor();
    await stand.stopDaemon();
    const notice = page.getByText(/Cannot reach the server since \d\d:\d\d/);
    await notice.waitFor({ timeout: GONE_LIMIT_MS });
    t.equal(await row.count(), 1, 'the rows are kept');
    await page.getByRole('button', { name: 'Refresh' }).first().click();
    t.equal(await row.count(), 1, 'also when they are asked for again');
    await stand.startDaemon();
    await notice.waitFor({ state: 'detached', timeout: GONE_LIMIT_MS });
    await row.getByText('Active', { exact: true }).waitFor();
    t.equal(await page.getByRole('heading', { name: 'Sign in' }).count(), 0, 'nobody has to sign in again');
    await page
      .getByRole('navigation', { name: 'Side navigation' })
      .getByRole('link', { name: 'Mirror targets' })
      .click();
    await page.getByRole('row', { name: /tmt-ids/ }).waitFor();
  });
});
