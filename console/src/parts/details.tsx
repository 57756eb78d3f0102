/** Details of a resource: tabs, pairs of label and value, and a page of its own. */

import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tabs from '@cloudscape-design/components/tabs';
import { type ReactNode, useState } from 'react';
import { type ApiError, isNotFound } from '../aws/errors.js';
import { type Breadcrumb, usePage } from './page.js';
import { ErrorAlert } from './refusal.js';
import { useNavigate, useRoute } from './router.js';

/** A tab. */
interface DetailsTab {
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

interface DetailsTabsProps {
  readonly tabs: readonly DetailsTab[];
  /** The address names the tab: `?tab=live`. For pages, not for the split panel. */
  readonly inUrl?: boolean;
  /** The name of the group of tabs. */
  readonly ariaLabel?: string;
}

/** Tabs. Only the content of the one that is open is there. */
export function DetailsTabs({ tabs, inUrl = false, ariaLabel = 'Details' }: DetailsTabsProps) {
  const { path, query } = useRoute();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();
  const wanted = inUrl ? query.get('tab') : chosen;
  const active = tabs.find(({ id }) => id === wanted) ?? tabs[0];
  return (
    <Tabs
      ariaLabel={ariaLabel}
      tabs={tabs.map((tab) => ({ ...tab }))}
      activeTabId={active?.id ?? ''}
      onChange={({ detail }) => {
        if (inUrl) navigate(`#${path}?tab=${encodeURIComponent(detail.activeTabId)}`);
        else setChosen(detail.activeTabId);
      }}
    />
  );
}

interface KeyValuesProps {
  /** A value that is undefined or empty is shown as `–`. */
  readonly items: readonly { readonly label: string; readonly value: ReactNode }[];
  readonly columns?: number;
}

/** Pairs of label and value: each a term and its definition. */
export function KeyValues({ items, columns = 3 }: KeyValuesProps) {
  return (
    <KeyValuePairs
      columns={columns}
      items={items.map(({ label, value }) => ({
        label,
        value: value === undefined || value === null || value === '' ? '–' : value,
      }))}
    />
  );
}

interface DetailsPageProps<T> {
  /** The heading, the id of the resource at first. */
  readonly title: string;
  /** What the page shows, for `This target does not exist`. */
  readonly one: string;
  readonly listHref: string;
  readonly breadcrumbs: readonly Breadcrumb[];
  /** What was read: undefined while it loads, or with an error. */
  readonly item: T | undefined;
  readonly loading: boolean;
  readonly error: ApiError | undefined;
  readonly onRetry?: () => void;
  readonly actions?: ReactNode;
  readonly children: (item: T) => ReactNode;
}

/** The page of one resource. */
export function DetailsPage<T>(props: DetailsPageProps<T>) {
  const { title, breadcrumbs, item, actions, children } = props;
  usePage({ title, breadcrumbs });
  const header = (
    <Header variant="h1" actions={item !== undefined && actions}>
      {title}
    </Header>
  );
  return (
    <ContentLayout header={header}>
      {item === undefined ? <Missing {...props} /> : children(item)}
    </ContentLayout>
  );
}

function Missing<T>({ one, listHref, error, loading, onRetry }: DetailsPageProps<T>) {
  if (error !== undefined && !isNotFound(error)) return <ErrorAlert error={error} onRetry={onRetry} />;
  if (loading && error === undefined) return <StatusIndicator type="loading">Loading {one}</StatusIndicator>;
  return (
    <SpaceBetween size="s">
      <Box variant="h2">This {one} does not exist</Box>
      <Link href={listHref}>See the list</Link>
    </SpaceBetween>
  );
}

/** Boxes beside each other, one below the other where the window is narrow. */
export function Columns({ count, children }: { readonly count: number; readonly children: ReactNode }) {
  return (
    <ColumnLayout columns={count} variant="text-grid">
      {children}
    </ColumnLayout>
  );
}
