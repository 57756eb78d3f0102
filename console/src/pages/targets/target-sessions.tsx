/** The tab Sessions of a target. */
import Box from '@cloudscape-design/components/box';
import { KINDS } from '../../model/kinds.js';
import { SESSIONS, type Session } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import type { Target } from '../../model/target.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useDescribe } from '../../parts/use-listing.js';

const COLUMNS: readonly Column<Session>[] = [
  { id: 'name', header: 'Name', text: nameTag },
  {
    id: 'id',
    header: 'Session ID',
    text: idOf,
    cell: (one) => <IdLink id={idOf(one)} href={KINDS.session.hrefOf(idOf(one))} />,
    isRowHeader: true,
  },
  { id: 'source', header: 'Mirror source', text: ({ networkInterfaceId }) => networkInterfaceId },
  { id: 'number', header: 'Session number', text: ({ sessionNumber }) => String(sessionNumber) },
  {
    id: 'filter',
    header: 'Filter',
    text: ({ trafficMirrorFilterId }) => trafficMirrorFilterId,
    cell: ({ trafficMirrorFilterId: id }) => <IdLink id={id} href={KINDS.filter.hrefOf(id)} />,
  },
  { id: 'owner', header: 'Owner', text: ({ ownerId }) => ownerId },
];

/** The sessions that send to the target, as far as the caller sees them. */
export function TargetSessions({ target: { trafficMirrorTargetId } }: { readonly target: Target }) {
  const listing = useDescribe(SESSIONS, {
    filters: [
      { Name: 'traffic-mirror-target-id', Value: [trafficMirrorTargetId.replace(/[\\*?]/g, '\\$&')] },
    ],
  });
  return (
    <>
      <ResourceTable
        title="Sessions"
        many="sessions"
        variant="embedded"
        listing={listing}
        columns={COLUMNS}
        idOf={idOf}
        sortedBy="number"
        empty={{ text: 'No session of this account sends to the target.' }}
      />
      <Box variant="small">Sessions of other accounts are not listed: only their owners see them.</Box>
    </>
  );
}

function idOf({ trafficMirrorSessionId }: Session): string {
  return trafficMirrorSessionId;
}
