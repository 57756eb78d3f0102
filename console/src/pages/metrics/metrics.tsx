/** The page of metrics: namespace, dimension, metrics, and the chart of those that are selected. */
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Cards from '@cloudscape-design/components/cards';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { listMetrics, type Metric } from '../../aws/monitoring.js';
import { DIMENSION_VIEWS, metricsOf, NAMESPACE } from '../../model/metric-series.js';
import { usePage } from '../../parts/page.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useRead } from '../../parts/use-read.js';
import { MetricGraph } from './metric-graph.js';

/** New metrics come with new sources. */
const LIST_EVERY_MS = 60_000;
const ALL_HREF = '#/metrics';
const EC2_HREF = '#/metrics?namespace=EC2';

/** The page. */
export function Metrics() {
  usePage({ title: 'Metrics', breadcrumbs: [{ text: 'Metrics', href: '#/metrics' }] });
  const { query } = useRoute();
  const read = useRead((client, signal) => listMetrics(client, NAMESPACE, signal), 'metrics', {
    everyMs: LIST_EVERY_MS,
  });
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="What was mirrored and what was skipped, minute by minute, for 15 days."
        >
          Metrics
        </Header>
      }
    >
      <SpaceBetween size="l">
        {read.error !== undefined && <ErrorAlert error={read.error} onRetry={read.refresh} />}
        {(read.data !== undefined || read.error === undefined) && (
          <Step
            metrics={read.data}
            namespace={query.get('namespace')}
            dimension={query.get('dimension')}
            key={query.toString()}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

interface StepProps {
  /** undefined: they are being read. */
  readonly metrics: readonly Metric[] | undefined;
  readonly namespace: string | null;
  readonly dimension: string | null;
}

/** One of the three steps. */
function Step({ metrics, namespace, dimension }: StepProps) {
  const view = DIMENSION_VIEWS.find((one) => one.dimension === dimension);
  if (namespace === null || metrics === undefined) {
    const cards =
      metrics && metrics.length > 0 ? [{ title: 'EC2', count: metrics.length, href: EC2_HREF }] : [];
    return <CardList title="All metrics" cards={cards} isLoading={metrics === undefined} />;
  }
  if (view === undefined) {
    const cards = DIMENSION_VIEWS.map((one) => ({
      title: one.title,
      count: metricsOf(metrics, one.dimension).length,
      href: `${EC2_HREF}&dimension=${one.dimension}`,
    })).filter(({ count }) => count > 0);
    return (
      <SpaceBetween size="s">
        <Way steps={['EC2']} />
        <CardList title="EC2" cards={cards} isLoading={false} />
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="s">
      <Way steps={['EC2', view.title]} />
      <MetricGraph view={view} metrics={metricsOf(metrics, view.dimension)} />
    </SpaceBetween>
  );
}

/** The steps so far. */
function Way({ steps }: { readonly steps: readonly string[] }) {
  const navigate = useNavigate();
  const hrefs = [EC2_HREF, ''];
  const items = [
    { text: 'All', href: ALL_HREF },
    ...steps.map((text, index) => ({ text, href: hrefs[index] ?? '' })),
  ];
  return (
    <BreadcrumbGroup
      ariaLabel="Metrics"
      items={items}
      onFollow={(event) => {
        event.preventDefault();
        navigate(event.detail.href);
      }}
    />
  );
}

interface Card {
  readonly title: string;
  readonly count: number;
  readonly href: string;
}

interface CardListProps {
  readonly title: string;
  readonly cards: readonly Card[];
  readonly isLoading: boolean;
}

function CardList({ title, cards, isLoading }: CardListProps) {
  return (
    <Cards<Card>
      header={<Header variant="h2">{title}</Header>}
      items={cards}
      trackBy="title"
      loading={isLoading}
      loadingText="Loading metrics"
      cardsPerRow={[{ cards: 1 }, { minWidth: 500, cards: 3 }]}
      cardDefinition={{
        header: ({ title: text, href }) => (
          <Link fontSize="heading-m" href={href}>
            {text}
          </Link>
        ),
        sections: [
          {
            id: 'count',
            content: ({ count }) => `${count.toLocaleString('en')} ${count === 1 ? 'metric' : 'metrics'}`,
          },
        ],
      }}
      empty={<NoMetrics />}
      ariaLabels={{ cardsLabel: title, itemSelectionLabel: () => '', selectionGroupLabel: '' }}
    />
  );
}

/** Before the first minute with a session. */
function NoMetrics(): ReactNode {
  return (
    <Box textAlign="center">
      <SpaceBetween size="xs">
        <b>No metrics yet: they begin with the first session</b>
        <Link href="#/mirror-sessions">Mirror sessions</Link>
      </SpaceBetween>
    </Box>
  );
}
