/** The buttons of shares of other accounts: accept, reject, leave. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { callRam } from '../../aws/ram.js';
import { ClientTokens } from '../../forms/client-tokens.js';
import type { SharedWithMe } from '../../model/shared-with-me.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { useSession } from '../../parts/session.js';
import { LeaveShare } from './leave-share.js';

interface InvitationActionsProps {
  readonly shares: readonly SharedWithMe[];
  /** Called when the list has to be read again. */
  readonly onChanged: () => void;
}

type Answer = 'Accept' | 'Reject';

/** The buttons. */
export function InvitationActions({ shares, onChanged }: InvitationActionsProps) {
  const { client } = useSession();
  const flash = useFlash();
  const tokens = useMemo(() => new ClientTokens(), []);
  const [busy, setBusy] = useState<Answer>();
  const [leaving, setLeaving] = useState<SharedWithMe>();
  const [first, ...others] = shares;
  const single = others.length === 0 ? first : undefined;
  const answerReason = reasonOf(single, 'Pending', 'It is not an invitation that waits for an answer.');
  const leaveReason = reasonOf(single, 'Active', 'You do not have the resource share.');

  const answer = async (action: Answer, share: SharedWithMe): Promise<void> => {
    const input = { resourceShareInvitationArn: share.invitationArn };
    setBusy(action);
    try {
      const clientToken = tokens.of(action, input);
      await callRam(client, `${action}ResourceShareInvitation`, { ...input, clientToken });
      flash.success(
        action === 'Accept' ? <Accepted share={share} /> : `Rejected resource share ${share.name}`,
      );
    } catch (error) {
      flash.failure(error, { header: `Resource share ${share.name} was not ${action.toLowerCase()}ed` });
    } finally {
      setBusy(undefined);
      onChanged();
    }
  };
  const button = (action: Answer) => (
    <Button
      loading={busy === action}
      disabled={answerReason !== undefined}
      {...(answerReason !== undefined && { disabledReason: answerReason })}
      onClick={() => single && void answer(action, single)}
      {...(action === 'Accept' && { variant: 'primary' })}
    >
      {action} resource share
    </Button>
  );
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[
          {
            id: 'leave',
            text: 'Leave resource share',
            disabled: leaveReason !== undefined,
            ...(leaveReason !== undefined && { disabledReason: leaveReason }),
          },
        ]}
        onItemClick={() => setLeaving(single)}
      >
        Actions
      </ButtonDropdown>
      {button('Reject')}
      {button('Accept')}
      {leaving && (
        <LeaveShare
          share={leaving}
          onClose={(left) => {
            setLeaving(undefined);
            if (left) onChanged();
          }}
        />
      )}
    </SpaceBetween>
  );
}

function Accepted({ share: { name, ownerId } }: { readonly share: SharedWithMe }) {
  return (
    <>
      Accepted resource share {name}. See its{' '}
      <FlashLink href={`#/mirror-targets?owner-id=${ownerId}`}>Mirror targets</FlashLink>
    </>
  );
}

function reasonOf(
  share: SharedWithMe | undefined,
  status: SharedWithMe['status'],
  otherwise: string,
): string | undefined {
  if (share === undefined) return 'Select one resource share.';
  return share.status === status ? undefined : otherwise;
}
