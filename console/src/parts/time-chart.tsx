/** A line chart over time. */
import LineChart from '@cloudscape-design/components/line-chart';
import { segmentsOf } from '../model/history.js';

/** One line. */
interface TimeLine {
  readonly title: string;
  readonly points: readonly { readonly x: Date; readonly y: number }[];
}

interface TimeChartProps {
  /** The name of the chart. */
  readonly ariaLabel: string;
  readonly lines: readonly TimeLine[];
  /** Milliseconds between points. Where one is missing the line has a gap. */
  readonly periodMs: number;
  readonly yTitle: string;
  readonly valueText: (value: number) => string;
  readonly range?: readonly [Date, Date] | undefined;
  readonly height?: number;
  /** The clock shows seconds. */
  readonly withSeconds?: boolean;
  /** The axis goes at least so far. */
  readonly leastTop?: number;
  readonly empty?: string;
  readonly hideLegend?: boolean;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** The chart. A line with gaps is drawn in parts of the same title, so then it should be the only one. */
export function TimeChart(props: TimeChartProps) {
  const { ariaLabel, lines, periodMs, yTitle, valueText, range, height = 200, hideLegend = false } = props;
  const clock = (x: Date): string =>
    x.toLocaleTimeString('en-GB', props.withSeconds ? { ...CLOCK, second: '2-digit' } : CLOCK);
  const series = lines.flatMap(({ title, points }) =>
    segmentsOf(points, periodMs).map((data) => ({
      title,
      type: 'line' as const,
      data,
      valueFormatter: valueText,
    })),
  );
  const highest = Math.max(0, ...lines.flatMap(({ points }) => points.map(({ y }) => y)));
  return (
    <LineChart
      ariaLabel={ariaLabel}
      series={series}
      xScaleType="time"
      yDomain={[0, Math.max(highest * 1.1, props.leastTop ?? 1)]}
      {...(range !== undefined && { xDomain: [...range] as [Date, Date] })}
      yTitle={yTitle}
      xTickFormatter={clock}
      yTickFormatter={valueText}
      height={height}
      hideFilter
      hideLegend={hideLegend || series.length === 0}
      empty={props.empty ?? 'No data'}
    />
  );
}
