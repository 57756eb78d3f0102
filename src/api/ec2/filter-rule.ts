/** Traffic mirror filter rules: their Create, Modify, Delete and Describe actions. A rule lives in its filter. */
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import { checkRuleNumber } from '../../resources/rules.js';
import { type PortRange, type RulePlace, rulesOf, withRules } from '../../resources/traffic-mirror-filter.js';
import type { FoundRule } from './catalog.js';
import { type Creation, createOnce, visibleOf } from './common-actions.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { notFound } from './kinds.js';
import { type Fields, makePage, type Positioned, readFilters, readPageRequest } from './lists.js';
import { attributeConditions } from './policy-conditions.js';
import type { Structure } from './response.js';
import { readChange, readDirection, readPlace } from './rule-parameters.js';
import { tagSet } from './values.js';
import { requireNone, requireRoom, requireRule } from './violations.js';

const RULE_FIELDS: Fields<FoundRule> = {
  'traffic-mirror-filter-rule-id': ({ id }) => id,
  'traffic-mirror-filter-id': ({ filter }) => filter.resource.trafficMirrorFilterId,
  'rule-number': ({ rule }) => rule.ruleNumber,
  'rule-action': ({ rule }) => rule.ruleAction,
  'traffic-direction': ({ direction }) => direction,
  protocol: ({ rule }) => rule.protocol,
  'source-cidr-block': ({ rule }) => rule.sourceCidrBlock,
  'destination-cidr-block': ({ rule }) => rule.destinationCidrBlock,
  description: ({ rule }) => rule.description,
};

/** The actions of this file by name. */
export const FILTER_RULE_ACTIONS = {
  CreateTrafficMirrorFilterRule: createTrafficMirrorFilterRule,
  DeleteTrafficMirrorFilterRule: deleteTrafficMirrorFilterRule,
  DescribeTrafficMirrorFilterRules: describeTrafficMirrorFilterRules,
  ModifyTrafficMirrorFilterRule: modifyTrafficMirrorFilterRule,
} satisfies Actions;

function createTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const { catalog } = call.context;
  const filterId = parameters.requiredText('TrafficMirrorFilterId');
  const place = readPlace(parameters);
  const allow = (): void => {
    // The tags in the request are conditions for the rule, not for the filter.
    call.allowCreation('rules', place.rule.tags);
    call.allowUse('filters', filterId);
  };
  const make = (): Creation => {
    const filter = call.findOwn('filters', filterId);
    const others = rulesOf(filter.resource);
    requirePlace(call, place, others);
    requireRoom(call, 'rulesPerFilter', others.length);
    const resource = withRules(filter.resource, [...others, place]);
    return { id: place.id, changes: [{ table: 'filters', key: filterId, value: { ...filter, resource } }] };
  };
  const contentOf = (id: string): Structure => {
    const found = catalog.findRule(id);
    if (found === undefined) throw notFound('rules', id);
    return { trafficMirrorFilterRule: ruleContent(found.filter.resource.trafficMirrorFilterId, found) };
  };
  return createOnce(call, { allow, make, contentOf });
}

async function modifyTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const id = parameters.requiredText('TrafficMirrorFilterRuleId');
  const TrafficDirection = readDirection(parameters);
  const { change, attributes, removed } = readChange(parameters);
  call.finish();

  const conditions = attributeConditions({ ...attributes, TrafficDirection }, removed);
  const found = call.requireOwnRule(id, conditions);
  const { filter } = found;
  call.requireOwn('filters', filter.resource.trafficMirrorFilterId, conditions);
  const place: RulePlace = { id, direction: TrafficDirection ?? found.direction, rule: change(found.rule) };
  const others = rulesOf(filter.resource).filter((other) => other.id !== id);
  requirePlace(call, place, others);
  call.endDryRun();
  const resource = withRules(filter.resource, [...others, place]);
  const key = resource.trafficMirrorFilterId;
  await context.store.commit([{ table: 'filters', key, value: { ...filter, resource } }]);
  return { trafficMirrorFilterRule: untaggedRuleContent(key, place) };
}

async function deleteTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const id = call.parameters.requiredText('TrafficMirrorFilterRuleId');
  call.finish();
  const { filter } = call.requireOwnRule(id);
  const key = filter.resource.trafficMirrorFilterId;
  call.requireOwn('filters', key);
  call.endDryRun();
  const left = rulesOf(filter.resource).filter((place) => place.id !== id);
  const resource = withRules(filter.resource, left);
  await call.context.store.commit([{ table: 'filters', key, value: { ...filter, resource } }]);
  return { trafficMirrorFilterRuleId: id };
}

/** Describes the rules of one filter or of all; those with the ids in the request, or all. */
async function describeTrafficMirrorFilterRules(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const ids = parameters.texts('TrafficMirrorFilterRuleId');
  const filterId = parameters.text('TrafficMirrorFilterId');
  const fits = readFilters(parameters, RULE_FIELDS, ({ rule }) => rule.tags);
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  if (filterId !== undefined && call.visible('filters', filterId) === undefined)
    throw notFound('filters', filterId);
  for (const id of ids) {
    if (call.visibleRule(id) === undefined) throw notFound('rules', id);
  }
  call.endDryRun();
  const wanted = new Set(ids);
  return makePage(call, page, {
    name: 'trafficMirrorFilterRuleSet',
    items: () => positionedRules(visibleOf(call, 'filters')),
    fits: ({ id, filter, ...place }) => {
      if (filterId !== undefined && filter.resource.trafficMirrorFilterId !== filterId) return false;
      return (wanted.size === 0 || wanted.has(id)) && fits({ id, filter, ...place });
    },
    contentOf: (found) => ruleContent(found.filter.resource.trafficMirrorFilterId, found),
  });
}

/** A rule as responses show it. */
export function ruleContent(trafficMirrorFilterId: string, place: RulePlace): Structure {
  return { ...untaggedRuleContent(trafficMirrorFilterId, place), tagSet: tagSet(place.rule.tags) };
}

/**
 * Requires that the rule is valid and its number is free.
 * @param others the other rules of the filter
 * @throws Ec2Error InvalidParameterValue, InvalidParameterCombination, TrafficMirrorFilterRuleAlreadyExists
 */
function requirePlace(call: Ec2Call, { direction, rule }: RulePlace, others: readonly RulePlace[]): void {
  requireRule(rule);
  const sameDirection = others.filter((other) => other.direction === direction);
  const holderOf = (ruleNumber: number): string | undefined =>
    sameDirection.find((other) => other.rule.ruleNumber === ruleNumber)?.id;
  requireNone(call, checkRuleNumber(rule.ruleNumber, holderOf), direction);
}

function* positionedRules(filters: readonly FoundRule['filter'][]): Generator<Positioned<FoundRule>> {
  for (const filter of filters) {
    for (const place of rulesOf(filter.resource)) {
      const position = [filter.order, DIRECTIONS.indexOf(place.direction), place.rule.ruleNumber];
      yield { item: { filter, ...place }, position };
    }
  }
}

/** "Tags are not returned for ModifyTrafficMirrorFilterRule" (the EC2 API reference). */
function untaggedRuleContent(trafficMirrorFilterId: string, place: RulePlace): Structure {
  const { id, direction, rule } = place;
  return {
    trafficMirrorFilterRuleId: id,
    trafficMirrorFilterId,
    trafficDirection: direction,
    ruleNumber: rule.ruleNumber,
    ruleAction: rule.ruleAction,
    protocol: rule.protocol,
    destinationPortRange: portRange(rule.destinationPortRange),
    sourcePortRange: portRange(rule.sourcePortRange),
    destinationCidrBlock: rule.destinationCidrBlock,
    sourceCidrBlock: rule.sourceCidrBlock,
    description: rule.description,
  };
}

function portRange(range: PortRange | undefined): Structure | undefined {
  return range && { fromPort: range.fromPort, toPort: range.toPort };
}
