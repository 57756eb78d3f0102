/** The dialog that deletes targets. The caller's own sessions on them are in the way, and are shown before the word. */
import { callEc2, listAll } from '../../aws/ec2.js';
import { KINDS } from '../../model/kinds.js';
import { SESSIONS } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import type { Target } from '../../model/target.js';
import { DeleteDialog } from '../../parts/delete-dialog.js';
import { useSession } from '../../parts/session.js';
import { useRead } from '../../parts/use-read.js';

interface DeleteTargetsProps {
  readonly targets: readonly Target[];
  readonly onClose: (deleted: readonly string[]) => void;
}

/** The dialog. */
export function DeleteTargets({ targets, onClose }: DeleteTargetsProps) {
  const { client, identity } = useSession();
  const ids = targets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId);
  const users = useRead(
    (reader, signal) =>
      listAll(reader, SESSIONS, {
        filters: [{ Name: 'traffic-mirror-target-id', Value: ids.map(escaped) }],
        signal,
      }),
    ids.join(' '),
  );
  const blockers = (users.data ?? [])
    .filter(({ ownerId }) => ownerId === identity.account)
    .map((session) => ({
      id: session.trafficMirrorSessionId,
      href: KINDS.session.hrefOf(session.trafficMirrorSessionId),
      name: nameTag(session),
      text: `uses ${session.trafficMirrorTargetId}`,
    }));
  return (
    <DeleteDialog
      items={targets.map((target) => ({ id: target.trafficMirrorTargetId, name: nameTag(target) }))}
      long={KINDS.target.long}
      consequence="Sessions of other accounts that use it become inactive. It leaves every resource share. There is no undo."
      blockers={blockers}
      remove={(id) => callEc2(client, 'DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: id })}
      onClose={onClose}
    />
  );
}

/** Ids of declared targets may hold what a filter takes as a wildcard. */
function escaped(id: string): string {
  return id.replace(/[\\*?]/g, '\\$&');
}
