/** The counts of one metric of the caller's. */

import type { MetricReader } from './metric-reader.js';
import { MINUTE_MS } from './metric-store.js';
import { isMetricName, METRIC_NAMES, NAMESPACE, type Series, SOURCE_DIMENSION, unitOf } from './metrics.js';
import type { Count } from './statistics.js';

/** Points are read by the day, so that other work goes on. */
const DAY_MINUTES = 24 * 60;

/** As calls name it. */
export interface RequestedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Unit?: string | undefined;
}

/** Milliseconds since 1970, whole minutes; the end is behind the last. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** As CloudWatch rounds: the start down to its minute. */
export function timeRangeOf({ StartTime, EndTime }: { StartTime: Date; EndTime: Date }): TimeRange {
  const start = StartTime.getTime();
  return { startMs: start - (start % MINUTE_MS), endMs: EndTime.getTime() };
}

/** Ascending. A metric that nobody records has none, which is no error. */
export async function readCounts(
  { store, slices, accountId }: MetricReader,
  { Namespace, MetricName, Dimensions, Unit }: RequestedMetric,
  { startMs, endMs }: TimeRange,
): Promise<Count[]> {
  const series = Namespace === NAMESPACE ? seriesOf(accountId, Dimensions) : undefined;
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

function seriesOf(accountId: string, dimensions: RequestedMetric['Dimensions']): Series | undefined {
  const [first, ...others] = dimensions;
  if (first === undefined) return { accountId, sourceId: undefined };
  return first.Name === SOURCE_DIMENSION && others.length === 0
    ? { accountId, sourceId: first.Value }
    : undefined;
}
