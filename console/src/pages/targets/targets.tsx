/** The list of mirror targets. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { KINDS } from '../../model/kinds.js';
import { nameTag, tagsText } from '../../model/tags.js';
import { receiverOf, TARGETS, type Target, targetTypeText } from '../../model/target.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { type FilterKey, useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { TargetActions } from './target-actions.js';
import { TargetState, targetStateText } from './target-state.js';
import { TargetTabs } from './target-tabs.js';
import { type TargetFacts, useTargetFacts } from './use-target-facts.js';

const KEYS: readonly FilterKey<Target>[] = [
  { key: 'description', label: 'Description', text: ({ description }) => description },
  { key: 'network-interface-id', label: 'Network interface ID', text: (one) => one.networkInterfaceId },
  {
    key: 'network-load-balancer-arn',
    label: 'Network Load Balancer ARN',
    text: (one) => one.networkLoadBalancerArn,
  },
  { key: 'owner-id', label: 'Owner', text: ({ ownerId }) => ownerId },
  { key: 'traffic-mirror-target-id', label: 'Target ID', text: idOf },
  { key: 'tag-key', label: 'Tag key' },
];

const TITLE = 'Mirror targets';
const BREADCRUMBS = [{ text: TITLE, href: KINDS.target.listHref }];
const CREATE = 'Create traffic mirror target';
const CREATE_HREF = '#/mirror-targets/create';

/** The page. */
export function Targets() {
  usePage({ title: TITLE, breadcrumbs: BREADCRUMBS });
  const query = useListQuery(KEYS);
  const listing = useDescribe(TARGETS, { filters: query.filters });
  const facts = useTargetFacts();
  const columns = useMemo(() => columnsOf(facts), [facts]);
  const selection = useSelection(listing.items, idOf);
  const refresh = (): void => {
    listing.refresh();
    facts.refresh();
  };
  return (
    <ResourceTable
      title={TITLE}
      many={KINDS.target.many}
      listing={{ ...listing, refresh }}
      query={query}
      columns={columns}
      idOf={idOf}
      selection={selection}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <TargetActions targets={selection.items} facts={facts} onDeleted={refresh} />
          <Button variant="primary" href={CREATE_HREF}>
            {CREATE}
          </Button>
        </SpaceBetween>
      }
      empty={{
        text: 'A target is where copies of packets go.',
        action: <Button href={CREATE_HREF}>{CREATE}</Button>,
      }}
      split={(one) => ({ header: headerOf(one), content: <TargetTabs target={one} facts={facts} /> })}
    />
  );
}

function columnsOf(facts: TargetFacts): Column<Target>[] {
  return [
    { id: 'name', header: 'Name', width: 140, text: nameTag },
    {
      id: 'id',
      header: 'Target ID',
      width: 210,
      text: idOf,
      cell: (one) => <IdLink id={idOf(one)} href={KINDS.target.hrefOf(idOf(one))} />,
      isRowHeader: true,
    },
    { id: 'type', header: 'Target type', width: 190, text: targetTypeText },
    { id: 'target', header: 'Target', width: 180, text: receiverOf },
    {
      id: 'state',
      header: 'State',
      width: 150,
      text: (one) => targetStateText(facts.stateOf(one)),
      cell: (one) => <TargetState state={facts.stateOf(one)} />,
    },
    {
      id: 'sessions',
      header: 'Sessions',
      width: 120,
      text: (one) => facts.sessionsOf(one)?.toLocaleString('en'),
      sortBy: facts.sessionsOf,
    },
    { id: 'sharing', header: 'Sharing', width: 130, text: facts.sharingOf },
    { id: 'owner', header: 'Owner', width: 140, text: ({ ownerId }) => ownerId },
    { id: 'description', header: 'Description', width: 220, text: ({ description }) => description },
    { id: 'tags', header: 'Tags', text: tagsText, hidden: true },
  ];
}

function idOf({ trafficMirrorTargetId }: Target): string {
  return trafficMirrorTargetId;
}

function headerOf(target: Target): string {
  const name = nameTag(target);
  return name === undefined ? idOf(target) : `${idOf(target)} (${name})`;
}
