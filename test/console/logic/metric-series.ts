/** Periods, ranges and lines of metrics. */
import t from 'tap';
import type { Metric } from '../../../console/src/aws/monitoring.js';
import {
  datapointRows,
  keyOf,
  metricsOf,
  partsOf,
  queriesOf,
  raisedPeriod,
  timeRange,
  unitOf,
  valueText,
} from '../../../console/src/model/metric-series.js';

const metric = (MetricName: string, Name?: string, Value = ''): Metric => ({
  Namespace: 'AWS/EC2',
  MetricName,
  Dimensions: Name === undefined ? [] : [{ Name, Value }],
});
const METRICS = [
  metric('NetworkMirrorOut', 'InstanceId', 'i-2'),
  metric('NetworkMirrorIn'),
  metric('NetworkPacketsMirrorIn', 'InstanceId', 'i-1'),
  metric('NetworkMirrorIn', 'InstanceId', 'i-1'),
  metric('NetworkMirrorIn', 'ImageId', 'ami-1'),
];

t.test('metrics of a dimension', async (t) => {
  t.strictSame(metricsOf(METRICS, 'InstanceId').map(keyOf), [
    'i-1 NetworkMirrorIn',
    'i-1 NetworkPacketsMirrorIn',
    'i-2 NetworkMirrorOut',
  ]);
  t.strictSame(metricsOf(METRICS, '').map(keyOf), ['NetworkMirrorIn']);
  t.strictSame(METRICS.map(unitOf), ['Bytes', 'Bytes', 'Count', 'Bytes', 'Bytes']);
  t.match(queriesOf(METRICS.slice(0, 2), 'p90', 300), [
    { Id: 'm0', Label: 'i-2 NetworkMirrorOut', MetricStat: { Metric: METRICS[0], Stat: 'p90', Period: 300 } },
    { Id: 'm1', Label: 'NetworkMirrorIn' },
  ]);
});

t.test('a line has at most 1440 points', async (t) => {
  const rows: [period: number, range: number, want: number][] = [
    [60, 3600, 60],
    [60, 86_400, 60],
    [60, 3 * 86_400, 300],
    [60, 15 * 86_400, 900],
    [300, 15 * 86_400, 900],
    [3600, 15 * 86_400, 3600],
    [86_400, 3600, 86_400],
  ];
  for (const [period, range, want] of rows)
    t.equal(raisedPeriod(period, range), want, `${period} in ${range}`);
  t.strictSame(timeRange(7_230_001, 3600, 60), { startMs: 3_660_000, endMs: 7_260_000 });
  t.strictSame(
    timeRange(90_000_000, 3600, 86_400),
    { startMs: 0, endMs: 172_800_000 },
    'a range below its period',
  );
});

t.test('gaps are gaps', async (t) => {
  const result = { Id: 'm0', Label: '', Timestamps: [60, 120, 240, 420], Values: [1, 2, 3, 0] };
  const parts = partsOf(result, 60).map((part) => part.map(({ x, y }) => [x.getTime() / 1000, y]));
  t.strictSame(parts, [
    [
      [60, 1],
      [120, 2],
      [180, 2],
    ],
    [
      [240, 3],
      [300, 3],
    ],
    [
      [420, 0],
      [480, 0],
    ],
  ]);
  t.strictSame(partsOf({ ...result, Timestamps: [], Values: [] }, 60), []);
  const other = { Id: 'm1', Label: '', Timestamps: [120, 180], Values: [5, 6] };
  t.strictSame(datapointRows([result, other]), [
    { seconds: 420, values: [0, undefined] },
    { seconds: 240, values: [3, undefined] },
    { seconds: 180, values: [undefined, 6] },
    { seconds: 120, values: [2, 5] },
    { seconds: 60, values: [1, undefined] },
  ]);
});

t.test('values in short', async (t) => {
  const rows: [value: number, want: string][] = [
    [0, '0'],
    [999, '999'],
    [0.5, '0.5'],
    [1000, '1 k'],
    [1_234_567, '1.235 M'],
    [2.5e9, '2.5 G'],
    [1e20, '100,000 P'],
  ];
  for (const [value, want] of rows) t.equal(valueText(value), want);
});
