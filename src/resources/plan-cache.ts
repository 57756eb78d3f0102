/** What is kept of a plan for the next one: without it, each change would cost as much as there is. */
import type { Direction, PortRangePlan, RulePlan, SourcePlan } from '../plan/mirror-plan.js';
import { prefixPlan } from './address.js';
import type { Reached } from './reached.js';
import {
  type PortRange,
  RULE_LISTS,
  type TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
} from './traffic-mirror-filter.js';
import type { TrafficMirrorTarget } from './traffic-mirror-target.js';

type RulesByDirection = Readonly<Record<Direction, readonly RulePlan[]>>;

/**
 * Parts of plans that were built before, for a plan that is built again and again: with each change through the control
 * API. Resources are never changed but replaced, so what was made of the same objects is the same; what is equal to the
 * plan before is the same object, which is how a change is found.
 */
export class PlanCache {
  readonly rules = new RulePlans();
  #receivers: readonly unknown[] = [];
  #reached = new WeakMap<TrafficMirrorTarget, Reached>();
  #sources = new Map<string, KnownSource>();

  /** @param parts that the source is made of: equal objects and texts make an equal source. */
  source(id: string, parts: readonly unknown[], build: () => SourcePlan): KnownSource {
    const known = this.#sources.get(id);
    const isSame =
      known?.parts.length === parts.length && parts.every((part, index) => part === known.parts[index]);
    if (isSame) return known;
    const built = build();
    const isEqual = known !== undefined && JSON.stringify(known.plan) === JSON.stringify(built);
    return { parts, plan: isEqual ? known.plan : built };
  }

  /** @param receivers lists of them: while they are the same objects, so is what was found of a target. */
  reached(receivers: readonly unknown[]): WeakMap<TrafficMirrorTarget, Reached> {
    const isSame = receivers.every((list, index) => list === this.#receivers[index]);
    if (!isSame) this.#reached = new WeakMap();
    this.#receivers = receivers;
    return this.#reached;
  }

  /** Forgets all other sources. */
  keepOnly(sources: readonly KnownSource[]): void {
    this.#sources = new Map(sources.map((source) => [source.plan.id, source]));
  }
}

interface KnownSource {
  readonly parts: readonly unknown[];
  readonly plan: SourcePlan;
}

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
