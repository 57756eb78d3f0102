/** Metrics as CloudWatch shows them: by dimension, with a statistic and a period, as lines with gaps. */
import { BYTE_METRICS } from '../../../src/counters/network-metrics.js';
import type { Metric, MetricQuery, MetricResult, TimeRange } from '../aws/monitoring.js';

/** The namespace of all metrics of Traffic Mirroring. */
export const NAMESPACE = 'AWS/EC2';

/** By what metrics are counted. The dimension of the metrics of all instances together is ''. */
export const DIMENSION_VIEWS = [
  { dimension: 'InstanceId', title: 'Per-instance metrics' },
  { dimension: '', title: 'Across all instances' },
  { dimension: 'AutoScalingGroupName', title: 'By Auto Scaling group' },
  { dimension: 'ImageId', title: 'By image' },
  { dimension: 'InstanceType', title: 'By instance type' },
] as const;

export type DimensionView = (typeof DIMENSION_VIEWS)[number];

export const STATISTICS = [
  'Sum',
  'Average',
  'Minimum',
  'Maximum',
  'SampleCount',
  'p50',
  'p90',
  'p99',
] as const;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In seconds. */
export const PERIODS = [
  { seconds: MINUTE, label: '1 minute' },
  { seconds: 5 * MINUTE, label: '5 minutes' },
  { seconds: 15 * MINUTE, label: '15 minutes' },
  { seconds: HOUR, label: '1 hour' },
  { seconds: 6 * HOUR, label: '6 hours' },
  { seconds: DAY, label: '1 day' },
] as const;

/** In seconds. */
export const TIME_RANGES = [
  { seconds: HOUR, label: '1 hour' },
  { seconds: 3 * HOUR, label: '3 hours' },
  { seconds: 12 * HOUR, label: '12 hours' },
  { seconds: DAY, label: '1 day' },
  { seconds: 3 * DAY, label: '3 days' },
  { seconds: 7 * DAY, label: '7 days' },
  { seconds: 15 * DAY, label: '15 days' },
] as const;

/** Of a line. */
const MAXIMUM_POINTS = 1440;
/** Lines of one chart: more cannot be told apart. */
export const MAXIMUM_LINES = 10;

const MILLISECONDS = 1000;

/** The controls of the chart: a statistic, and period and range in seconds. */
export interface GraphSettings {
  readonly statistic: string;
  readonly period: number;
  readonly range: number;
}

/** The value of the dimension that a view shows. */
export function dimensionValue({ Dimensions }: Metric): string {
  return Dimensions[0]?.Value ?? '';
}

/** The metrics of a view, by value and name. */
export function metricsOf(metrics: readonly Metric[], dimension: string): Metric[] {
  return metrics
    .filter(({ Dimensions }) => (Dimensions[0]?.Name ?? '') === dimension)
    .sort((a, b) => keyOf(a).localeCompare(keyOf(b), 'en'));
}

/** Names a metric. */
export function keyOf(metric: Metric): string {
  return `${dimensionValue(metric)} ${metric.MetricName}`.trim();
}

export function unitOf({ MetricName }: Metric): 'Bytes' | 'Count' {
  return (BYTE_METRICS as readonly string[]).includes(MetricName) ? 'Bytes' : 'Count';
}

/** The period, raised to the shortest one of which a line of the range has no more points than it may have. */
export function raisedPeriod(period: number, range: number): number {
  if (range / period <= MAXIMUM_POINTS) return period;
  return PERIODS.find(({ seconds }) => range / seconds <= MAXIMUM_POINTS)?.seconds ?? DAY;
}

/**
 * A range up to the end of the period that runs now. It begins with a period, as its points then do, and has at least two:
 * the one that runs has only begun.
 */
export function timeRange(nowMs: number, range: number, period: number): TimeRange {
  const periodMs = period * MILLISECONDS;
  const endMs = Math.ceil(nowMs / periodMs) * periodMs;
  return { startMs: endMs - Math.max(range * MILLISECONDS, 2 * periodMs), endMs };
}

/** One query for each metric, in their order. */
export function queriesOf(metrics: readonly Metric[], Stat: string, Period: number): MetricQuery[] {
  return metrics.map((Metric, index) => ({
    Id: `m${index}`,
    Label: keyOf(Metric),
    MetricStat: { Metric, Period, Stat },
  }));
}

/** A value at a time. */
export interface Point {
  readonly x: Date;
  readonly y: number;
}

/**
 * The parts of a line between its gaps. A datapoint is drawn from the beginning of its period to the next one, or to its
 * end: a missing point is a gap and not a zero, and a single one can be seen.
 * @param period in seconds
 */
export function partsOf({ Timestamps, Values }: MetricResult, period: number): Point[][] {
  const parts: Point[][] = [];
  let next = Number.NaN;
  for (const [index, seconds] of Timestamps.entries()) {
    const y = Values[index] ?? 0;
    if (seconds !== next) parts.push([]);
    const part = parts.at(-1);
    // The end of the period before, where the value changes.
    if (part?.length) part.pop();
    part?.push({ x: dateOf(seconds), y }, { x: dateOf(seconds + period), y });
    next = seconds + period;
  }
  return parts;
}

/** A row of the table: a time, and the value of each metric then. */
export interface DatapointRow {
  readonly seconds: number;
  /** undefined: there is no datapoint. */
  readonly values: readonly (number | undefined)[];
}

/** All times at which a metric has a datapoint, the newest first. */
export function datapointRows(results: readonly MetricResult[]): DatapointRow[] {
  const times = new Set(results.flatMap(({ Timestamps }) => Timestamps));
  const values = results.map(
    ({ Timestamps, Values }) => new Map(Timestamps.map((seconds, index) => [seconds, Values[index]])),
  );
  return [...times]
    .sort((a, b) => b - a)
    .map((seconds) => ({ seconds, values: values.map((known) => known.get(seconds)) }));
}

const STEPS = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const STEP = 1000;
const DIGITS = 4;

/** A value in short: `1.5 M`. */
export function valueText(value: number): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= STEP && step < STEPS.length - 1) {
    rest /= STEP;
    step += 1;
  }
  const number = Number(rest.toPrecision(DIGITS)).toLocaleString('en');
  return step === 0 ? number : `${number} ${STEPS[step]}`;
}

function dateOf(seconds: number): Date {
  return new Date(seconds * MILLISECONDS);
}
