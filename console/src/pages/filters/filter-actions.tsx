/** The buttons of filters: Modify network services, Delete, Manage tags. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { firstReason } from '../../model/locked.js';
import { useNavigate } from '../../parts/router.js';
import { DeleteFilters } from './delete-filters.js';
import { disabledFor } from './disabled-for.js';
import type { FilterFacts } from './use-filter-facts.js';

interface FilterActionsProps {
  /** Those that are selected. */
  readonly filters: readonly Filter[];
  readonly facts: FilterFacts;
  /** Called when the dialog is closed and something is gone. */
  readonly onDeleted: () => void;
}

/** The buttons. They are disabled, with the reason, where the API would refuse. */
export function FilterActions({ filters, facts, onDeleted }: FilterActionsProps) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState<readonly Filter[]>([]);
  const [filter, ...others] = filters;
  const locked = firstReason(
    filters.map(({ trafficMirrorFilterId }) => facts.lockedOf(trafficMirrorFilterId)),
  );
  const isSingle = filter !== undefined && others.length === 0;
  const href = filter && KINDS.filter.hrefOf(filter.trafficMirrorFilterId);
  const single = disabledFor(isSingle ? locked : 'Select one mirror filter.');
  const close = (deleted: readonly string[]): void => {
    setDeleting([]);
    if (deleted.length > 0) onDeleted();
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[{ id: 'tags', text: 'Manage tags', ...single }]}
        onItemClick={() => navigate(`${href}/tags`)}
      >
        Actions
      </ButtonDropdown>
      <Button onClick={() => navigate(`${href}/network-services`)} {...single}>
        Modify network services
      </Button>
      <Button
        onClick={() => setDeleting(filters)}
        {...disabledFor(filter === undefined ? 'Select a mirror filter.' : locked)}
      >
        Delete
      </Button>
      {deleting.length > 0 && <DeleteFilters filters={deleting} onClose={close} />}
    </SpaceBetween>
  );
}
