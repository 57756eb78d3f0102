/** The dialog that deletes filters. Sessions that use them are in the way, and are shown before the word. */
import { callEc2 } from '../../aws/ec2.js';
import type { Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { nameTag } from '../../model/tags.js';
import { DeleteDialog } from '../../parts/delete-dialog.js';
import { useSession } from '../../parts/session.js';
import { useRead } from '../../parts/use-read.js';
import { sessionsOfFilters } from './sessions-of-filters.js';

interface DeleteFiltersProps {
  readonly filters: readonly Filter[];
  readonly onClose: (deleted: readonly string[]) => void;
}

/** The dialog. */
export function DeleteFilters({ filters, onClose }: DeleteFiltersProps) {
  const { client } = useSession();
  const ids = filters.map(({ trafficMirrorFilterId }) => trafficMirrorFilterId);
  const users = useRead((reader, signal) => sessionsOfFilters(reader, ids, signal), ids.join(' '));
  const blockers = (users.data ?? []).map((session) => ({
    id: session.trafficMirrorSessionId,
    href: KINDS.session.hrefOf(session.trafficMirrorSessionId),
    name: nameTag(session),
    text: `uses ${session.trafficMirrorFilterId}`,
  }));
  return (
    <DeleteDialog
      items={filters.map((filter) => ({ id: filter.trafficMirrorFilterId, name: nameTag(filter) }))}
      long={KINDS.filter.long}
      consequence="Its rules are deleted with it. There is no undo."
      blockers={blockers}
      remove={(id) => callEc2(client, 'DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: id })}
      onClose={onClose}
    />
  );
}
