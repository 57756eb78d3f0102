import { join } from 'node:path';
import t from 'tap';
import { MetricStore, MINUTE_MS } from '../../src/api/monitoring/metric-store.js';
import { METRIC_NAMES, seriesOf } from '../../src/api/monitoring/metrics.js';
import { startConsole } from '../fixtures/console/console-stand.js';
import { ADMIN } from '../fixtures/console/users.js';

const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };
t.test('pics', async (t) => {
  const stand = await startConsole(t, {
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf-web',
        ingressFilterRules: [{ ruleNumber: 10, ruleAction: 'accept', protocol: 6, ...ANY }],
        egressFilterRules: [],
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms-web',
        networkInterfaceId: 'eni-web',
        trafficMirrorTargetId: 'tmt-ids',
        trafficMirrorFilterId: 'tmf-web',
        sessionNumber: 1,
        virtualNetworkId: 101,
        packetLength: 200,
      },
    ],
  });
  await stand.stopDaemon();
  const store = await MetricStore.open(join(stand.stand.directory, 'api-metrics'), Date.now);
  const now = Math.floor(Date.now() / MINUTE_MS);
  for (const dimension of [{ name: 'InstanceId', value: 'eni-web' } as const, undefined])
    for (let ago = 55; ago > 0; ago--)
      if (ago % 17 > 4)
        await store.add(
          seriesOf(ADMIN.accountId, dimension),
          now - ago,
          METRIC_NAMES.map((_, i) => Math.round(3e6 * (2 + Math.sin(ago / 5 + i)))),
        );
  await stand.startDaemon();
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 600]) {
      const page = await stand.open(t, ADMIN, '#/packet?source=eni-web', {
        colorScheme,
        viewport: { width, height: 1000 },
      });
      await page.getByText('Against source eni-web').waitFor();
      await page.locator('input[type=file]').setInputFiles('/work/shared/captures/zeek__ssl.v3.pcap');
      await page.getByText(/packets tested/).waitFor();
      await page.getByRole('radio', { name: 'Select packet 3', exact: true }).click();
      await page.getByText(/In it:/).waitFor();
      await page.screenshot({ path: `/tmp/lpacket-pics/packet-${colorScheme}-${width}.png`, fullPage: true });
      await page.goto(`${stand.origin}/console/#/metrics?namespace=EC2&dimension=InstanceId`);
      await page.getByRole('checkbox', { name: 'Select eni-web NetworkMirrorIn', exact: true }).click();
      await page.getByRole('checkbox', { name: 'Select eni-web NetworkMirrorOut', exact: true }).click();
      await page.getByRole('table', { name: 'Datapoints' }).locator('tbody tr').nth(3).waitFor();
      await page.screenshot({
        path: `/tmp/lpacket-pics/metrics-${colorScheme}-${width}.png`,
        fullPage: true,
      });
    }
  const page = await stand.open(t, ADMIN, '#/metrics?namespace=EC2');
  await page.getByRole('link', { name: 'Across all instances' }).waitFor();
  await page.screenshot({ path: `/tmp/lpacket-pics/metrics-cards.png` });
});
