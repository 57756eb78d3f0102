/** CloudWatch, in AWS JSON: the metrics that there are, and their datapoints. */
import type { Client } from './client.js';
import { callJson } from './json.js';

const PREFIX = 'GraniteServiceVersion20100801';

/** One metric. */
export interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

/** One query of GetMetricData. */
export interface MetricQuery {
  /** Begins with a small letter; letters, digits and `_`. */
  readonly Id: string;
  readonly Label?: string;
  readonly MetricStat: { readonly Metric: Metric; readonly Period: number; readonly Stat: string };
}

/** The datapoints of a query. */
export interface MetricResult {
  readonly Id: string;
  readonly Label: string;
  /** Seconds since 1970. */
  readonly Timestamps: readonly number[];
  readonly Values: readonly number[];
}

/** A time range in milliseconds since 1970. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** Calls an action. @throws ApiError */
function callMonitoring(
  client: Client,
  action: string,
  input: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<unknown> {
  return callJson(client, PREFIX, { service: 'monitoring', action, input, signal });
}

/** All metrics of a namespace. @throws ApiError */
export async function listMetrics(
  client: Client,
  Namespace: string,
  signal?: AbortSignal,
): Promise<Metric[]> {
  const metrics: Metric[] = [];
  let NextToken: string | undefined;
  do {
    const page = (await callMonitoring(client, 'ListMetrics', { Namespace, NextToken }, signal)) as {
      Metrics?: Metric[];
      NextToken?: string;
    };
    metrics.push(...(page.Metrics ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return metrics;
}

/** The datapoints of queries, oldest first, of all pages. @throws ApiError */
export async function getMetricData(
  client: Client,
  MetricDataQueries: readonly MetricQuery[],
  { startMs, endMs }: TimeRange,
  signal?: AbortSignal,
): Promise<MetricResult[]> {
  const results = new Map<string, MetricResult>();
  const range = { StartTime: startMs / 1000, EndTime: endMs / 1000, ScanBy: 'TimestampAscending' };
  let NextToken: string | undefined;
  do {
    const input = { MetricDataQueries, ...range, NextToken };
    const page = (await callMonitoring(client, 'GetMetricData', input, signal)) as {
      MetricDataResults?: MetricResult[];
      NextToken?: string;
    };
    for (const result of page.MetricDataResults ?? []) {
      const before = results.get(result.Id);
      results.set(result.Id, before === undefined ? result : joined(before, result));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return [...results.values()];
}

function joined(before: MetricResult, after: MetricResult): MetricResult {
  return {
    ...before,
    Timestamps: [...before.Timestamps, ...after.Timestamps],
    Values: [...before.Values, ...after.Values],
  };
}
