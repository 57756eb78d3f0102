/** The list of mirror filters. */
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { FILTERS, type Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { nameTag, tagsText } from '../../model/tags.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { type FilterKey, useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { FilterActions } from './filter-actions.js';
import { FilterTabs } from './filter-tabs.js';
import { type FilterFacts, useFilterFacts } from './use-filter-facts.js';

const KEYS: readonly FilterKey<Filter>[] = [
  { key: 'description', label: 'Description', text: ({ description }) => description },
  { key: 'traffic-mirror-filter-id', label: 'Filter ID', text: idOf },
  { key: 'tag-key', label: 'Tag key' },
];

const TITLE = 'Mirror filters';
const BREADCRUMBS = [{ text: TITLE, href: KINDS.filter.listHref }];
const CREATE = 'Create traffic mirror filter';
const CREATE_HREF = '#/mirror-filters/create';

/** The page. */
export function Filters() {
  usePage({ title: TITLE, breadcrumbs: BREADCRUMBS });
  const query = useListQuery(KEYS);
  const listing = useDescribe(FILTERS, { filters: query.filters });
  const facts = useFilterFacts();
  const columns = useMemo(() => columnsOf(facts), [facts]);
  const selection = useSelection(listing.items, idOf);
  const refresh = (): void => {
    listing.refresh();
    facts.refresh();
  };
  return (
    <ResourceTable
      title={TITLE}
      many={KINDS.filter.many}
      description={<Link href={KINDS.rule.listHref}>Rules of all filters</Link>}
      listing={{ ...listing, refresh }}
      query={query}
      columns={columns}
      idOf={idOf}
      selection={selection}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <FilterActions filters={selection.items} facts={facts} onDeleted={refresh} />
          <Button variant="primary" href={CREATE_HREF}>
            {CREATE}
          </Button>
        </SpaceBetween>
      }
      empty={{
        text: 'A filter says by rules which packets are mirrored.',
        action: <Button href={CREATE_HREF}>{CREATE}</Button>,
      }}
      split={(one) => ({
        header: headerOf(one),
        content: (
          <FilterTabs
            key={idOf(one)}
            filter={one}
            facts={facts}
            loading={listing.loading}
            refresh={listing.refresh}
          />
        ),
      })}
    />
  );
}

function columnsOf(facts: FilterFacts): Column<Filter>[] {
  return [
    { id: 'name', width: 110, header: 'Name', text: nameTag },
    {
      id: 'id',
      header: 'Filter ID',
      text: idOf,
      cell: (one) => <IdLink id={idOf(one)} href={KINDS.filter.hrefOf(idOf(one))} />,
      isRowHeader: true,
    },
    {
      id: 'inbound',
      width: 175,
      header: 'Inbound rules',
      text: (one) => String(one.ingressFilterRules.length),
      sortBy: (one) => one.ingressFilterRules.length,
    },
    {
      id: 'outbound',
      width: 185,
      header: 'Outbound rules',
      text: (one) => String(one.egressFilterRules.length),
      sortBy: (one) => one.egressFilterRules.length,
    },
    { id: 'services', width: 205, header: 'Network services', text: (one) => one.networkServices.join(', ') },
    {
      id: 'sessions',
      width: 125,
      header: 'Sessions',
      text: (one) => facts.sessionsOf(idOf(one))?.toLocaleString('en'),
      sortBy: (one) => facts.sessionsOf(idOf(one)),
    },
    { id: 'description', width: 220, header: 'Description', text: ({ description }) => description },
    { id: 'tags', header: 'Tags', text: tagsText, hidden: true },
  ];
}

function idOf({ trafficMirrorFilterId }: Filter): string {
  return trafficMirrorFilterId;
}

function headerOf(filter: Filter): string {
  const name = nameTag(filter);
  return name === undefined ? idOf(filter) : `${idOf(filter)} (${name})`;
}
