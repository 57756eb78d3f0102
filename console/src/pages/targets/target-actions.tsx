/** The buttons of targets: Delete, Manage tags, Share target. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { KINDS } from '../../model/kinds.js';
import { firstReason } from '../../model/locked.js';
import type { Target } from '../../model/target.js';
import { useNavigate } from '../../parts/router.js';
import { DeleteTargets } from './delete-targets.js';
import type { TargetFacts } from './use-target-facts.js';

interface TargetActionsProps {
  /** Those that are selected. */
  readonly targets: readonly Target[];
  readonly facts: TargetFacts;
  /** Called when the dialog is closed and something is gone. */
  readonly onDeleted: () => void;
}

/** The buttons. They are disabled, with the reason, where the API would refuse. */
export function TargetActions({ targets, facts, onDeleted }: TargetActionsProps) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState<readonly Target[]>([]);
  const [target, ...others] = targets;
  const locked = firstReason(targets.map(facts.lockedOf));
  const single = others.length === 0 ? target : undefined;
  const reasonOf = (reason: string | undefined) => {
    const why = single === undefined ? 'Select one mirror target.' : reason;
    return { disabled: why !== undefined, ...(why !== undefined && { disabledReason: why }) };
  };
  const deleteReason = target === undefined ? 'Select a mirror target.' : locked;
  const close = (deleted: readonly string[]): void => {
    setDeleting([]);
    if (deleted.length > 0) onDeleted();
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[
          { id: 'tags', text: 'Manage tags', ...reasonOf(locked) },
          { id: 'share', text: 'Share target', ...reasonOf(locked) },
        ]}
        onItemClick={({ detail }) => {
          const id = single?.trafficMirrorTargetId ?? '';
          if (detail.id === 'tags') navigate(`${KINDS.target.hrefOf(id)}/tags`);
          else navigate(`#/shares/create?target=${encodeURIComponent(id)}`);
        }}
      >
        Actions
      </ButtonDropdown>
      <Button
        disabled={deleteReason !== undefined}
        {...(deleteReason !== undefined && { disabledReason: deleteReason })}
        onClick={() => setDeleting(targets)}
      >
        Delete
      </Button>
      {deleting.length > 0 && <DeleteTargets targets={deleting} onClose={close} />}
    </SpaceBetween>
  );
}
