/** The tabs Inbound rules and Outbound rules of a filter. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { type Filter, rulesIn } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DIRECTION_WORDS, type Direction, type Rule } from '../../model/rule.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useSelection } from '../../parts/use-selection.js';
import { DeleteRules } from './delete-rules.js';
import { disabledFor } from './disabled-for.js';
import { ruleColumns, ruleIdOf } from './rule-columns.js';
import { useRuleRatesOf } from './use-rule-rates.js';

interface RulesTabProps {
  readonly filter: Filter;
  readonly direction: Direction;
  /** Why the rules cannot be changed. */
  readonly locked: string | undefined;
  readonly loading: boolean;
  /** Reads the filter again. */
  readonly refresh: () => void;
}

const UNMIRRORED = {
  ingress: 'No inbound rules: nothing that the source receives is mirrored',
  egress: 'No outbound rules: nothing that the source sends is mirrored',
} as const satisfies Record<Direction, string>;

/** The rules of a direction by ascending number, and what can be done with them. */
export function RulesTab({ filter, direction, locked, loading, refresh }: RulesTabProps) {
  const { adjective, lower } = DIRECTION_WORDS[direction];
  const rules = rulesIn(filter, direction);
  const selection = useSelection(rules, ruleIdOf);
  const rateOf = useRuleRatesOf(filter.trafficMirrorFilterId);
  const columns = useMemo(() => ruleColumns(rateOf), [rateOf]);
  const [deleting, setDeleting] = useState<readonly Rule[]>([]);
  const href = KINDS.filter.hrefOf(filter.trafficMirrorFilterId);
  const one = selection.single;
  const add = (
    <Button href={`${href}/rules/${direction}/add`} {...disabledFor(locked)}>
      Add {lower} rule
    </Button>
  );
  const close = (deleted: readonly string[]): void => {
    setDeleting([]);
    if (deleted.length > 0) refresh();
  };
  return (
    <>
      <ResourceTable
        title={`${adjective} rules`}
        many={`${lower} rules`}
        variant="embedded"
        listing={{ items: rules, complete: true, loading, error: undefined, refresh }}
        columns={columns}
        idOf={ruleIdOf}
        sortedBy="number"
        selection={selection}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              href={one && `${href}/rules/${encodeURIComponent(ruleIdOf(one))}/modify`}
              {...disabledFor(locked ?? (one === undefined ? 'Select one rule.' : undefined))}
            >
              Modify {lower} rule
            </Button>
            <Button
              onClick={() => setDeleting(selection.items)}
              {...disabledFor(locked ?? (selection.items.length === 0 ? 'Select a rule.' : undefined))}
            >
              Delete
            </Button>
            {add}
          </SpaceBetween>
        }
        empty={{ heading: UNMIRRORED[direction], action: add }}
      />
      {deleting.length > 0 && <DeleteRules rules={deleting} onClose={close} />}
    </>
  );
}
