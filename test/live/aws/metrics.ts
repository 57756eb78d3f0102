/** CloudWatch tells what the engine counts: also of a session that is deleted, and after a restart. */

import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTrafficMirrorSessionCommand, DeleteTrafficMirrorSessionCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { capturing, startDaemon } from '../../../lab/daemon.js';
import { INVENTORY, REGION, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { Load } from '../../fixtures/live/traffic/load.js';

const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };
const NAMES = ['NetworkMirrorIn', 'NetworkPacketsMirrorIn', 'NetworkMirrorOut', 'NetworkPacketsSkipMirrorIn'];
/** Length of the load's frames. */
const FRAME_BYTES = 64;

t.test('metrics', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const { client, daemon, endpoint, configFile } = await startControlApi(t, stand, {
    ...INVENTORY,
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf-all',
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', ...ANY }],
      },
    ],
    engine: { io: 'ring' },
  });
  const metrics = new CloudWatchClient({ endpoint, region: REGION, credentials: client.config.credentials });
  t.teardown(() => metrics.destroy());
  const begin = new Date();
  const mirror = async (): Promise<string | undefined> => {
    const { TrafficMirrorSession } = await client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: 'eni-web',
        TrafficMirrorTargetId: 'tmt-ids',
        TrafficMirrorFilterId: 'tmf-all',
        SessionNumber: 1,
      }),
    );
    await daemon.until('capturing', capturing);
    return TrafficMirrorSession?.TrafficMirrorSessionId;
  };
  const TrafficMirrorSessionId = await mirror();
  const { sent } = await new Load(stand, 2, 500).end();
  await client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));

  const sums = async (InstanceId: string): Promise<(number | undefined)[]> => {
    const MetricDataQueries = NAMES.map((MetricName, index) => {
      const Metric = {
        Namespace: 'AWS/EC2',
        MetricName,
        Dimensions: [{ Name: 'InstanceId', Value: InstanceId }],
      };
      return { Id: `m${index}`, MetricStat: { Metric, Period: 3600, Stat: 'Sum' } };
    });
    const EndTime = new Date(Date.now() + 1000);
    const { MetricDataResults = [] } = await metrics.send(
      new GetMetricDataCommand({ MetricDataQueries, StartTime: begin, EndTime }),
    );
    return MetricDataResults.map(({ Values }) => Values?.[0]);
  };
  const sumsOf = (frames: number): number[] => [frames * FRAME_BYTES, frames, 0, 0];
  const deadline = performance.now() + 30_000;
  let told = await sums('eni-web');
  while (told[1] !== sent && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    told = await sums('eni-web');
  }
  t.same(told, sumsOf(sent), 'every frame, though the session is deleted');
  t.equal((await metrics.send(new ListMetricsCommand({ Namespace: 'AWS/EC2' }))).Metrics?.length, 16);
  await mirror();
  const { sent: sentLast } = await new Load(stand, 2, 500).end();
  t.equal(await daemon.stop(), 0, 'exit code');

  const next = await startDaemon(stand.host, configFile, stand.directory);
  await next.until('listening', () => next.log().includes('control api listens'));
  t.same(await sums('eni-web'), sumsOf(sent + sentLast), 'after a restart, also those just before the stop');
  t.equal(await next.stop(), 0, 'exit code');
});
