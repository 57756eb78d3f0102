/** The metrics of a dimension: those that are selected are drawn, and stand in tables beside the chart. */

import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useState } from 'react';
import { getMetricData, type Metric } from '../../aws/monitoring.js';
import {
  type DimensionView,
  dimensionValue,
  type GraphSettings,
  keyOf,
  MAXIMUM_LINES,
  queriesOf,
  raisedPeriod,
  timeRange,
} from '../../model/metric-series.js';
import { useRead } from '../../parts/use-read.js';
import { GraphedMetrics } from './graphed-metrics.js';

const DRAW_EVERY_MS = 10_000;
const PAGE_ROWS = 20;
/** What the controls are set to at first. */
const FIRST = { statistic: 'Sum', period: 60, range: 3600 };

interface MetricGraphProps {
  readonly view: DimensionView;
  readonly metrics: readonly Metric[];
}

/** The list and what is drawn of it. */
export function MetricGraph({ view, metrics }: MetricGraphProps) {
  const [selectedKeys, setSelectedKeys] = useState<readonly string[]>([]);
  const [settings, setSettings] = useState<GraphSettings>(FIRST);
  const selected = metrics.filter((metric) => selectedKeys.includes(keyOf(metric)));
  const drawn = selected.slice(0, MAXIMUM_LINES);
  const { statistic, range } = settings;
  const period = raisedPeriod(settings.period, range);
  const read = useRead(
    (client, signal) =>
      getMetricData(
        client,
        queriesOf(drawn, statistic, period),
        timeRange(Date.now(), range, period),
        signal,
      ),
    JSON.stringify([drawn.map(keyOf), statistic, period, range]),
    { everyMs: DRAW_EVERY_MS, enabled: drawn.length > 0 },
  );
  return (
    <SpaceBetween size="l">
      <GraphedMetrics
        metrics={drawn}
        leftOut={selected.length - drawn.length}
        read={read}
        settings={{ ...settings, period }}
        wantedPeriod={settings.period}
        onSettings={setSettings}
      />
      <MetricTable
        view={view}
        metrics={metrics}
        selected={selected}
        onSelect={(all) => setSelectedKeys(all.map(keyOf))}
      />
    </SpaceBetween>
  );
}

interface MetricTableProps extends MetricGraphProps {
  readonly selected: readonly Metric[];
  readonly onSelect: (selected: readonly Metric[]) => void;
}

function MetricTable({ view, metrics, selected, onSelect }: MetricTableProps) {
  const { items, collectionProps, filterProps, paginationProps } = useCollection(metrics, {
    filtering: {
      filteringFunction: (metric, text) => keyOf(metric).toLowerCase().includes(text.trim().toLowerCase()),
      empty: 'No metrics',
      noMatch: 'No matches',
    },
    pagination: { pageSize: PAGE_ROWS },
    sorting: {},
  });
  return (
    <Table<Metric>
      {...collectionProps}
      items={items}
      columnDefinitions={columnsOf(view)}
      trackBy={keyOf}
      selectionType="multi"
      selectedItems={[...selected]}
      onSelectionChange={({ detail }) => onSelect(detail.selectedItems)}
      enableKeyboardNavigation={false}
      header={
        <Header variant="h2" counter={`(${metrics.length.toLocaleString('en')})`}>
          {view.title}
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringAriaLabel="Filter metrics"
          filteringPlaceholder="Filter metrics"
        />
      }
      pagination={<Pagination {...paginationProps} />}
      empty={<Box textAlign="center">No metrics</Box>}
      ariaLabels={{
        tableLabel: view.title,
        allItemsSelectionLabel: () => 'Select all metrics',
        itemSelectionLabel: (_data, metric) => `Select ${keyOf(metric)}`,
      }}
    />
  );
}

function columnsOf({ dimension }: DimensionView): TableProps.ColumnDefinition<Metric>[] {
  const name: TableProps.ColumnDefinition<Metric> = {
    id: 'name',
    header: 'Metric name',
    cell: ({ MetricName }) => MetricName,
    sortingField: 'MetricName',
    isRowHeader: dimension === '',
  };
  if (dimension === '') return [name];
  return [
    {
      id: 'dimension',
      header: dimension,
      cell: dimensionValue,
      isRowHeader: true,
      sortingComparator: (a, b) => dimensionValue(a).localeCompare(dimensionValue(b), 'en'),
    },
    name,
  ];
}
