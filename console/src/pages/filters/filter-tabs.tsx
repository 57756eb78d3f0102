/** The details of a filter: in the split panel of the list, and on a page of its own. */
import type { Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { nameTag } from '../../model/tags.js';
import { DetailsTabs, KeyValues } from '../../parts/details.js';
import { Copyable } from '../../parts/links.js';
import { TagsTab } from '../../parts/tags-tab.js';
import { PacketTester } from '../packet/packet-tester.js';
import { FilterSessions } from './filter-sessions.js';
import { RulesTab } from './rules-tab.js';
import type { FilterFacts } from './use-filter-facts.js';

interface FilterTabsProps {
  readonly filter: Filter;
  readonly facts: FilterFacts;
  readonly loading: boolean;
  /** Reads the filter again. */
  readonly refresh: () => void;
  /** The address names the tab. */
  readonly inUrl?: boolean;
}

/** The tabs Details, Inbound rules, Outbound rules, Sessions, Try a packet and Tags. */
export function FilterTabs({ filter, facts, loading, refresh, inUrl = false }: FilterTabsProps) {
  const id = filter.trafficMirrorFilterId;
  const locked = facts.lockedOf(id);
  const rules = { filter, locked, loading, refresh };
  return (
    <DetailsTabs
      inUrl={inUrl}
      tabs={[
        { id: 'details', label: 'Details', content: <FilterDetailsTab filter={filter} facts={facts} /> },
        {
          id: 'inbound',
          label: `Inbound rules (${filter.ingressFilterRules.length})`,
          content: <RulesTab key="ingress" direction="ingress" {...rules} />,
        },
        {
          id: 'outbound',
          label: `Outbound rules (${filter.egressFilterRules.length})`,
          content: <RulesTab key="egress" direction="egress" {...rules} />,
        },
        { id: 'sessions', label: 'Sessions', content: <FilterSessions filterId={id} /> },
        { id: 'packet', label: 'Try a packet', content: <PacketTester filterId={id} /> },
        {
          id: 'tags',
          label: 'Tags',
          content: (
            <TagsTab tags={filter.tags} href={`${KINDS.filter.hrefOf(id)}/tags`} disabledReason={locked} />
          ),
        },
      ]}
    />
  );
}

function FilterDetailsTab({ filter, facts }: Pick<FilterTabsProps, 'filter' | 'facts'>) {
  return (
    <KeyValues
      items={[
        { label: 'Filter ID', value: <Copyable text={filter.trafficMirrorFilterId} /> },
        { label: 'Name', value: nameTag(filter) },
        { label: 'Description', value: filter.description },
        { label: 'Network services', value: filter.networkServices.join(', ') },
        { label: 'Inbound rules', value: String(filter.ingressFilterRules.length) },
        { label: 'Outbound rules', value: String(filter.egressFilterRules.length) },
        { label: 'Sessions', value: facts.sessionsOf(filter.trafficMirrorFilterId)?.toLocaleString('en') },
      ]}
    />
  );
}
