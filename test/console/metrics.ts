/** The metrics of CloudWatch: from all metrics to a chart, with the same values as the SDK reads. */
import { join } from 'node:path';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { MetricStore, MINUTE_MS } from '../../src/api/monitoring/metric-store.js';
import { METRIC_NAMES, seriesOf } from '../../src/api/monitoring/metrics.js';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { ADMIN, NOBODY } from '../fixtures/console/users.js';

/** Minutes ago of the points, so that the chart has gaps. */
const MINUTES = [50, 49, 48, 30, 12, 11];

/** Writes points of a source, as the daemon does at each minute. */
async function writePoints({ stand }: ConsoleStand): Promise<number> {
  const store = await MetricStore.open(join(stand.directory, 'api-metrics'), Date.now);
  const now = Math.floor(Date.now() / MINUTE_MS);
  for (const dimension of [{ name: 'InstanceId', value: 'eni-web' } as const, undefined]) {
    const series = seriesOf(ADMIN.accountId, dimension);
    for (const ago of MINUTES)
      await store.add(
        series,
        now - ago,
        METRIC_NAMES.map((_, index) => 1000 * ago + index),
      );
  }
  return now;
}

/** The table of datapoints: cells by row. */
async function datapoints(page: Page): Promise<string[][]> {
  const rows = page.getByRole('table', { name: 'Datapoints' }).locator('tbody tr');
  return rows.evaluateAll((all) =>
    all.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').trim())),
  );
}

async function choose(page: Page, label: RegExp, option: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

t.test('metrics', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t);

  await t.test('before the first session', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/metrics');
    await page.getByText('No metrics yet: they begin with the first session').waitFor();
    t.equal(
      await page.getByRole('link', { name: 'Mirror sessions' }).count(),
      2,
      'beside that of the navigation',
    );
  });

  await stand.stopDaemon();
  const now = await writePoints(stand);
  await stand.startDaemon();

  await t.test('P22: view metrics', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/');
    const navigation = page.getByRole('navigation', { name: 'Side navigation' });
    await navigation.getByRole('link', { name: 'Metrics' }).click();
    await page.getByRole('heading', { name: 'All metrics' }).waitFor();
    await page.getByRole('link', { name: 'EC2', exact: true }).click();
    await page.getByRole('link', { name: 'Across all instances' }).waitFor();
    await page.getByRole('link', { name: 'Per-instance metrics' }).click();
    await page.getByRole('checkbox', { name: 'Select eni-web NetworkMirrorIn', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select eni-web NetworkPacketsMirrorOut' }).click();
    await page.getByRole('heading', { name: 'Datapoints (6)' }).waitFor();
    await page.getByRole('application', { name: 'Graphed metrics' }).waitFor();

    const metric = (MetricName: string) => ({
      Namespace: 'AWS/EC2',
      MetricName,
      Dimensions: [{ Name: 'InstanceId', Value: 'eni-web' }],
    });
    const { MetricDataResults = [] } = await stand.admin.cloudWatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: ['NetworkMirrorIn', 'NetworkPacketsMirrorOut'].map((name, index) => ({
          Id: `m${index}`,
          MetricStat: { Metric: metric(name), Period: 60, Stat: 'Sum' },
        })),
        StartTime: new Date((now - 59) * MINUTE_MS),
        EndTime: new Date((now + 1) * MINUTE_MS),
        ScanBy: 'TimestampDescending',
      }),
    );
    const [bytes, packets] = MetricDataResults;
    const want = (bytes?.Timestamps ?? []).map((time, index) => [
      time.toISOString().slice(0, 16).replace('T', ' '),
      bytes?.Values?.[index]?.toLocaleString('en') ?? '',
      packets?.Values?.[index]?.toLocaleString('en') ?? '',
    ]);
    t.equal(want.length, MINUTES.length, 'minutes without a point have no row');
    t.strictSame(await datapoints(page), want);
    const lines = page.locator('[class*="chart"] svg path[stroke]');
    t.ok((await lines.count()) >= 6, 'three parts of each line, with gaps between them');
    t.match(
      await page.getByRole('table', { name: 'Graphed metrics' }).locator('tbody').textContent(),
      /Sum1 minuteBytes.*Sum1 minuteCount/,
    );
    t.strictSame(await seriousFindings(page), []);

    await choose(page, /^Period/, '1 hour');
    await page.getByRole('heading', { name: /Datapoints \([12]\)/ }).waitFor();
    await choose(page, /^Statistic/, 'Maximum');
    await page.getByRole('table', { name: 'Datapoints' }).getByText('50,000', { exact: true }).waitFor();
    await choose(page, /^Period/, '1 minute');
    await choose(page, /^Time range/, '15 days');
    await page.getByText('Raised, so that a line has no more than 1440 points.').waitFor();
    t.match(await page.getByRole('button', { name: /^Period/ }).textContent(), '15 minutes');
  });

  await t.test('a refusal stands in place of the chart', async (t: Test) => {
    const page = await stand.open(t, NOBODY, '#/metrics');
    await page.getByText('You have no permission for cloudwatch:ListMetrics').waitFor();
    t.equal(await page.getByRole('heading', { level: 1, name: 'Metrics' }).count(), 1);
  });
});
