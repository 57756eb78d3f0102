/** Resources as `aws ec2 describe-traffic-mirror-targets`, `-filters` and `-sessions` print them, in one document. */
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { Tags } from '../resources/tags.js';
import {
  RULE_LISTS,
  type TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
} from '../resources/traffic-mirror-filter.js';
import type { Receiver, TrafficMirrorTarget } from '../resources/traffic-mirror-target.js';
import {
  awsName,
  defaultRuleId,
  FILTER,
  INVENTORY_KEY,
  RULE,
  SESSION,
  type Shape,
  TARGET,
} from './aws-shapes.js';

type Attributes = Readonly<Record<string, unknown>>;

const FILTER_WITH_RULES: Shape = { ...FILTER, plain: [...FILTER.plain, ...Object.values(RULE_LISTS)] };

/** @param owners the account of each resource by its id; of those without one none is printed. */
export function awsOutput(resources: ResourceSet, owners: Readonly<Record<string, string>>): Attributes {
  const { trafficMirrorTargets, trafficMirrorFilters, trafficMirrorSessions, ...lists } = resources;
  const ownerOf = (id: string): Attributes => (Object.hasOwn(owners, id) ? { OwnerId: owners[id] } : {});
  return {
    TrafficMirrorTargets: trafficMirrorTargets.map((target) => ({
      ...attributesOf(target, TARGET),
      Type: typeOf(target),
      ...ownerOf(target.trafficMirrorTargetId),
      Tags: tagList(target.tags),
    })),
    TrafficMirrorFilters: trafficMirrorFilters.map(filterOutput),
    TrafficMirrorSessions: trafficMirrorSessions.map((session) => ({
      ...attributesOf(session, SESSION),
      ...ownerOf(session.trafficMirrorSessionId),
      Tags: tagList(session.tags),
    })),
    [INVENTORY_KEY]: {
      ...lists,
      trafficMirrorTargets: restsOf(trafficMirrorTargets, TARGET, 'trafficMirrorTargetId'),
      trafficMirrorFilters: restsOf(trafficMirrorFilters, FILTER_WITH_RULES, 'trafficMirrorFilterId'),
      trafficMirrorSessions: restsOf(trafficMirrorSessions, SESSION, 'trafficMirrorSessionId'),
    },
  };
}

/** The type that AWS gives a target. */
export function typeOf({
  networkInterfaceId,
  networkLoadBalancerArn,
}: Receiver | TrafficMirrorTarget): string {
  if (networkInterfaceId !== undefined) return 'network-interface';
  return networkLoadBalancerArn !== undefined ? 'network-load-balancer' : 'gateway-load-balancer-endpoint';
}

function filterOutput(filter: TrafficMirrorFilter): Attributes {
  const rules = (direction: Direction): Attributes[] =>
    filter[RULE_LISTS[direction]].map((rule) => ruleOutput(filter.trafficMirrorFilterId, direction, rule));
  return {
    ...attributesOf(filter, FILTER),
    ...Object.fromEntries(DIRECTIONS.map((direction) => [awsName(RULE_LISTS[direction]), rules(direction)])),
    Tags: tagList(filter.tags),
  };
}

/** A rule without an id has the one that the control API shows. */
function ruleOutput(filterId: string, direction: Direction, rule: TrafficMirrorFilterRule): Attributes {
  return {
    TrafficMirrorFilterRuleId: defaultRuleId(filterId, direction, rule.ruleNumber),
    ...attributesOf(rule, RULE),
    TrafficMirrorFilterId: filterId,
    TrafficDirection: direction,
    Tags: tagList(rule.tags),
  };
}

function attributesOf(resource: object, { plain, nested }: Shape): Attributes {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(resource)) {
    if (value === undefined) continue;
    if (plain.includes(name)) attributes[awsName(name)] = value;
    if (nested.includes(name)) attributes[awsName(name)] = capitalized(value as object);
  }
  return attributes;
}

function capitalized(mapping: object): Attributes {
  return Object.fromEntries(Object.entries(mapping).map(([name, value]) => [awsName(name), value]));
}

function tagList(tags: Tags): Attributes[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What AWS's attributes leave out of resources, each with its id. */
function restsOf(items: readonly object[], { plain, nested }: Shape, id: string): Attributes[] {
  return items.flatMap((item) => {
    const rest = Object.entries(item).filter(
      ([name, value]) =>
        value !== undefined && name !== 'tags' && !plain.includes(name) && !nested.includes(name),
    );
    if (rest.length === 0) return [];
    return [Object.fromEntries([[id, (item as Attributes)[id]], ...rest])];
  });
}
