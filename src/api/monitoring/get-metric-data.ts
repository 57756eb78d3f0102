/** GetMetricData. */
import type { z } from 'zod';
import type { metricDataInput } from './input.js';
import { readCounts, type TimeRange, timeRangeOf } from './metric-counts.js';
import type { MetricReader } from './metric-reader.js';
import { invalidValue, MonitoringError } from './monitoring-error.js';
import type { Structure } from './response.js';
import { bucketsOf, type Count, statisticOf } from './statistics.js';

type Input = z.output<typeof metricDataInput>;
type Query = Input['MetricDataQueries'][number];

/** Where the next page begins: a query, and the number of its datapoints that were told. */
interface Place {
  readonly query: number;
  readonly datapoint: number;
}

/** Of a page, whatever is asked for: the minutes of a week. */
const MAXIMUM_DATAPOINTS = 10_080;
/** A page ends when so many points were read for it: a second's work. */
const MAXIMUM_POINTS = 1_000_000;
const TOKEN = /^(\d{1,3})\.(\d{1,6})$/;

/** A page holds datapoints of one query after the other, until it is full. */
export async function getMetricData(reader: MetricReader, input: Input): Promise<Structure> {
  const range = timeRangeOf(input);
  if (range.endMs <= range.startMs)
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  const queries = requireQueries(input.MetricDataQueries);
  const start = input.NextToken === undefined ? { query: 0, datapoint: 0 } : readToken(input.NextToken);
  const MetricDataResults: Structure[] = [];
  let room = Math.min(input.MaxDatapoints, MAXIMUM_DATAPOINTS);
  let points = 0;
  for (const [index, query] of queries.entries()) {
    if (index < start.query) continue;
    if (points >= MAXIMUM_POINTS)
      return { MetricDataResults, NextToken: formatToken({ query: index, datapoint: 0 }) };
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
    if (isPartial) return { MetricDataResults, NextToken: formatToken(next) };
    if (room === 0 && index + 1 < queries.length) {
      return { MetricDataResults, NextToken: formatToken({ query: index + 1, datapoint: 0 }) };
    }
  }
  return { MetricDataResults };
}

function countsOf(reader: MetricReader, { MetricStat }: MetricQuery, range: TimeRange): Promise<Count[]> {
  return readCounts(reader, { ...MetricStat.Metric, Unit: MetricStat.Unit }, range);
}

function datapointsOf(
  { MetricStat: { Period, Stat } }: MetricQuery,
  counts: readonly Count[],
  range: TimeRange,
  scanBy: Input['ScanBy'],
): { readonly timestamp: number; readonly value: number }[] {
  const datapoints = bucketsOf(counts, range.startMs, Period * 1000).map(({ timestamp, counts: values }) => ({
    timestamp,
    value: statisticOf(Stat, values),
  }));
  return scanBy === 'TimestampAscending' ? datapoints : datapoints.reverse();
}

type MetricQuery = Query & { readonly MetricStat: NonNullable<Query['MetricStat']> };

/** Those whose data is returned. @throws MonitoringError for those that cannot be answered */
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

function formatToken({ query, datapoint }: Place): string {
  return Buffer.from(`${query}.${datapoint}`).toString('base64url');
}

function readToken(token: string): Place {
  const [, query, datapoint] = TOKEN.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (datapoint === undefined) throw new MonitoringError('InvalidNextToken', 'The NextToken is not valid');
  return { query: Number(query), datapoint: Number(datapoint) };
}
