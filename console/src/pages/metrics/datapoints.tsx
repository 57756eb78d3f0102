/** The datapoints of the chart as a table, for readers of text. */
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { Metric, MetricResult } from '../../aws/monitoring.js';
import { type DatapointRow, datapointRows, keyOf } from '../../model/metric-series.js';

const PAGE_ROWS = 20;
const MILLISECONDS = 1000;

interface DatapointsProps {
  readonly metrics: readonly Metric[];
  /** In the order of the metrics. */
  readonly results: readonly MetricResult[];
}

/** The table, the newest first. Where a metric has no datapoint stands a dash, and not 0. */
export function Datapoints({ metrics, results }: DatapointsProps) {
  const [wanted, setPage] = useState(1);
  const rows = datapointRows(results);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  const page = Math.min(wanted, pages);
  const columns: TableProps.ColumnDefinition<DatapointRow>[] = [
    {
      id: 'time',
      header: 'Time (UTC)',
      cell: ({ seconds }) => new Date(seconds * MILLISECONDS).toISOString().slice(0, 16).replace('T', ' '),
      isRowHeader: true,
    },
    ...metrics.map((metric, index) => ({
      id: keyOf(metric),
      header: keyOf(metric),
      cell: ({ values }: DatapointRow) => values[index]?.toLocaleString('en') ?? '–',
    })),
  ];
  return (
    <Table<DatapointRow>
      items={rows.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS)}
      columnDefinitions={columns}
      trackBy={({ seconds }) => String(seconds)}
      enableKeyboardNavigation={false}
      header={
        <Header variant="h2" counter={`(${rows.length.toLocaleString('en')})`}>
          Datapoints
        </Header>
      }
      pagination={
        pages > 1 && (
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )
      }
      empty={<Box textAlign="center">No datapoints in this time range</Box>}
      ariaLabels={{ tableLabel: 'Datapoints' }}
    />
  );
}
