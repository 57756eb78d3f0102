/** The dialog that deletes rules. */
import SpaceBetween from '@cloudscape-design/components/space-between';
import { callEc2, listAll } from '../../aws/ec2.js';
import { ruleDeletionTexts } from '../../forms/rule-deletion.js';
import { FILTERS } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DIRECTION_WORDS, type Rule } from '../../model/rule.js';
import { DeleteDialog } from '../../parts/delete-dialog.js';
import { useSession } from '../../parts/session.js';
import { useRead } from '../../parts/use-read.js';
import { ruleIdOf } from './rule-columns.js';
import { sessionsOfFilters } from './sessions-of-filters.js';

interface DeleteRulesProps {
  readonly rules: readonly Rule[];
  readonly onClose: (deleted: readonly string[]) => void;
}

/** The dialog. It says which sessions use the filter, and when the last rule goes that accepts. */
export function DeleteRules({ rules, onClose }: DeleteRulesProps) {
  const { client } = useSession();
  const filterIds = [...new Set(rules.map(({ trafficMirrorFilterId }) => trafficMirrorFilterId))];
  const key = filterIds.join(' ');
  const filters = useRead((reader, signal) => listAll(reader, FILTERS, { ids: filterIds, signal }), key);
  const sessions = useRead((reader, signal) => sessionsOfFilters(reader, filterIds, signal), key);
  const texts =
    sessions.data === undefined
      ? ['There is no undo.']
      : ruleDeletionTexts(rules, filters.data ?? [], sessions.data);
  return (
    <DeleteDialog
      items={rules.map((rule) => ({ id: ruleIdOf(rule), name: nameOf(rule) }))}
      long={KINDS.rule.long}
      consequence={
        <SpaceBetween size="xxs">
          {texts.map((text) => (
            <div key={text}>{text}</div>
          ))}
        </SpaceBetween>
      }
      remove={(id) => callEc2(client, 'DeleteTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId: id })}
      onClose={onClose}
      successText={({ name }) => `Deleted ${name}`}
    />
  );
}

function nameOf({ trafficDirection, ruleNumber }: Rule): string {
  return `${DIRECTION_WORDS[trafficDirection].lower} rule ${ruleNumber}`;
}
