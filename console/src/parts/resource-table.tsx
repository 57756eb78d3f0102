/** A list of resources: filter, pages, preferences, selection, and the details of what is selected. */
import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { fits, hasWords } from '../forms/list-filters.js';
import { type Column, definitionsOf } from './columns.js';
import type { ListQuery } from './list-query.js';
import { ErrorAlert } from './refusal.js';
import { SplitDetails } from './split-details.js';
import { TableFilter } from './table-filter.js';
import { firstPreferences, keepPreferences, TablePreferences } from './table-preferences.js';
import { counterText, EmptySlot } from './table-slots.js';
import type { Listing } from './use-listing.js';
import type { Selection } from './use-selection.js';

type CollectionProps<T> = ReturnType<typeof useCollection<T>>['collectionProps'];

interface ResourceTableProps<T> {
  /** The heading and the name of the table: `Mirror sessions`. */
  readonly title: string;
  /** `mirror sessions`, in sentences. */
  readonly many: string;
  readonly description?: ReactNode;
  readonly listing: Listing<T>;
  /** Without it the list has no filter. */
  readonly query?: ListQuery<T>;
  readonly columns: readonly Column<T>[];
  readonly idOf: (item: T) => string;
  /** Without it rows are not selected. */
  readonly selection?: Selection<T>;
  readonly selectionType?: 'multi' | 'single';
  /** Buttons behind `Refresh`. */
  readonly actions?: ReactNode;
  /** What stands in an empty list: a sentence and a button. The heading is `No mirror sessions` unless given. */
  readonly empty: { readonly heading?: string; readonly text?: string; readonly action?: ReactNode };
  /** The details of the one selected row, in the split panel. */
  readonly split?: (item: T) => { readonly header: string; readonly content: ReactNode };
  /** `embedded`: in a tab, with a heading of the second level. */
  readonly variant?: 'page' | 'embedded';
  /** Is told the rows of the page that is shown, whenever they are others. */
  readonly onShown?: (items: readonly T[]) => void;
  /** The id of the column by which rows are sorted at first. */
  readonly sortedBy?: string;
}

/** The list. */
export function ResourceTable<T>(props: ResourceTableProps<T>) {
  const { title, many, description, listing, query, columns, idOf, selection, actions, empty, split } = props;
  const [preferences, setPreferences] = useState(() => firstPreferences(title, columns));
  const definitions = useMemo(() => definitionsOf(columns, listing.complete), [columns, listing.complete]);
  const shown = useMemo(() => matching(listing.items, columns, query), [listing.items, columns, query]);
  const sortedColumn = definitions.find(({ id }) => id === props.sortedBy);
  const { items, collectionProps, paginationProps } = useCollection(shown, {
    pagination: { pageSize: preferences.pageSize },
    sorting: sortedColumn === undefined ? {} : { defaultState: { sortingColumn: sortedColumn } },
  });
  useShown(items, idOf, props.onShown);
  const isFiltered = (query?.query.tokens.length ?? 0) > 0;
  const isPage = props.variant !== 'embedded';
  const { single } = selection ?? {};
  const panel = single === undefined ? undefined : split?.(single);
  const heading = (
    <Header
      variant={isPage ? 'awsui-h1-sticky' : 'h2'}
      counter={counterText(listing, selection?.items.length ?? 0)}
      description={description}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            iconName="refresh"
            ariaLabel="Refresh"
            loading={listing.loading}
            onClick={listing.refresh}
          />
          {actions}
        </SpaceBetween>
      }
    >
      {title}
    </Header>
  );
  const { error } = listing;
  // A refresh that failed: the rows are those of before. Without rows the empty slot says it.
  const isOld = error !== undefined && error.status !== 0 && listing.items.length > 0;
  const header = isOld ? (
    <SpaceBetween size="s">
      {heading}
      <ErrorAlert error={error} onRetry={listing.refresh} />
    </SpaceBetween>
  ) : (
    heading
  );
  return (
    <>
      <Table<T>
        {...sortingOf(collectionProps)}
        items={items}
        columnDefinitions={definitions}
        columnDisplay={preferences.contentDisplay}
        wrapLines={preferences.wrapLines}
        trackBy={idOf}
        variant={isPage ? 'full-page' : 'borderless'}
        stickyHeader={isPage}
        enableKeyboardNavigation={false}
        resizableColumns
        loading={listing.loading && listing.items.length === 0}
        loadingText={`Loading ${many}`}
        header={header}
        filter={
          query && (
            <TableFilter
              many={many}
              query={query}
              items={listing.items}
              countText={matches(shown.length, isFiltered)}
            />
          )
        }
        pagination={
          <Pagination {...paginationProps} openEnd={!listing.complete && listing.items.length > 0} />
        }
        preferences={
          <TablePreferences
            columns={columns}
            preferences={preferences}
            onChange={(next) => setPreferences(keepPreferences(title, next))}
          />
        }
        empty={
          <EmptySlot
            many={many}
            error={listing.error}
            onRetry={listing.refresh}
            isFiltered={isFiltered}
            onShowAll={() => query?.setQuery({ operation: 'and', tokens: [] })}
            {...empty}
          />
        }
        {...(selection && {
          selectionType: props.selectionType ?? 'multi',
          selectedItems: selection.items,
          onSelectionChange: ({ detail }) => selection.set(detail.selectedItems),
        })}
        ariaLabels={{
          tableLabel: title,
          allItemsSelectionLabel: () => `Select all ${many}`,
          itemSelectionLabel: (_state, item) => `Select ${idOf(item)}`,
        }}
      />
      {panel !== undefined && <SplitDetails header={panel.header}>{panel.content}</SplitDetails>}
      {split !== undefined && (selection?.items.length ?? 0) > 1 && (
        <SplitDetails header={`${selection?.items.length} ${many} selected`}>
          Select one to see its details.
        </SplitDetails>
      )}
    </>
  );
}

/** Tells the rows of the page when their ids are others than before. */
function useShown<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  onShown: ((items: readonly T[]) => void) | undefined,
): void {
  const latest = useRef({ items, onShown });
  latest.current = { items, onShown };
  const key = onShown === undefined ? '' : items.map(idOf).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: other ids are other rows.
  useEffect(() => latest.current.onShown?.(latest.current.items), [key]);
}

/** Rows that fit what is compared here: free text, and keys that the API does not know. */
function matching<T>(items: readonly T[], columns: readonly Column<T>[], query?: ListQuery<T>): readonly T[] {
  if (query === undefined) return items;
  const { tokens } = query.query;
  const local = query.keys.filter((key) => key.local);
  const localTokens = tokens.flatMap((token) => {
    const key = local.find((one) => one.key === token.propertyKey);
    return key === undefined ? [] : [{ token, key }];
  });
  const hasText = tokens.some(({ propertyKey }) => propertyKey === undefined);
  if (!hasText && localTokens.length === 0) return items;
  return items.filter(
    (item) =>
      localTokens.every(({ token, key }) => fits(token, key.text?.(item))) &&
      (!hasText ||
        hasWords(
          tokens,
          columns.map(({ text }) => text(item) ?? ''),
        )),
  );
}

/** Sorting alone: rows are selected by the page. */
function sortingOf<T>({ sortingColumn, sortingDescending, onSortingChange, ref }: CollectionProps<T>) {
  return { sortingColumn, sortingDescending, onSortingChange, ref };
}

function matches(count: number, isFiltered: boolean): string {
  if (!isFiltered) return '';
  return count === 1 ? '1 match' : `${count.toLocaleString('en')} matches`;
}
