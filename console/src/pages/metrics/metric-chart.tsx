/** The lines of the selected metrics. */
import LineChart from '@cloudscape-design/components/line-chart';
import type { Metric, MetricResult } from '../../aws/monitoring.js';
import {
  type GraphSettings,
  keyOf,
  partsOf,
  timeRange,
  unitOf,
  valueText,
} from '../../model/metric-series.js';

/** Colors of lines that can be told apart in both themes. */
const COLORS = [
  '#688ae8',
  '#c33d69',
  '#2ea597',
  '#8456ce',
  '#e07941',
  '#7d8998',
  '#d6336c',
  '#1098ad',
  '#b2911c',
  '#5c940d',
] as const;

const DAY_SECONDS = 86_400;
const HEADROOM = 1.1;

/** The color of a line. @param index of its metric */
export function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? COLORS[0];
}

interface MetricChartProps {
  readonly metrics: readonly Metric[];
  /** In the order of the metrics; undefined: they are being read. */
  readonly results: readonly MetricResult[] | undefined;
  readonly settings: GraphSettings;
}

/** The chart. Each line is drawn in parts, with gaps where there is no datapoint. */
export function MetricChart({
  metrics,
  results = [],
  settings: { statistic, period, range },
}: MetricChartProps) {
  const series = results.flatMap((result, index) =>
    partsOf(result, period).map((data) => ({
      title: metrics[index] === undefined ? result.Label : keyOf(metrics[index]),
      type: 'line' as const,
      color: colorOf(index),
      data,
      valueFormatter: valueText,
    })),
  );
  const { startMs, endMs } = timeRange(Date.now(), range, period);
  const highest = Math.max(0, ...results.flatMap(({ Values }) => Values));
  const units = new Set(metrics.map(unitOf));
  return (
    <LineChart
      ariaLabel="Graphed metrics"
      ariaDescription="The table Datapoints has the same values."
      series={series}
      xScaleType="time"
      xDomain={[new Date(startMs), new Date(endMs)]}
      yDomain={[0, highest > 0 ? highest * HEADROOM : 1]}
      xTitle="Time (UTC)"
      yTitle={`${statistic}, ${[...units].join(' and ')}`}
      xTickFormatter={(date) => tickText(date, range)}
      yTickFormatter={valueText}
      height={260}
      hideFilter
      hideLegend
      statusType={results.length === 0 ? 'loading' : 'finished'}
      loadingText="Loading datapoints"
      empty="No datapoints in this time range"
    />
  );
}

function tickText(date: Date, range: number): string {
  const text = date.toISOString();
  const clock = text.slice(11, 16);
  return range <= DAY_SECONDS ? clock : `${text.slice(5, 10)}\n${clock}`;
}
