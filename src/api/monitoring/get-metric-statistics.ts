/** GetMetricStatistics. */
import type { z } from 'zod';
import type { metricStatisticsInput } from './input.js';
import { readCounts, timeRangeOf } from './metric-counts.js';
import type { MetricReader } from './metric-reader.js';
import { isMetricName, unitOf } from './metrics.js';
import { invalidValue, MonitoringError } from './monitoring-error.js';
import type { Structure } from './response.js';
import { bucketsOf, statisticOf } from './statistics.js';

const MAXIMUM_DATAPOINTS = 1440;

export async function getMetricStatistics(
  reader: MetricReader,
  input: z.output<typeof metricStatisticsInput>,
): Promise<Structure> {
  const { MetricName, Statistics, ExtendedStatistics, Period } = input;
  if ((Statistics === undefined) === (ExtendedStatistics === undefined)) {
    throw new MonitoringError(
      'InvalidParameterCombination',
      'Exactly one of Statistics and ExtendedStatistics is needed',
    );
  }
  const range = timeRangeOf(input);
  if (range.endMs <= range.startMs)
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  const periodMs = Period * 1000;
  const possible = Math.ceil((range.endMs - range.startMs) / periodMs);
  if (possible > MAXIMUM_DATAPOINTS) {
    throw new MonitoringError(
      'InvalidParameterCombination',
      `You have requested up to ${possible} datapoints, which exceeds the limit of ${MAXIMUM_DATAPOINTS}. ` +
        'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    );
  }
  const buckets = bucketsOf(await readCounts(reader, input, range), range.startMs, periodMs);
  const Datapoints = buckets.map(({ timestamp, counts }) => ({
    Timestamp: new Date(timestamp),
    ...Object.fromEntries((Statistics ?? []).map((name) => [name, statisticOf(name, counts)])),
    Unit: isMetricName(MetricName) ? unitOf(MetricName) : undefined,
    ...(ExtendedStatistics !== undefined && {
      ExtendedStatistics: new Map(ExtendedStatistics.map((name) => [name, statisticOf(name, counts)])),
    }),
  }));
  return { Label: MetricName, Datapoints };
}
