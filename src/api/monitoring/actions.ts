/** The actions ListMetrics, GetMetricStatistics and GetMetricData. */
import type { z } from 'zod';
import type { Structure } from '../query-response.js';
import type { listMetricsInput, metricDataInput, metricStatisticsInput } from './input.js';
import {
  bucketsOf,
  type Count,
  type MetricReader,
  readCounts,
  statisticOf,
  type TimeRange,
  timeRangeOf,
} from './metric-reader.js';
import {
  DIMENSIONS,
  dimensionOf,
  isMetricName,
  METRIC_NAMES,
  NAMESPACE,
  type Series,
  unitOf,
} from './metrics.js';
import { invalidValue, MonitoringError } from './monitoring-error.js';

/** The most metrics of a page. */
const PAGE_METRICS = 500;
/** RecentlyActive PT3H. */
const RECENT_MS = 3 * 60 * 60 * 1000;
const LIST_TOKEN = /^(\d{1,6})$/;

/** The most datapoints of GetMetricStatistics. */
const STATISTICS_DATAPOINTS = 1440;

/** The most datapoints of a page, also when the request asks for more: the minutes of a week. */
const PAGE_DATAPOINTS = 10_080;
/** A page ends when so many points were read: about a second of work. */
const PAGE_POINTS = 1_000_000;
const DATA_TOKEN = /^(\d{1,3})\.(\d{1,6})$/;

type DataInput = z.output<typeof metricDataInput>;
type Query = DataInput['MetricDataQueries'][number];

/** Where the next page begins: the index of a query, and how many of its datapoints were already returned. */
interface DataPosition {
  readonly query: number;
  readonly datapoint: number;
}

type MetricQuery = Query & { readonly MetricStat: NonNullable<Query['MetricStat']> };

/** Lists the metrics of the caller's account, page by page. @throws MonitoringError InvalidNextToken */
export function listMetrics(reader: MetricReader, input: z.output<typeof listMetricsInput>): Structure {
  const all = input.Namespace === undefined || input.Namespace === NAMESPACE ? metricsOf(reader, input) : [];
  const start = input.NextToken === undefined ? 0 : Number(readToken(input.NextToken, LIST_TOKEN)[0]);
  const end = start + PAGE_METRICS;
  const NextToken = end < all.length ? formatToken(String(end)) : undefined;
  return { Metrics: all.slice(start, end), NextToken };
}

/** The statistics of one metric. @throws MonitoringError InvalidParameterCombination, InvalidParameterValue */
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
  if (possible > STATISTICS_DATAPOINTS) {
    throw new MonitoringError(
      'InvalidParameterCombination',
      `You have requested up to ${possible} datapoints, which exceeds the limit of ${STATISTICS_DATAPOINTS}. ` +
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

/**
 * The datapoints of several metrics. They are returned query by query, until a page is full.
 * @throws MonitoringError InvalidParameterValue, InvalidNextToken, MissingParameter
 */
export async function getMetricData(reader: MetricReader, input: DataInput): Promise<Structure> {
  const range = timeRangeOf(input);
  if (range.endMs <= range.startMs)
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  const queries = requireQueries(input.MetricDataQueries);
  const start = input.NextToken === undefined ? { query: 0, datapoint: 0 } : readDataToken(input.NextToken);
  const MetricDataResults: Structure[] = [];
  let room = Math.min(input.MaxDatapoints, PAGE_DATAPOINTS);
  let points = 0;
  for (const [index, query] of queries.entries()) {
    if (index < start.query) continue;
    if (points >= PAGE_POINTS)
      return { MetricDataResults, NextToken: formatDataToken({ query: index, datapoint: 0 }) };
    const counts = await countsOf(reader, query, range);
    points += counts.length;
    const datapoints = datapointsOf(query, counts, range, input.ScanBy);
    const from = index === start.query ? start.datapoint : 0;
    const page = datapoints.slice(from, from + room);
    const next = { query: index, datapoint: from + page.length };
    const isPartial = next.datapoint < datapoints.length;
    MetricDataResults.push({
      Id: query.Id,
      Label: query.Label ?? query.MetricStat.Metric.MetricName,
      Timestamps: page.map(({ timestamp }) => new Date(timestamp)),
      Values: page.map(({ value }) => value),
      StatusCode: isPartial ? 'PartialData' : 'Complete',
    });
    room -= page.length;
    if (isPartial) return { MetricDataResults, NextToken: formatDataToken(next) };
    if (room === 0 && index + 1 < queries.length) {
      return { MetricDataResults, NextToken: formatDataToken({ query: index + 1, datapoint: 0 }) };
    }
  }
  return { MetricDataResults };
}

function metricsOf(
  { store, accountId, now }: MetricReader,
  { MetricName, Dimensions, RecentlyActive }: z.output<typeof listMetricsInput>,
): Structure[] {
  const names = METRIC_NAMES.filter((name) => MetricName === undefined || name === MetricName);
  return [...store.seriesOf(accountId)]
    .filter(({ writtenAt }) => RecentlyActive === undefined || writtenAt >= now - RECENT_MS)
    .filter(({ series }) => Dimensions.every((filter) => hasDimension(series, filter)))
    .map(({ series }) => series)
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    .flatMap((series) =>
      names.map((name) => ({ Namespace: NAMESPACE, MetricName: name, Dimensions: dimensionsOf(series) })),
    );
}

/** Series without a dimension come first, then those of instances, each by its value. */
function orderOf(series: Series): string {
  const dimension = dimensionOf(series);
  return dimension === undefined ? '' : `${DIMENSIONS.indexOf(dimension.name)} ${dimension.value}`;
}

function hasDimension(series: Series, filter: { Name: string; Value?: string | undefined }): boolean {
  const dimension = dimensionOf(series);
  return dimension?.name === filter.Name && dimension.value === (filter.Value ?? dimension.value);
}

function dimensionsOf(series: Series): Structure[] {
  const dimension = dimensionOf(series);
  return dimension === undefined ? [] : [{ Name: dimension.name, Value: dimension.value }];
}

function countsOf(reader: MetricReader, { MetricStat }: MetricQuery, range: TimeRange): Promise<Count[]> {
  return readCounts(reader, { ...MetricStat.Metric, Unit: MetricStat.Unit }, range);
}

function datapointsOf(
  { MetricStat: { Period, Stat } }: MetricQuery,
  counts: readonly Count[],
  range: TimeRange,
  scanBy: DataInput['ScanBy'],
): { readonly timestamp: number; readonly value: number }[] {
  const datapoints = bucketsOf(counts, range.startMs, Period * 1000).map(({ timestamp, counts: values }) => ({
    timestamp,
    value: statisticOf(Stat, values),
  }));
  return scanBy === 'TimestampAscending' ? datapoints : datapoints.reverse();
}

/** The queries whose data is returned. @throws MonitoringError InvalidParameterValue, MissingParameter */
function requireQueries(queries: readonly Query[]): MetricQuery[] {
  const ids = new Set(queries.map(({ Id }) => Id));
  if (ids.size < queries.length) throw invalidValue('The values for Id must be unique');
  return queries.filter(hasMetric).filter(({ ReturnData }) => ReturnData);
}

function hasMetric(query: Query): query is MetricQuery {
  if (query.Expression !== undefined) throw invalidValue(`Expressions are not supported: ${query.Id}`);
  if (query.MetricStat === undefined) {
    throw new MonitoringError('MissingParameter', `The parameter MetricStat of ${query.Id} is required.`);
  }
  return true;
}

function readDataToken(token: string): DataPosition {
  const [query, datapoint] = readToken(token, DATA_TOKEN);
  return { query: Number(query), datapoint: Number(datapoint) };
}

function formatDataToken({ query, datapoint }: DataPosition): string {
  return formatToken(`${query}.${datapoint}`);
}

function formatToken(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** The groups of the form. @throws MonitoringError InvalidNextToken */
function readToken(token: string, form: RegExp): string[] {
  const match = form.exec(Buffer.from(token, 'base64url').toString());
  if (match === null) throw new MonitoringError('InvalidNextToken', 'The NextToken is not valid');
  return match.slice(1);
}
