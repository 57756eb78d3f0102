/** The tab Sharing of a target. */
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import type { Client } from '../../aws/client.js';
import { targetArn } from '../../model/share.js';
import type { Target } from '../../model/target.js';
import type { Column } from '../../parts/columns.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useSession } from '../../parts/session.js';
import { useListing } from '../../parts/use-listing.js';
import { readSharing, type SharingRow } from './read-sharing.js';

const SHARE: Column<SharingRow> = {
  id: 'share',
  header: 'Resource share',
  text: ({ shareName }) => shareName,
  cell: ({ shareName, shareHref }) => <Link href={shareHref}>{shareName}</Link>,
  isRowHeader: true,
};
const STATUS: Column<SharingRow> = { id: 'status', header: 'Status', text: ({ status }) => status };

const OWN_COLUMNS = [
  SHARE,
  { id: 'principal', header: 'Principal', text: ({ account }: SharingRow) => account },
  STATUS,
];
const OTHER_COLUMNS = [
  SHARE,
  { id: 'owner', header: 'Owner', text: ({ account }: SharingRow) => account },
  STATUS,
];

interface TargetSharingProps {
  readonly target: Target;
  /** Why it cannot be shared. */
  readonly locked: string | undefined;
}

/** The shares of the target: with whom it is shared, or who shares it. */
export function TargetSharing({ target, locked }: TargetSharingProps) {
  const { identity, region } = useSession();
  const { trafficMirrorTargetId: id, ownerId } = target;
  const isOwn = ownerId === identity.account;
  const arn = targetArn(region, ownerId, id);
  const pages = async function* (client: Client, signal: AbortSignal) {
    yield await readSharing(client, arn, isOwn ? 'SELF' : 'OTHER-ACCOUNTS', signal);
  };
  const listing = useListing(pages, arn);
  const share = (
    <Button
      href={`#/shares/create?target=${encodeURIComponent(id)}`}
      disabled={locked !== undefined}
      {...(locked !== undefined && { disabledReason: locked })}
    >
      Share target
    </Button>
  );
  return (
    <ResourceTable
      title="Sharing"
      many="resource shares"
      variant="embedded"
      listing={listing}
      columns={isOwn ? OWN_COLUMNS : OTHER_COLUMNS}
      idOf={({ key }) => key}
      actions={isOwn && share}
      empty={{ heading: 'Not shared', text: 'No other account can use the target.' }}
    />
  );
}
