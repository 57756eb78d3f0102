/** Filter rules with their ids; a rule of the configuration file need not have one of its own. */
import { DIRECTIONS, type Direction } from '../../plan/mirror-plan.js';
import {
  RULE_LISTS,
  type TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
} from '../../resources/traffic-mirror-filter.js';

export interface RulePlace {
  readonly id: string;
  readonly direction: Direction;
  readonly rule: TrafficMirrorFilterRule;
}

/** Ingress first, by ascending rule number. */
export function rulesOf(filter: TrafficMirrorFilter): RulePlace[] {
  return DIRECTIONS.flatMap((direction) =>
    filter[RULE_LISTS[direction]]
      .map((rule) => ({ id: ruleId(filter, direction, rule), direction, rule }))
      .sort((a, b) => a.rule.ruleNumber - b.rule.ruleNumber),
  );
}

/** The filter with another set of rules. */
export function withRules(filter: TrafficMirrorFilter, places: readonly RulePlace[]): TrafficMirrorFilter {
  const inDirection = (direction: Direction): TrafficMirrorFilterRule[] =>
    places.filter((place) => place.direction === direction).map(({ rule }) => rule);
  return { ...filter, ingressFilterRules: inDirection('ingress'), egressFilterRules: inDirection('egress') };
}

/** As the plan names it: `explain` and the API say the same. */
function ruleId(
  { trafficMirrorFilterId }: TrafficMirrorFilter,
  direction: Direction,
  rule: TrafficMirrorFilterRule,
): string {
  return rule.trafficMirrorFilterRuleId ?? `${trafficMirrorFilterId}/${direction}/${rule.ruleNumber}`;
}
