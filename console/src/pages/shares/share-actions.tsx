/** The buttons of resource shares: Delete, Add targets, Add principals, Remove, Manage tags. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { current, type OwnShare, shareHref } from '../../model/share.js';
import { useNavigate } from '../../parts/router.js';
import { AddPrincipals } from './add-principals.js';
import { AddTargets } from './add-targets.js';
import { DeleteShares } from './delete-shares.js';
import { RemoveAssociations } from './remove-associations.js';

type Dialog = 'add-targets' | 'add-principals' | 'remove' | 'delete';

interface ShareActionsProps {
  /** Those that are selected. */
  readonly shares: readonly OwnShare[];
  /** Called when something was changed. */
  readonly onChanged: () => void;
  /** Called when shares were deleted; `onChanged` unless given. */
  readonly onDeleted?: () => void;
}

/** Why a share cannot be changed: it is deleted, and shown for an hour. */
export function endedReason({ status }: Pick<OwnShare, 'status'>): string | undefined {
  return status === 'ACTIVE' ? undefined : 'The resource share is deleted.';
}

/** The buttons, and the dialogs that they open. */
export function ShareActions({ shares, onChanged, onDeleted = onChanged }: ShareActionsProps) {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<Dialog>();
  const [opened, setOpened] = useState<readonly OwnShare[]>([]);
  const [first, ...others] = shares;
  const single = others.length === 0 ? first : undefined;
  const ended = shares.map(endedReason).find(Boolean);
  const reason = first === undefined ? 'Select a resource share.' : ended;
  const oneReason = single === undefined ? 'Select one resource share.' : ended;
  const isEmpty = single !== undefined && current([...single.resources, ...single.principals]).length === 0;
  const open = (next: Dialog): void => {
    setOpened(shares);
    setDialog(next);
  };
  const close = (changed: boolean, then = onChanged): void => {
    setDialog(undefined);
    if (changed) then();
  };
  const item = (id: string, text: string, why = oneReason) => ({
    id,
    text,
    disabled: why !== undefined,
    ...(why !== undefined && { disabledReason: why }),
  });
  const [share] = opened;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[
          item('add-targets', 'Add targets'),
          item('add-principals', 'Add principals'),
          item('remove', 'Remove', oneReason ?? (isEmpty ? 'Nothing is in the resource share.' : undefined)),
          item('tags', 'Manage tags'),
        ]}
        onItemClick={({ detail }) => {
          if (detail.id === 'tags') navigate(`${shareHref(single?.id ?? '')}/tags`);
          else open(detail.id as Dialog);
        }}
      >
        Actions
      </ButtonDropdown>
      <Button
        disabled={reason !== undefined}
        {...(reason !== undefined && { disabledReason: reason })}
        onClick={() => open('delete')}
      >
        Delete
      </Button>
      {dialog === 'delete' && (
        <DeleteShares shares={opened} onClose={(deleted) => close(deleted.length > 0, onDeleted)} />
      )}
      {dialog === 'add-targets' && share && <AddTargets share={share} onClose={close} />}
      {dialog === 'add-principals' && share && <AddPrincipals share={share} onClose={close} />}
      {dialog === 'remove' && share && <RemoveAssociations share={share} onClose={close} />}
    </SpaceBetween>
  );
}
