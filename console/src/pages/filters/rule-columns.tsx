/** Columns of rules: in the tabs of a filter, and in the list of all rules. */
import { portRangeText, protocolText, type Rule } from '../../model/rule.js';
import { tagsText } from '../../model/tags.js';
import type { Column } from '../../parts/columns.js';
import { Copyable } from '../../parts/links.js';
import type { RuleRateOf } from './use-rule-rates.js';

/** The id of a rule. */
export function ruleIdOf({ trafficMirrorFilterRuleId }: Rule): string {
  return trafficMirrorFilterRuleId;
}

/** The columns in their order. */
export function ruleColumns(rateOf: RuleRateOf): Column<Rule>[] {
  return [
    {
      id: 'number',
      width: 125,
      header: 'Number',
      text: ({ ruleNumber }) => String(ruleNumber),
      sortBy: ({ ruleNumber }) => ruleNumber,
      isRowHeader: true,
    },
    { id: 'action', width: 150, header: 'Rule action', text: ({ ruleAction }) => ruleAction },
    { id: 'protocol', width: 140, header: 'Protocol', text: ({ protocol }) => protocolText(protocol) },
    {
      id: 'source-ports',
      width: 200,
      header: 'Source port range',
      text: (one) => portRangeText(one.sourcePortRange),
    },
    {
      id: 'destination-ports',
      width: 250,
      header: 'Destination port range',
      text: (one) => portRangeText(one.destinationPortRange),
    },
    { id: 'source', width: 200, header: 'Source CIDR block', text: ({ sourceCidrBlock }) => sourceCidrBlock },
    {
      id: 'destination',
      width: 235,
      header: 'Destination CIDR block',
      text: ({ destinationCidrBlock }) => destinationCidrBlock,
    },
    { id: 'description', width: 200, header: 'Description', text: ({ description }) => description },
    {
      id: 'rate',
      width: 140,
      header: 'Accepted/s',
      text: (one) => rateText(rateOf(one)),
      sortBy: (one) => rateOf(one) ?? -1,
    },
    {
      id: 'id',
      header: 'Rule ID',
      text: ruleIdOf,
      cell: (one) => <Copyable text={ruleIdOf(one)} />,
      hidden: true,
    },
    { id: 'tags', header: 'Tags', text: tagsText, hidden: true },
  ];
}

function rateText(rate: number | undefined): string | undefined {
  return rate?.toLocaleString('en', { maximumFractionDigits: 1 });
}
