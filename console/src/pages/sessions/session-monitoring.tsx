/** The tab Monitoring of a session: the eight metrics of its source over the last hour. */
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { Client } from '../../aws/client.js';
import { listAll } from '../../aws/ec2.js';
import { getMetricData, type MetricResult } from '../../aws/monitoring.js';
import { bytesText, countText, UNKNOWN } from '../../model/amounts.js';
import {
  HOUR_MS,
  MINUTE_S,
  MIRROR_METRICS,
  type MirrorMetric,
  queriesOf,
  textOf,
} from '../../model/mirror-metrics.js';
import { NETWORK_INTERFACES } from '../../model/network-interface.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { TimeChart } from '../../parts/time-chart.js';
import { useRead } from '../../parts/use-read.js';

const EVERY_MS = 10_000;

interface Reading {
  readonly instanceId: string;
  readonly range: readonly [Date, Date];
  readonly results: readonly MetricResult[];
}

/** A chart for each metric, and a table for readers of text. */
export function SessionMonitoring({ sourceId }: { readonly sourceId: string }) {
  const read = useRead((client, signal) => readMetrics(client, sourceId, signal), sourceId, {
    everyMs: EVERY_MS,
  });
  if (read.data === undefined && read.error !== undefined) {
    return <ErrorAlert error={read.error} onRetry={read.refresh} />;
  }
  const series = MIRROR_METRICS.map((metric) => ({ metric, points: pointsOf(read.data, metric) }));
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        description={`The sum of all sessions of ${read.data?.instanceId ?? sourceId}, by minute, over the last hour.`}
      >
        Metrics of the source
      </Header>
      <ColumnLayout columns={2} minColumnWidth={320}>
        {series.map(({ metric, points }) => (
          <div key={metric.name}>
            <Box variant="h3">{metric.name}</Box>
            <TimeChart
              ariaLabel={metric.name}
              lines={points.length === 0 ? [] : [{ title: metric.name, points }]}
              periodMs={MINUTE_S * 1000}
              yTitle={metric.unit}
              valueText={metric.unit === 'Bytes' ? bytesText : countText}
              range={read.data?.range}
              leastTop={10}
              height={120}
              empty={read.data === undefined ? 'Loading' : 'No data yet'}
              hideLegend
            />
          </div>
        ))}
      </ColumnLayout>
      <Table
        variant="embedded"
        enableKeyboardNavigation={false}
        ariaLabels={{ tableLabel: 'Metrics' }}
        trackBy={({ metric }) => metric.name}
        items={series}
        columnDefinitions={[
          { id: 'name', header: 'Metric name', isRowHeader: true, cell: ({ metric }) => metric.name },
          {
            id: 'last',
            header: 'Last minute',
            cell: ({ metric, points }) => textOf(metric, points.at(-1)?.y),
          },
          {
            id: 'sum',
            header: 'Last hour',
            cell: ({ metric, points }) =>
              points.length === 0
                ? UNKNOWN
                : textOf(
                    metric,
                    points.reduce((sum, { y }) => sum + y, 0),
                  ),
          },
        ]}
      />
    </SpaceBetween>
  );
}

async function readMetrics(client: Client, sourceId: string, signal: AbortSignal): Promise<Reading> {
  const instanceId = await instanceOf(client, sourceId, signal);
  const endMs = Date.now();
  const range = { startMs: endMs - HOUR_MS, endMs };
  const results = await getMetricData(client, queriesOf(instanceId), range, signal);
  return { instanceId, range: [new Date(range.startMs), new Date(endMs)], results };
}

/** The instance that an interface counts for: its own id when it belongs to none, or when nobody may tell. */
async function instanceOf(client: Client, sourceId: string, signal: AbortSignal): Promise<string> {
  try {
    const [found] = await listAll(client, NETWORK_INTERFACES, { ids: [sourceId], signal });
    return found?.instanceId ?? sourceId;
  } catch {
    return sourceId;
  }
}

function pointsOf(reading: Reading | undefined, { id }: MirrorMetric): { x: Date; y: number }[] {
  const result = reading?.results.find((one) => one.Id === id);
  return (result?.Timestamps ?? []).map((seconds, index) => ({
    x: new Date(seconds * 1000),
    y: result?.Values[index] ?? 0,
  }));
}
