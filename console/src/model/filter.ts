/** Traffic mirror filters. */
import type { Describe } from '../aws/ec2.js';
import { listAt, textAt, textsAt, type XmlObject } from '../aws/xml.js';
import { parseRule, type Rule } from './rule.js';
import { parseTags, type Tag } from './tags.js';

/** A filter as DescribeTrafficMirrorFilters shows it. */
export interface Filter {
  readonly trafficMirrorFilterId: string;
  readonly networkServices: readonly string[];
  /** By ascending rule number. */
  readonly ingressFilterRules: readonly Rule[];
  readonly egressFilterRules: readonly Rule[];
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** How filters are listed. */
export const FILTERS: Describe<Filter> = {
  action: 'DescribeTrafficMirrorFilters',
  set: 'trafficMirrorFilterSet',
  idParameter: 'TrafficMirrorFilterId',
  parse: parseFilter,
};

function parseFilter(item: XmlObject): Filter {
  return {
    trafficMirrorFilterId: textAt(item, 'trafficMirrorFilterId') ?? '',
    networkServices: textsAt(item, 'networkServiceSet'),
    ingressFilterRules: sorted(listAt(item, 'ingressFilterRuleSet').map(parseRule)),
    egressFilterRules: sorted(listAt(item, 'egressFilterRuleSet').map(parseRule)),
    description: textAt(item, 'description'),
    tags: parseTags(item),
  };
}

/** The rules of a direction, by ascending rule number. */
export function rulesIn(filter: Filter, direction: Rule['trafficDirection']): readonly Rule[] {
  return direction === 'ingress' ? filter.ingressFilterRules : filter.egressFilterRules;
}

function sorted(rules: Rule[]): Rule[] {
  return rules.sort((a, b) => a.ruleNumber - b.ruleNumber);
}
