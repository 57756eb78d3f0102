/** The rules of filters as the data path takes them. */
import type { Direction, PortRangePlan, RulePlan } from '../plan/mirror-plan.js';
import { prefixPlan } from './address.js';
import {
  type PortRange,
  RULE_LISTS,
  type TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
} from './traffic-mirror-filter.js';

type RulesByDirection = Readonly<Record<Direction, readonly RulePlan[]>>;

/**
 * The rules of filters as the data path takes them, kept for as long as a filter stays the same object. Without this,
 * each change would parse the blocks of thousands of filters again.
 */
export class RulePlans {
  readonly #known = new WeakMap<TrafficMirrorFilter, RulesByDirection>();

  /** Ascending by number. */
  of(filter: TrafficMirrorFilter): RulesByDirection {
    const known = this.#known.get(filter);
    if (known !== undefined) return known;
    const rules = { ingress: rulePlans(filter, 'ingress'), egress: rulePlans(filter, 'egress') };
    this.#known.set(filter, rules);
    return rules;
  }
}

function rulePlans(filter: TrafficMirrorFilter, direction: Direction): RulePlan[] {
  return filter[RULE_LISTS[direction]]
    .toSorted((a, b) => a.ruleNumber - b.ruleNumber)
    .map((rule) => rulePlan(rule, `${filter.trafficMirrorFilterId}/${direction}/${rule.ruleNumber}`));
}

function rulePlan(rule: TrafficMirrorFilterRule, fallbackId: string): RulePlan {
  const { protocol, sourcePortRange, destinationPortRange } = rule;
  return {
    id: rule.trafficMirrorFilterRuleId ?? fallbackId,
    ruleNumber: rule.ruleNumber,
    action: rule.ruleAction,
    ...(protocol !== undefined && { protocol }),
    source: prefixPlan(rule.sourceCidrBlock),
    destination: prefixPlan(rule.destinationCidrBlock),
    ...(sourcePortRange && { sourcePorts: portRangePlan(sourcePortRange) }),
    ...(destinationPortRange && { destinationPorts: portRangePlan(destinationPortRange) }),
  };
}

function portRangePlan({ fromPort, toPort }: PortRange): PortRangePlan {
  return { from: fromPort, to: toPort };
}
