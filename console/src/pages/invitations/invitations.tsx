/** Shared with me: resource shares of other accounts, and invitations to them. */
import type { Client } from '../../aws/client.js';
import { listRam } from '../../aws/ram.js';
import type { ResourceShare, SharedResource, ShareInvitation } from '../../model/share.js';
import { type SharedWithMe, sharedWithMe } from '../../model/shared-with-me.js';
import { timeText } from '../../model/times.js';
import type { Column } from '../../parts/columns.js';
import { type FilterKey, useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useListing } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { InvitationActions } from './invitation-actions.js';
import { InvitationStatus } from './invitation-status.js';
import { SharedTargets } from './shared-targets.js';

const TITLE = 'Resource shares';
const BREADCRUMBS = [
  { text: 'Shared with me', href: '#/invitations' },
  { text: TITLE, href: '#/invitations' },
];

const KEYS: readonly FilterKey<SharedWithMe>[] = [
  { key: 'name', label: 'Name', text: ({ name }) => name, local: true },
  { key: 'owner', label: 'Owner', text: ({ ownerId }) => ownerId, local: true },
  {
    key: 'status',
    label: 'Status',
    text: ({ status }) => status,
    values: ['Active', 'Pending', 'Expired', 'Rejected'],
    local: true,
  },
];

const COLUMNS: readonly Column<SharedWithMe>[] = [
  { id: 'name', header: 'Name', width: 180, text: ({ name }) => name },
  { id: 'id', header: 'ID', width: 340, text: ({ id }) => id, isRowHeader: true },
  { id: 'owner', header: 'Owner', width: 150, text: ({ ownerId }) => ownerId },
  {
    id: 'status',
    header: 'Status',
    width: 130,
    text: ({ status }) => status,
    cell: (one) => <InvitationStatus share={one} />,
  },
  {
    id: 'invited',
    header: 'Invited',
    width: 190,
    text: ({ invitedAt }) => timeText(invitedAt),
    sortBy: ({ invitedAt }) => invitedAt,
  },
  {
    id: 'expires',
    header: 'Expires',
    width: 190,
    text: ({ expiresAt }) => timeText(expiresAt),
    sortBy: ({ expiresAt }) => expiresAt,
  },
  {
    id: 'targets',
    header: 'Shared targets',
    width: 180,
    text: ({ status, targetArns }) => (status === 'Active' ? String(targetArns.length) : undefined),
    sortBy: ({ targetArns }) => targetArns.length,
  },
];

/** The page. */
export function Invitations() {
  usePage({ title: TITLE, breadcrumbs: BREADCRUMBS });
  const query = useListQuery(KEYS);
  const listing = useListing(pages, 'shared with me');
  const selection = useSelection(listing.items, keyOf);
  return (
    <ResourceTable
      title={TITLE}
      many="resource shares"
      listing={listing}
      query={query}
      columns={COLUMNS}
      idOf={keyOf}
      selection={selection}
      sortedBy="name"
      actions={<InvitationActions shares={selection.items} onChanged={listing.refresh} />}
      empty={{
        heading: 'No shares or invitations',
        text: 'Here you find mirror targets that other accounts share with you.',
      }}
      split={(share) => ({ header: `${share.id} (${share.name})`, content: <SharedTargets share={share} /> })}
    />
  );
}

/** Reads all at once: the three lists are joined. */
async function* pages(client: Client, signal: AbortSignal): AsyncGenerator<SharedWithMe[]> {
  const others = { resourceOwner: 'OTHER-ACCOUNTS' };
  const [invitations, shares, resources] = await Promise.all([
    listRam<ShareInvitation>(client, 'GetResourceShareInvitations', {}, signal),
    listRam<ResourceShare>(client, 'GetResourceShares', others, signal),
    listRam<SharedResource>(client, 'ListResources', others, signal),
  ]);
  yield sharedWithMe({ invitations, shares, resources });
}

function keyOf({ key }: SharedWithMe): string {
  return key;
}
