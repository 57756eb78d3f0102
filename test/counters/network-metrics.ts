/** The cloud's eight metrics from the counts of one source. */
import t from 'tap';
import { networkMetrics } from '../../src/counters/network-metrics.js';
import { laneCounts } from '../fixtures/status/status.js';

t.test('In is ingress and Out is egress; a full ring skips packets of unknown length', async (t) => {
  const [session] = laneCounts('egress').sessions;
  const egress = laneCounts('egress', {
    ringDropped: 0,
    sessions: [
      { ...session!, sessionId: 'tms-1', mirrored: { packets: 1, bytes: 100 }, skipped: {} },
      {
        ...session!,
        sessionId: 'tms-2',
        mirrored: { packets: 2, bytes: 300 },
        skipped: { refused: { packets: 5, bytes: 400 } },
      },
    ],
  });
  t.strictSame(networkMetrics([laneCounts('ingress'), egress]), {
    NetworkMirrorIn: 50_000,
    NetworkMirrorOut: 400,
    NetworkSkipMirrorIn: 10_000,
    NetworkSkipMirrorOut: 400,
    NetworkPacketsMirrorIn: 70,
    NetworkPacketsMirrorOut: 3,
    NetworkPacketsSkipMirrorIn: 14,
    NetworkPacketsSkipMirrorOut: 5,
  });
});

t.test('a direction without a lane', async (t) => {
  const { NetworkMirrorIn, NetworkPacketsSkipMirrorIn, NetworkMirrorOut } = networkMetrics([
    laneCounts('egress'),
  ]);
  t.same([NetworkMirrorIn, NetworkPacketsSkipMirrorIn, NetworkMirrorOut], [0, 0, 50_000]);
});
