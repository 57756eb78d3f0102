/** What can be done with sessions: the buttons of the list and of the details. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import { callEc2 } from '../../aws/ec2.js';
import { KINDS } from '../../model/kinds.js';
import type { Session } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import { DeleteDialog } from '../../parts/delete-dialog.js';
import { useNavigate } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';

interface SessionActionsProps {
  /** The selected ones. */
  readonly sessions: readonly Session[];
  readonly statusOf: (id: string) => StatusSession | undefined;
  /** Called after the dialog with the ids that are gone; none after `Cancel`. */
  readonly onDeleted: (ids: readonly string[]) => void;
}

/** `Actions`, `Modify session` and `Delete`. */
export function SessionActions({ sessions, statusOf, onDeleted }: SessionActionsProps) {
  const { identity } = useSession();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState<readonly Session[]>([]);
  const [session] = sessions;
  const fixed = sessions
    .map((one) => whyFixed(one, identity.account, statusOf(one.trafficMirrorSessionId)))
    .find((reason) => reason !== undefined);
  const noneOrSeveral = sessions.length === 1 ? undefined : 'Select one session.';
  const href = session && KINDS.session.hrefOf(session.trafficMirrorSessionId);
  const modifyReason = noneOrSeveral ?? fixed;
  const deleteReason = sessions.length === 0 ? 'Select one or more sessions.' : fixed;
  const item = (id: string, text: string, reason: string | undefined) => ({
    id,
    text,
    disabled: reason !== undefined,
    ...(reason !== undefined && { disabledReason: reason }),
  });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[item('tags', 'Manage tags', modifyReason), item('packet', 'Try a packet', noneOrSeveral)]}
        onItemClick={({ detail }) => {
          if (session === undefined) return;
          if (detail.id === 'tags') navigate(`${href}/tags`);
          else navigate(`#/packet?source=${encodeURIComponent(session.networkInterfaceId)}`);
        }}
      >
        Actions
      </ButtonDropdown>
      <Button
        disabled={modifyReason !== undefined}
        disabledReason={modifyReason}
        onClick={() => navigate(`${href}/modify`)}
      >
        Modify session
      </Button>
      <Button
        disabled={deleteReason !== undefined}
        disabledReason={deleteReason}
        onClick={() => setDeleting(sessions)}
      >
        Delete
      </Button>
      {deleting.length > 0 && (
        <DeleteSessions
          sessions={deleting}
          onClose={(ids) => {
            setDeleting([]);
            onDeleted(ids);
          }}
        />
      )}
    </SpaceBetween>
  );
}

interface DeleteSessionsProps {
  readonly sessions: readonly Session[];
  readonly onClose: (deleted: readonly string[]) => void;
}

function DeleteSessions({ sessions, onClose }: DeleteSessionsProps) {
  const { client } = useSession();
  const items = sessions.map((one) => ({ id: one.trafficMirrorSessionId, name: nameTag(one) }));
  return (
    <DeleteDialog
      items={items}
      long={KINDS.session.long}
      consequence="Copies stop at once. Packets that these sessions took go to sessions of the same source with a higher number, where their filters accept them. This cannot be undone."
      remove={(id) => callEc2(client, 'DeleteTrafficMirrorSession', { TrafficMirrorSessionId: id })}
      onClose={onClose}
    />
  );
}

/** Why a session cannot be changed; undefined when it can, as far as is known. */
export function whyFixed(
  { ownerId }: Session,
  account: string | undefined,
  status: Pick<StatusSession, 'declared'> | undefined,
): string | undefined {
  if (account !== undefined && ownerId !== '' && ownerId !== account)
    return `It belongs to account ${ownerId}.`;
  return status?.declared === true ? 'It is declared in the configuration file: change it there.' : undefined;
}
