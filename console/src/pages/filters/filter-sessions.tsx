/** The tab Sessions of a filter. */
import { KINDS } from '../../model/kinds.js';
import { SESSIONS, type Session } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useDescribe } from '../../parts/use-listing.js';
import { filterIdFilter } from './sessions-of-filters.js';

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
    id: 'target',
    header: 'Mirror target',
    text: ({ trafficMirrorTargetId }) => trafficMirrorTargetId,
    cell: ({ trafficMirrorTargetId: id }) => <IdLink id={id} href={KINDS.target.hrefOf(id)} />,
  },
];

/** The sessions that mirror by the filter. */
export function FilterSessions({ filterId }: { readonly filterId: string }) {
  const listing = useDescribe(SESSIONS, { filters: [filterIdFilter([filterId])] });
  return (
    <ResourceTable
      title="Sessions"
      many="sessions"
      variant="embedded"
      listing={listing}
      columns={COLUMNS}
      idOf={idOf}
      sortedBy="number"
      empty={{ text: 'No session mirrors by this filter.' }}
    />
  );
}

function idOf({ trafficMirrorSessionId }: Session): string {
  return trafficMirrorSessionId;
}
