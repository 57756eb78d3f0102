/** The page Overview: problems first, then how much there is, then what each source mirrors now. */
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { usePage } from '../../parts/page.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { useStatus } from '../../parts/use-status.js';
import { useStatusPair } from '../../parts/use-status-pair.js';
import { GetStarted } from './get-started.js';
import { Problems } from './problems.js';
import { SourcesTable } from './sources-table.js';
import { Tiles } from './tiles.js';
import { useCounts } from './use-counts.js';

const PARTS = ['sources', 'sessions', 'targets', 'filters'] as const;
const EVERY_MS = 2000;
/** The status of very many sessions takes some time to make: it is not asked for as often. */
const MANY_SESSIONS = 1000;
const SLOW_EVERY_MS = 30_000;

/** The page. */
export function Overview() {
  usePage({ title: 'Overview', breadcrumbs: [] });
  const [many, setMany] = useState(false);
  const status = useStatus(PARTS, { everyMs: many ? SLOW_EVERY_MS : EVERY_MS });
  const { before, after } = useStatusPair(status.data);
  const isMany = (after?.sessions?.length ?? 0) > MANY_SESSIONS;
  if (isMany !== many) setMany(isMany);
  const counts = useCounts(after, status.error !== undefined && after === undefined);
  const isEmpty = counts !== undefined && counts.sessions + counts.targets + counts.filters === 0;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <Button
              iconName="refresh"
              ariaLabel="Refresh"
              loading={status.loading && after === undefined}
              onClick={status.refresh}
            />
          }
        >
          Overview
        </Header>
      }
    >
      <SpaceBetween size="l">
        {after !== undefined && <Problems status={after} />}
        {status.error !== undefined && after === undefined && <ErrorAlert error={status.error} />}
        <Tiles counts={counts} />
        {isEmpty && <GetStarted />}
        {after !== undefined && <SourcesTable after={after} before={before} />}
        {after === undefined && status.error === undefined && (
          <StatusIndicator type="loading">Loading sources</StatusIndicator>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
