/** ListMetrics. */
import type { z } from 'zod';
import type { listMetricsInput } from './input.js';
import type { MetricReader } from './metric-reader.js';
import { METRIC_NAMES, NAMESPACE, type Series, SOURCE_DIMENSION } from './metrics.js';
import { MonitoringError } from './monitoring-error.js';
import type { Structure } from './response.js';

const PAGE_SIZE = 500;
const RECENT_MS = 3 * 60 * 60 * 1000;
const TOKEN = /^\d{1,6}$/;

export function listMetrics(reader: MetricReader, input: z.output<typeof listMetricsInput>): Structure {
  const all = input.Namespace === undefined || input.Namespace === NAMESPACE ? metricsOf(reader, input) : [];
  const start = input.NextToken === undefined ? 0 : readToken(input.NextToken);
  const end = start + PAGE_SIZE;
  return { Metrics: all.slice(start, end), NextToken: end < all.length ? formatToken(end) : undefined };
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
    .sort((a, b) => ((a.sourceId ?? '') < (b.sourceId ?? '') ? -1 : 1))
    .flatMap((series) =>
      names.map((name) => ({ Namespace: NAMESPACE, MetricName: name, Dimensions: dimensionsOf(series) })),
    );
}

function hasDimension({ sourceId }: Series, filter: { Name: string; Value?: string | undefined }): boolean {
  return (
    sourceId !== undefined && filter.Name === SOURCE_DIMENSION && sourceId === (filter.Value ?? sourceId)
  );
}

function dimensionsOf({ sourceId }: Series): Structure[] {
  return sourceId === undefined ? [] : [{ Name: SOURCE_DIMENSION, Value: sourceId }];
}

function formatToken(place: number): string {
  return Buffer.from(String(place)).toString('base64url');
}

function readToken(token: string): number {
  const text = Buffer.from(token, 'base64url').toString();
  if (!TOKEN.test(text)) throw new MonitoringError('InvalidNextToken', 'The NextToken is not valid');
  return Number(text);
}
