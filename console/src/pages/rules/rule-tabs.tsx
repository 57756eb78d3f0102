/** The details of a rule in the split panel. */
import { KINDS } from '../../model/kinds.js';
import { DIRECTION_WORDS, portRangeText, protocolText, type Rule } from '../../model/rule.js';
import { DetailsTabs, KeyValues } from '../../parts/details.js';
import { Copyable, IdLink } from '../../parts/links.js';
import { TagsTab } from '../../parts/tags-tab.js';

/** The tabs Details and Tags. */
export function RuleTabs({ rule }: { readonly rule: Rule }) {
  const { trafficMirrorFilterRuleId: id, trafficMirrorFilterId: filterId } = rule;
  const items = [
    { label: 'Rule ID', value: <Copyable text={id} /> },
    { label: 'Filter', value: <IdLink id={filterId} href={KINDS.filter.hrefOf(filterId)} /> },
    { label: 'Direction', value: DIRECTION_WORDS[rule.trafficDirection].adjective },
    { label: 'Number', value: String(rule.ruleNumber) },
    { label: 'Rule action', value: rule.ruleAction },
    { label: 'Protocol', value: protocolText(rule.protocol) },
    { label: 'Source port range', value: portRangeText(rule.sourcePortRange) },
    { label: 'Destination port range', value: portRangeText(rule.destinationPortRange) },
    { label: 'Source CIDR block', value: rule.sourceCidrBlock },
    { label: 'Destination CIDR block', value: rule.destinationCidrBlock },
    { label: 'Description', value: rule.description },
  ];
  const tagsHref = `#/rules/${encodeURIComponent(id)}/tags`;
  return (
    <DetailsTabs
      tabs={[
        { id: 'details', label: 'Details', content: <KeyValues items={items} /> },
        { id: 'tags', label: 'Tags', content: <TagsTab tags={rule.tags} href={tagsHref} /> },
      ]}
    />
  );
}
