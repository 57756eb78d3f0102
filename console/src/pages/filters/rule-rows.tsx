/** The rules of one direction in the form that creates a filter. */
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useRef } from 'react';
import type { Progress } from '../../forms/filter-creation.js';
import {
  type FilterValues,
  type RuleRow,
  rowName,
  takenNumbers,
  withoutRow,
  withRow,
  withRule,
} from '../../forms/filter-values.js';
import {
  copyForIpv6,
  newRuleFields,
  type RuleField,
  type RuleFields,
  withChange,
} from '../../forms/rule-fields.js';
import { DIRECTION_WORDS, type Direction } from '../../model/rule.js';
import { FormSection } from '../../parts/form-page.js';
import type { Form } from '../../parts/use-form.js';
import { RuleInputs } from './rule-inputs.js';

interface RuleRowsProps {
  readonly direction: Direction;
  readonly form: Form<FilterValues>;
  readonly progress: Progress;
}

const TRAFFIC = {
  ingress:
    'Rules for what the source receives. The lowest number is tried first; the first that fits decides.',
  egress: 'Rules for what the source sends. The lowest number is tried first; the first that fits decides.',
} as const satisfies Record<Direction, string>;

/** A section `Inbound rules` or `Outbound rules`: a group of fields for each rule, and `Add rule`. */
export function RuleRows({ direction, form, progress }: RuleRowsProps) {
  const rows = form.values[direction];
  const words = DIRECTION_WORDS[direction];
  const list = useFocusOnNewRow(rows.length);
  const put = (next: FilterValues): void => {
    form.set(direction, next[direction]);
    form.set('rowsMade', next.rowsMade);
  };
  const add = (make = newRuleFields): void => put(withRule(form.values, direction, make));
  return (
    <FormSection title={`${words.adjective} rules`} description={TRAFFIC[direction]}>
      <div ref={list}>
        <SpaceBetween size="l">
          {rows.length === 0 && <Box color="text-body-secondary">No {words.lower} rules.</Box>}
          {rows.map((row, index) => (
            <RuleGroup
              key={row.key}
              row={row}
              path={`${direction}.${index}`}
              name={rowName(direction, index)}
              form={form}
              done={progress.rules.includes(row.key)}
              onChange={(next) => put(withRow(form.values, direction, next))}
              onRemove={() => put(withoutRow(form.values, direction, row.key))}
              onCopy={copyOf(row, rows, add)}
            />
          ))}
          <Button iconName="add-plus" formAction="none" onClick={() => add()}>
            Add rule
          </Button>
        </SpaceBetween>
      </div>
    </FormSection>
  );
}

interface RuleGroupProps {
  readonly row: RuleRow;
  readonly path: string;
  readonly name: string;
  readonly form: Form<FilterValues>;
  readonly done: boolean;
  readonly onChange: (row: RuleRow) => void;
  readonly onRemove: () => void;
  /** Absent: the rule is one of IPv6 already. */
  readonly onCopy: (() => void) | undefined;
}

function RuleGroup({ row, path, name, form, done, onChange, onRemove, onCopy }: RuleGroupProps) {
  const bind = <Field extends RuleField>(field: Field) =>
    form.bindAt<RuleFields[Field]>(`${path}.${field}`, row[field], (value) =>
      onChange({ ...withChange(row, { [field]: value }), key: row.key }),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out, and its legend neither.
    <div role="group" aria-label={name}>
      <SpaceBetween size="xs">
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Box variant="h4" tagOverride="div">
            {name}
          </Box>
          {done && <StatusIndicator>Created</StatusIndicator>}
        </SpaceBetween>
        <RuleInputs fields={row} bind={bind} disabled={done} />
        <SpaceBetween direction="horizontal" size="xs">
          {!done && (
            <Button formAction="none" onClick={onRemove}>
              Remove rule
            </Button>
          )}
          <Button
            formAction="none"
            disabled={onCopy === undefined}
            disabledReason="The rule is for IPv6 already."
            onClick={onCopy}
          >
            Copy for IPv6
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </div>
  );
}

function copyOf(row: RuleRow, rows: readonly RuleRow[], add: (make: typeof newRuleFields) => void) {
  const copy = copyForIpv6(row, takenNumbers(rows));
  return copy && (() => add(() => copy));
}

/** Puts the focus into the first field of a rule that was added. */
function useFocusOnNewRow(count: number) {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(count);
  useEffect(() => {
    if (count > before.current) {
      const groups = list.current?.querySelectorAll<HTMLElement>('[role="group"]');
      groups?.[groups.length - 1]?.querySelector('input')?.focus();
    }
    before.current = count;
  }, [count]);
  return list;
}
