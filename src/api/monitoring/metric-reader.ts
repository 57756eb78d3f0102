/** Reads the counts of a metric for a caller, and makes statistics of them. */
import type { Slices } from '../work-queue.js';
import { type MetricStore, MINUTE_MS } from './metric-store.js';
import {
  isDimensionName,
  isMetricName,
  METRIC_NAMES,
  NAMESPACE,
  type Series,
  seriesOf,
  unitOf,
} from './metrics.js';

/** Points are read day by day; between two reads, other work runs. */
const DAY_MINUTES = 24 * 60;

/** The caller who reads metrics. */
export interface MetricReader {
  readonly accountId: string;
  readonly store: MetricStore;
  /** The slices of the call's work. */
  readonly slices: Slices;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A metric as requests name it. */
export interface RequestedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Unit?: string | undefined;
}

/** Milliseconds since 1970. The start is a whole minute; the end is exclusive. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** The counts of one period, one for each minute. */
export interface Bucket {
  /** Start of the period, milliseconds since 1970. */
  readonly timestamp: number;
  readonly counts: readonly number[];
}

/** The count of one minute. */
export interface Count {
  /** Start of the minute, milliseconds since 1970. */
  readonly timestamp: number;
  readonly count: number;
}

/** The time range of a request. The start is rounded down to its minute, as in CloudWatch. */
export function timeRangeOf({ StartTime, EndTime }: { StartTime: Date; EndTime: Date }): TimeRange {
  const start = StartTime.getTime();
  return { startMs: start - (start % MINUTE_MS), endMs: EndTime.getTime() };
}

/** The counts of a metric, ascending by time. A metric that does not exist has none; that is no error. */
export async function readCounts(
  { store, slices, accountId }: MetricReader,
  { Namespace, MetricName, Dimensions, Unit }: RequestedMetric,
  { startMs, endMs }: TimeRange,
): Promise<Count[]> {
  const series = Namespace === NAMESPACE ? requestedSeries(accountId, Dimensions) : undefined;
  if (series === undefined || !isMetricName(MetricName)) return [];
  if (Unit !== undefined && Unit !== unitOf(MetricName)) return [];
  const index = METRIC_NAMES.indexOf(MetricName);
  const [from, to] = store.keptRange(startMs / MINUTE_MS, Math.ceil(endMs / MINUTE_MS));
  const counts: Count[] = [];
  for (let minute = from; minute < to; minute += DAY_MINUTES) {
    await slices.next();
    for (const point of await store.read(series, minute, Math.min(minute + DAY_MINUTES, to))) {
      counts.push({ timestamp: point.minute * MINUTE_MS, count: point.values[index] ?? 0 });
    }
  }
  return counts;
}

/**
 * Groups counts by period. The first period begins at the start. Periods without a count are left out.
 * @param counts ascending, none before the start
 */
export function bucketsOf(counts: readonly Count[], startMs: number, periodMs: number): Bucket[] {
  const buckets = new Map<number, number[]>();
  for (const { timestamp, count } of counts) {
    const start = timestamp - ((timestamp - startMs) % periodMs);
    const bucket = buckets.get(start);
    if (bucket === undefined) buckets.set(start, [count]);
    else bucket.push(count);
  }
  return [...buckets].map(([timestamp, values]) => ({ timestamp, counts: values }));
}

/** A statistic of counts. @param statistic SampleCount, Average, Sum, Minimum or Maximum, or `p` and a percentage */
export function statisticOf(statistic: string, counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  switch (statistic) {
    case 'SampleCount':
      return counts.length;
    case 'Average':
      return sum / counts.length;
    case 'Sum':
      return sum;
    case 'Minimum':
      return Math.min(...counts);
    case 'Maximum':
      return Math.max(...counts);
    default:
      return percentileOf(Number(statistic.slice(1)), counts);
  }
}

/** The series that dimensions name. Counts are kept for one dimension each: two of them together name none. */
function requestedSeries(accountId: string, dimensions: RequestedMetric['Dimensions']): Series | undefined {
  const [first, ...others] = dimensions;
  if (first === undefined) return seriesOf(accountId, undefined);
  const { Name: name, Value: value } = first;
  return others.length === 0 && isDimensionName(name) ? seriesOf(accountId, { name, value }) : undefined;
}

/** The percentile by the nearest-rank method, which gives one of the counts. */
function percentileOf(percentage: number, counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil((percentage / 100) * sorted.length) - 1, 0)] ?? 0;
}
