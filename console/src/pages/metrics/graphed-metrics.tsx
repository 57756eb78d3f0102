/** The chart of the selected metrics, its controls, and its tables. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import type { Metric, MetricResult } from '../../aws/monitoring.js';
import {
  type GraphSettings,
  keyOf,
  PERIODS,
  STATISTICS,
  TIME_RANGES,
  unitOf,
} from '../../model/metric-series.js';
import { SelectField } from '../../parts/fields.js';
import { ErrorAlert } from '../../parts/refusal.js';
import type { Read } from '../../parts/use-read.js';
import { Datapoints } from './datapoints.js';
import { colorOf, MetricChart } from './metric-chart.js';

interface GraphedMetricsProps {
  readonly metrics: readonly Metric[];
  /** Metrics that are selected and not drawn. */
  readonly leftOut: number;
  readonly read: Read<MetricResult[]>;
  /** As they are drawn. */
  readonly settings: GraphSettings;
  /** The period that was chosen. */
  readonly wantedPeriod: number;
  readonly onSettings: (settings: GraphSettings) => void;
}

/** Everything that shows datapoints. */
export function GraphedMetrics(props: GraphedMetricsProps) {
  const { metrics, leftOut, read, settings } = props;
  const { data, error } = read;
  const isOfControl = error?.code.startsWith('InvalidParameter');
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button
                iconName="refresh"
                ariaLabel="Refresh"
                loading={read.loading && metrics.length > 0}
                onClick={read.refresh}
              />
            }
          >
            Graph
          </Header>
        }
      >
        <SpaceBetween size="m">
          <Controls {...props} problem={isOfControl ? error?.message : undefined} />
          {error !== undefined && !isOfControl && <ErrorAlert error={error} onRetry={read.refresh} />}
          {leftOut > 0 && (
            <Alert type="info">{`${leftOut} of the selected metrics are not drawn: a chart has at most ${metrics.length} lines.`}</Alert>
          )}
          {metrics.length === 0 ? (
            <Box textAlign="center" color="text-body-secondary" padding="l">
              Select metrics in the table below to draw them.
            </Box>
          ) : (
            (error === undefined || data !== undefined) && (
              <MetricChart metrics={metrics} results={data} settings={settings} />
            )
          )}
        </SpaceBetween>
      </Container>
      {metrics.length > 0 && (
        <ColumnLayout columns={2} minColumnWidth={500}>
          <GraphedTable metrics={metrics} settings={settings} />
          <Datapoints metrics={metrics} results={data ?? []} />
        </ColumnLayout>
      )}
    </SpaceBetween>
  );
}

function Controls({
  settings,
  wantedPeriod,
  onSettings,
  problem,
}: GraphedMetricsProps & { readonly problem: string | undefined }) {
  const { statistic, period, range } = settings;
  const bind = (path: string, value: string, onChange: (value: string) => void) => ({
    path,
    value,
    onChange,
    onBlur: () => {},
    error: undefined,
  });
  const isRaised = period !== wantedPeriod;
  return (
    <ColumnLayout columns={3} minColumnWidth={170}>
      <SelectField
        label="Statistic"
        options={STATISTICS.map((value) => ({ value, label: value }))}
        {...bind('statistic', statistic, (value) =>
          onSettings({ statistic: value, period: wantedPeriod, range }),
        )}
      />
      <SelectField
        label="Period"
        options={PERIODS.map(({ seconds, label }) => ({ value: String(seconds), label }))}
        constraint={isRaised ? 'Raised, so that a line has no more than 1440 points.' : undefined}
        {...bind('period', String(period), (value) =>
          onSettings({ statistic, period: Number(value), range }),
        )}
        error={problem}
      />
      <SelectField
        label="Time range"
        options={TIME_RANGES.map(({ seconds, label }) => ({ value: String(seconds), label }))}
        {...bind('range', String(range), (value) =>
          onSettings({ statistic, period: wantedPeriod, range: Number(value) }),
        )}
      />
    </ColumnLayout>
  );
}

function GraphedTable({ metrics, settings }: Pick<GraphedMetricsProps, 'metrics' | 'settings'>) {
  const period =
    PERIODS.find(({ seconds }) => seconds === settings.period)?.label ?? `${settings.period} seconds`;
  return (
    <Table<Metric>
      items={metrics}
      trackBy={keyOf}
      enableKeyboardNavigation={false}
      columnDefinitions={[
        {
          id: 'metric',
          header: 'Metric',
          isRowHeader: true,
          cell: (metric) => (
            <span>
              <span className="swatch" style={{ backgroundColor: colorOf(metrics.indexOf(metric)) }} />
              {keyOf(metric)}
            </span>
          ),
        },
        { id: 'statistic', header: 'Statistic', cell: () => settings.statistic },
        { id: 'period', header: 'Period', cell: () => period },
        { id: 'unit', header: 'Unit', cell: unitOf },
      ]}
      header={<Header variant="h2">Graphed metrics</Header>}
      ariaLabels={{ tableLabel: 'Graphed metrics' }}
    />
  );
}
