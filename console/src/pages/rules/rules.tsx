/** The rules of all filters. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { KINDS } from '../../model/kinds.js';
import { firstReason } from '../../model/locked.js';
import { DIRECTION_WORDS, RULES, type Rule } from '../../model/rule.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import { type FilterKey, useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useNavigate } from '../../parts/router.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { DeleteRules } from '../filters/delete-rules.js';
import { disabledFor } from '../filters/disabled-for.js';
import { ruleColumns, ruleIdOf } from '../filters/rule-columns.js';
import { useFilterFacts } from '../filters/use-filter-facts.js';
import { useRuleRates } from '../filters/use-rule-rates.js';
import { RuleTabs } from './rule-tabs.js';

const KEYS: readonly FilterKey<Rule>[] = [
  { key: 'traffic-mirror-filter-rule-id', label: 'Rule ID', text: ruleIdOf },
  { key: 'traffic-mirror-filter-id', label: 'Filter ID', text: (one) => one.trafficMirrorFilterId },
  { key: 'rule-number', label: 'Number', text: ({ ruleNumber }) => String(ruleNumber) },
  { key: 'rule-action', label: 'Rule action', values: ['accept', 'reject'] },
  { key: 'traffic-direction', label: 'Direction', values: ['ingress', 'egress'] },
  { key: 'protocol', label: 'Protocol', text: ({ protocol }) => protocol?.toString() },
  { key: 'source-cidr-block', label: 'Source CIDR block', text: (one) => one.sourceCidrBlock },
  { key: 'destination-cidr-block', label: 'Destination CIDR block', text: (one) => one.destinationCidrBlock },
  { key: 'description', label: 'Description', text: ({ description }) => description },
  { key: 'tag-key', label: 'Tag key' },
];

const TITLE = 'Rules';

const PLACE: readonly Column<Rule>[] = [
  {
    id: 'direction',
    width: 120,
    header: 'Direction',
    text: (one) => DIRECTION_WORDS[one.trafficDirection].adjective,
  },
  {
    id: 'filter',
    width: 220,
    header: 'Filter',
    text: (one) => one.trafficMirrorFilterId,
    cell: ({ trafficMirrorFilterId: id }) => <IdLink id={id} href={KINDS.filter.hrefOf(id)} />,
  },
];

/** The page. */
export function Rules() {
  usePage({ title: TITLE, breadcrumbs: [{ text: TITLE, href: KINDS.rule.listHref }] });
  const query = useListQuery(KEYS);
  const listing = useDescribe(RULES, { filters: query.filters });
  const rateOf = useRuleRates();
  const columns = useMemo(() => [...PLACE, ...ruleColumns(rateOf)], [rateOf]);
  const selection = useSelection(listing.items, ruleIdOf);
  return (
    <ResourceTable
      title={TITLE}
      many={KINDS.rule.many}
      description="The rules of all mirror filters. Add rules on the page of a filter."
      listing={listing}
      query={query}
      columns={columns}
      idOf={ruleIdOf}
      selection={selection}
      actions={<RuleActions rules={selection.items} onDeleted={listing.refresh} />}
      empty={{
        text: 'Rules belong to mirror filters.',
        action: <Button href={KINDS.filter.listHref}>Mirror filters</Button>,
      }}
      split={(one) => ({ header: ruleIdOf(one), content: <RuleTabs rule={one} /> })}
    />
  );
}

interface RuleActionsProps {
  readonly rules: readonly Rule[];
  readonly onDeleted: () => void;
}

function RuleActions({ rules, onDeleted }: RuleActionsProps) {
  const navigate = useNavigate();
  const { lockedOf } = useFilterFacts();
  const [deleting, setDeleting] = useState<readonly Rule[]>([]);
  const [rule, ...others] = rules;
  const locked = firstReason(rules.map((one) => lockedOf(one.trafficMirrorFilterId)));
  const single = disabledFor(rule !== undefined && others.length === 0 ? locked : 'Select one rule.');
  const id = encodeURIComponent(rule === undefined ? '' : ruleIdOf(rule));
  const close = (deleted: readonly string[]): void => {
    setDeleting([]);
    if (deleted.length > 0) onDeleted();
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[{ id: 'tags', text: 'Manage tags', ...single }]}
        onItemClick={() => navigate(`#/rules/${id}/tags`)}
      >
        Actions
      </ButtonDropdown>
      <Button
        {...single}
        onClick={() =>
          navigate(`${KINDS.filter.hrefOf(rule?.trafficMirrorFilterId ?? '')}/rules/${id}/modify`)
        }
      >
        Modify rule
      </Button>
      <Button
        {...disabledFor(rule === undefined ? 'Select a rule.' : locked)}
        onClick={() => setDeleting(rules)}
      >
        Delete
      </Button>
      {deleting.length > 0 && <DeleteRules rules={deleting} onClose={close} />}
    </SpaceBetween>
  );
}
