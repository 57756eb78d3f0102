/** Counters of the engine become points of accounts: nothing twice, nothing lost. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { MetricRecorder } from '../../../src/api/monitoring/metric-recorder.js';
import { MetricStore, MINUTE_MS } from '../../../src/api/monitoring/metric-store.js';
import {
  dimensionOf,
  dimensionsOf,
  METRIC_NAMES,
  type MetricName,
} from '../../../src/api/monitoring/metrics.js';
import { networkMetrics } from '../../../src/counters/network-metrics.js';
import type { LaneCounts, SessionCounts } from '../../../src/counters/snapshot.js';
import { mergeLanes, Totals } from '../../../src/counters/totals.js';
import { laneCounts, sessionCounts } from '../../fixtures/api/lanes.js';
import { laneCountsArbitrary } from '../../fixtures/counters/lane-counts.js';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const MINUTE = 29_000_000;

/** What the inventory says of sources. */
const PLACES: Readonly<Record<string, Parameters<typeof dimensionsOf>[1]>> = {
  'eni-a': { instanceId: 'i-1', instanceType: 'big', imageId: 'ami-1', autoScalingGroupName: 'web' },
  'eni-b': { instanceId: 'i-1', instanceType: 'big', imageId: 'ami-1', autoScalingGroupName: 'web' },
  'eni-c': { instanceId: 'i-2', instanceType: 'big', autoScalingGroupName: 'i-1' },
  'eni-d': { instanceType: 'small' },
};

interface Recording {
  readonly recorder: MetricRecorder;
  readonly losses: string[];
  readonly directory: string;
  lanes: LaneCounts[];
  readonly clock: { minute: number };
  sums(accountId: string, sourceId: string | undefined): Promise<Partial<Record<MetricName, number>>>;
  /** Packets mirrored in, by dimension and value. */
  byDimension(accountId: string): Promise<Readonly<Record<string, number>>>;
}

async function record(t: Test, owners: Readonly<Record<string, string>>): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-recorder-'));
  const losses: string[] = [];
  const clock = { minute: MINUTE };
  const now = (): number => clock.minute * MINUTE_MS + 1;
  const store = await MetricStore.open(directory, now);
  const recorder = new MetricRecorder({
    store,
    counts: () => recording.lanes,
    dimensionsOf: (sourceId) => dimensionsOf(sourceId, PLACES[sourceId] ?? {}),
    sessionOwner: (sessionId) => owners[sessionId],
    now,
    onLoss: (reason) => losses.push(reason),
  });
  t.teardown(async () => {
    await recorder.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const recording: Recording = {
    recorder,
    losses,
    directory,
    lanes: [],
    clock,
    byDimension: async (accountId) => {
      const found: Record<string, number> = {};
      for (const { series } of store.seriesOf(accountId)) {
        const points = await store.read(series, 0, Number.MAX_SAFE_INTEGER);
        const index = METRIC_NAMES.indexOf('NetworkPacketsMirrorIn');
        const { dimension = 'InstanceId', sourceId } = series;
        const name = sourceId === undefined ? 'all' : `${dimension}=${sourceId}`;
        found[name] = points.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
      }
      return found;
    },
    sums: async (accountId, sourceId) => {
      const points = await store.read({ accountId, sourceId }, 0, Number.MAX_SAFE_INTEGER);
      const sums = METRIC_NAMES.map((name, index) => [
        name,
        points.reduce((sum, { values }) => sum + (values[index] ?? 0), 0),
      ]);
      return Object.fromEntries(sums.filter(([, sum]) => sum !== 0));
    },
  };
  return recording;
}

t.test('the eight metrics', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT });
  const mirrored = { packets: 3, bytes: 300 };
  const skipped = { backlog: { packets: 1, bytes: 100 }, 'no-route': { packets: 1, bytes: 60 } };
  recording.lanes = [
    laneCounts('eni-1', 'ingress', [sessionCounts('tms-1', { mirrored, skipped })], 5),
    laneCounts('eni-1', 'egress', [sessionCounts('tms-1', { mirrored: { packets: 2, bytes: 128 } })]),
  ];
  await recording.recorder.write();
  const want = {
    NetworkMirrorIn: 300,
    NetworkPacketsMirrorIn: 3,
    NetworkSkipMirrorIn: 160,
    NetworkPacketsSkipMirrorIn: 7,
    NetworkMirrorOut: 128,
    NetworkPacketsMirrorOut: 2,
  };
  t.same(await recording.sums(ACCOUNT, 'eni-1'), want);
  t.same(await recording.sums(ACCOUNT, undefined), want);
  t.same(await recording.sums(OTHER, undefined), {});
  await recording.recorder.write();
  t.same(await recording.sums(ACCOUNT, 'eni-1'), want, 'nothing twice');
});

t.test('each account sees what its sessions do', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT, 'tms-2': OTHER });
  const session = (id: string, packets: number) =>
    sessionCounts(id, { mirrored: { packets, bytes: packets * 100 } });
  recording.lanes = [
    laneCounts('eni-1', 'ingress', [session('tms-1', 1), session('tms-2', 2)]),
    laneCounts('eni-2', 'ingress', [session('tms-1', 4), session('tms-unknown', 8)]),
  ];
  await recording.recorder.write();
  t.match(await recording.sums(ACCOUNT, 'eni-1'), { NetworkPacketsMirrorIn: 1 });
  t.match(await recording.sums(ACCOUNT, undefined), { NetworkPacketsMirrorIn: 5 });
  t.match(await recording.sums(OTHER, 'eni-1'), { NetworkPacketsMirrorIn: 2 });
  t.match(await recording.sums(OTHER, undefined), { NetworkPacketsMirrorIn: 2 });
});

t.test('by instance, over its interfaces, and by what instances have in common', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT, 'tms-2': OTHER });
  const session = (id: string, packets: number) => sessionCounts(id, { mirrored: { packets, bytes: 0 } });
  const lane = (sourceId: string, packets: number) =>
    laneCounts(sourceId, 'ingress', [session('tms-1', packets), session('tms-2', 100 * packets)]);
  recording.lanes = [
    lane('eni-a', 1),
    lane('eni-b', 2),
    lane('eni-c', 4),
    lane('eni-d', 8),
    lane('veth9', 16),
  ];
  await recording.recorder.write();
  const want = {
    all: 31,
    'InstanceId=i-1': 3,
    'InstanceId=i-2': 4,
    'InstanceId=eni-d': 8,
    'InstanceId=veth9': 16,
    'InstanceType=big': 7,
    'InstanceType=small': 8,
    'ImageId=ami-1': 3,
    'AutoScalingGroupName=web': 3,
    'AutoScalingGroupName=i-1': 4,
  };
  t.same(await recording.byDimension(ACCOUNT), want);
  const others = Object.entries(want).map(([name, packets]) => [name, 100 * packets]);
  t.same(await recording.byDimension(OTHER), Object.fromEntries(others), 'of another account');
  const again = await MetricStore.open(recording.directory, () => recording.clock.minute * MINUTE_MS);
  const shown = [...again.seriesOf(ACCOUNT)].map(({ series }) => dimensionOf(series));
  t.equal(shown.length, Object.keys(want).length, 'every series is known after a restart');
  for (const name of ['InstanceId', 'InstanceType', 'ImageId', 'AutoScalingGroupName'])
    t.ok(
      shown.some((dimension) => dimension?.name === name),
      name,
    );
});

t.test('the last counts of a deleted session are recorded', async (t) => {
  const owners: Record<string, string> = { 'tms-1': ACCOUNT, 'tms-2': OTHER };
  const recording = await record(t, owners);
  const totals = new Totals();
  const session = (id: string, packets: number) =>
    sessionCounts(id, { mirrored: { packets, bytes: packets * 100 } });
  const count = async (...sessions: SessionCounts[]): Promise<void> => {
    totals.update([laneCounts('eni-1', 'ingress', sessions)]);
    recording.lanes = totals.read();
  };
  await count(session('tms-1', 10), session('tms-2', 1));
  await recording.recorder.write();
  await count(session('tms-1', 15), session('tms-2', 1));
  await count(session('tms-2', 2));
  delete owners['tms-1'];
  totals.keepOnly([{ sourceId: 'eni-1', direction: 'ingress', sessionIds: ['tms-2'] }]);
  recording.lanes = totals.read();
  await recording.recorder.write();
  t.match(await recording.sums(ACCOUNT, 'eni-1'), { NetworkPacketsMirrorIn: 15 });
  t.match(await recording.sums(OTHER, 'eni-1'), { NetworkPacketsMirrorIn: 2 });
  await recording.recorder.write();
  t.match(await recording.sums(ACCOUNT, 'eni-1'), { NetworkPacketsMirrorIn: 15 }, 'once');
});

t.test('samples while an engine takes its time to let a deleted session go', async (t) => {
  const owners: Record<string, string> = { 'tms-1': ACCOUNT };
  const recording = await record(t, owners);
  const totals = new Totals();
  const session = (packets: number) =>
    sessionCounts('tms-1', { mirrored: { packets, bytes: packets * 100 } });
  /** The daemon shows a session of its plan before the first frame too. */
  const sample = (planned: SessionCounts[]): void => {
    recording.lanes = mergeLanes([laneCounts('eni-1', 'ingress', planned)], totals.read());
    recording.recorder.sample();
  };
  totals.update([laneCounts('eni-1', 'ingress', [session(10)])]);
  sample([session(0)]);
  delete owners['tms-1'];
  sample([session(0)]);
  sample([session(0)]);
  totals.update([laneCounts('eni-1', 'ingress', [session(15)])]);
  totals.update([]);
  // The engine has no such session any more, and the plan of the daemon still does.
  sample([session(0)]);
  totals.keepOnly([]);
  sample([]);
  await recording.recorder.write();
  t.match(await recording.sums(ACCOUNT, 'eni-1'), { NetworkPacketsMirrorIn: 15 }, 'all of it, once');
});

t.test('a minute ends between two writes', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT });
  const { recorder, clock, directory } = recording;
  const count = (packets: number): void => {
    recording.lanes = [
      laneCounts('eni-1', 'ingress', [sessionCounts('tms-1', { mirrored: { packets, bytes: 0 } })]),
    ];
    recorder.sample();
  };
  count(1);
  count(3);
  clock.minute += 1;
  count(7);
  await recorder.write();
  const store = await MetricStore.open(directory, () => clock.minute * MINUTE_MS);
  const points = await store.read({ accountId: ACCOUNT, sourceId: 'eni-1' }, MINUTE, MINUTE + 2);
  const at = METRIC_NAMES.indexOf('NetworkPacketsMirrorIn');
  t.same(
    points.map(({ minute, values }) => [minute - MINUTE, values[at]]),
    [
      [0, 3],
      [1, 4],
    ],
  );
});

t.test('a session that mirrors nothing has points, too', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT });
  recording.lanes = [laneCounts('eni-1', 'ingress', [sessionCounts('tms-1', {})])];
  await recording.recorder.write();
  const store = await MetricStore.open(recording.directory, () => MINUTE * MINUTE_MS);
  t.equal((await store.read({ accountId: ACCOUNT, sourceId: 'eni-1' }, MINUTE, MINUTE + 1)).length, 1);
});

t.test('the sum of the points is what was counted, across minutes and restarts of the engine', async (t) => {
  const owners = { 'tms-1': ACCOUNT, 'tms-2': ACCOUNT, 'tms-3': ACCOUNT };
  await fc.assert(
    fc.asyncProperty(fc.array(laneCountsArbitrary, { minLength: 1, maxLength: 5 }), async (reports) => {
      const recording = await record(t, owners);
      const totals = new Totals();
      for (const report of reports) {
        // A lane without sessions does not exist.
        totals.update(report.filter(({ sessions }) => sessions.length > 0));
        recording.lanes = totals.read();
        recording.clock.minute += 1;
        await recording.recorder.write();
        totals.retire();
      }
      const all = Object.entries(networkMetrics(totals.read())).filter(([, count]) => count !== 0);
      assert.deepEqual(await recording.sums(ACCOUNT, undefined), Object.fromEntries(all));
    }),
    { numRuns: 25 },
  );
});

t.test('lost points are reported once, and again after points could be written', async (t) => {
  const recording = await record(t, { 'tms-1': ACCOUNT });
  const { recorder, losses, directory, clock } = recording;
  recording.lanes = [laneCounts('eni-1', 'ingress', [sessionCounts('tms-1', {})])];
  rmSync(directory, { recursive: true });
  await recorder.write();
  await recorder.write();
  t.match(losses, [/ENOENT/]);
  t.equal(losses.length, 1);
  mkdirSync(directory);
  await recorder.write();
  t.equal(losses.length, 1);
  rmSync(directory, { recursive: true });
  clock.minute += 1;
  await recorder.write();
  t.equal(losses.length, 2);
});
