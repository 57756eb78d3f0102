/** Shared by me: the caller's resource shares. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Client } from '../../aws/client.js';
import { current, type OwnShare, shareHref } from '../../model/share.js';
import { timeText } from '../../model/times.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { type FilterKey, useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useListing } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { readShares } from './read-shares.js';
import { ShareActions } from './share-actions.js';
import { ShareStatus, shareStatusText } from './share-status.js';
import { ShareTabs } from './share-tabs.js';

const TITLE = 'Resource shares';
const BREADCRUMBS = [
  { text: 'Shared by me', href: '#/shares' },
  { text: TITLE, href: '#/shares' },
];
const CREATE = 'Create resource share';
const CREATE_HREF = '#/shares/create';

const KEYS: readonly FilterKey<OwnShare>[] = [
  { key: 'name', label: 'Name', text: ({ name }) => name, local: true },
  { key: 'status', label: 'Status', text: shareStatusText, values: ['Active', 'Deleted'], local: true },
  { key: 'tag-key', label: 'Tag key' },
];

const COLUMNS: readonly Column<OwnShare>[] = [
  { id: 'name', header: 'Name', width: 180, text: ({ name }) => name },
  {
    id: 'id',
    header: 'ID',
    width: 340,
    text: idOf,
    cell: ({ id }) => <IdLink id={id} href={shareHref(id)} />,
    isRowHeader: true,
  },
  {
    id: 'status',
    header: 'Status',
    width: 130,
    text: shareStatusText,
    cell: (share) => <ShareStatus share={share} />,
  },
  { id: 'resources', header: 'Shared resources', width: 205, text: resourcesText },
  { id: 'principals', header: 'Principals', width: 150, text: principalsText },
  {
    id: 'external',
    header: 'Allow external accounts',
    width: 245,
    text: ({ allowExternalPrincipals }) => (allowExternalPrincipals ? 'Yes' : 'No'),
  },
  {
    id: 'created',
    header: 'Created',
    width: 190,
    text: ({ creationTime }) => timeText(creationTime),
    sortBy: ({ creationTime }) => creationTime,
  },
  {
    id: 'updated',
    header: 'Last updated',
    width: 190,
    text: ({ lastUpdatedTime }) => timeText(lastUpdatedTime),
    sortBy: ({ lastUpdatedTime }) => lastUpdatedTime,
  },
];

/** The page. */
export function Shares() {
  usePage({ title: TITLE, breadcrumbs: BREADCRUMBS });
  const query = useListQuery(KEYS);
  const { filters } = query;
  const pages = async function* (client: Client, signal: AbortSignal) {
    yield await readShares(client, { filters }, signal);
  };
  const listing = useListing(pages, `shares ${JSON.stringify(filters)}`);
  const selection = useSelection(listing.items, idOf);
  return (
    <ResourceTable
      title={TITLE}
      many="resource shares"
      listing={listing}
      query={query}
      columns={COLUMNS}
      idOf={idOf}
      selection={selection}
      sortedBy="name"
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ShareActions shares={selection.items} onChanged={listing.refresh} />
          <Button variant="primary" href={CREATE_HREF}>
            {CREATE}
          </Button>
        </SpaceBetween>
      }
      empty={{
        text: 'A resource share lets other accounts use your mirror targets.',
        action: <Button href={CREATE_HREF}>{CREATE}</Button>,
      }}
      split={(share) => ({
        header: `${share.id} (${share.name})`,
        content: <ShareTabs share={share} />,
      })}
    />
  );
}

function idOf({ id }: OwnShare): string {
  return id;
}

function resourcesText({ resources }: OwnShare): string {
  return String(current(resources).length);
}

/** Those who have not answered are counted apart. */
function principalsText({ principals }: OwnShare): string {
  const all = current(principals);
  const invited = all.filter(({ status }) => status === 'ASSOCIATING').length;
  return invited === 0 ? String(all.length) : `${all.length} (${invited} invited)`;
}
