/** Traffic mirror filter rules: their Create, Modify, Delete and Describe actions. A rule lives in its filter. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import { checkRuleNumber } from '../../../resources/rules.js';
import { parseOneOf } from '../../../resources/text.js';
import {
  type PortRange,
  type RulePlace,
  rulesOf,
  withRules,
} from '../../../resources/traffic-mirror-filter.js';
import type { FoundRule } from '../catalog.js';
import { visibleOf } from '../common-actions.js';
import { type Creation, createOnce } from '../create-once.js';
import { type Fields, readFilters } from '../describe-filters.js';
import type { Ec2Call } from '../ec2-call.js';
import { notFound } from '../kinds.js';
import { makePage, type Place, readPageRequest } from '../pages.js';
import type { Structure } from '../response.js';
import { tagSet } from '../tags/values.js';
import { requireParsed } from '../values.js';
import { requireNone, requireRoom, requireRule } from '../violations.js';
import { readChange, readPlace } from './input.js';

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

export function createTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const { catalog } = call.context;
  const filterId = parameters.requiredText('TrafficMirrorFilterId');
  const place = readPlace(call);
  const allow = (): void => {
    // Its tags are conditions of the rule, not of the filter.
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

export async function modifyTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const id = parameters.requiredText('TrafficMirrorFilterRuleId');
  const direction = parameters.text('TrafficDirection');
  const newDirection =
    direction && requireParsed(parseOneOf(direction, DIRECTIONS), direction, 'trafficDirection');
  const change = readChange(parameters);
  call.finish();

  const found = call.requireOwnRule(id);
  const { filter } = found;
  call.requireOwn('filters', filter.resource.trafficMirrorFilterId);
  const place: RulePlace = { id, direction: newDirection || found.direction, rule: change(found.rule) };
  const others = rulesOf(filter.resource).filter((other) => other.id !== id);
  requirePlace(call, place, others);
  call.endDryRun();
  const resource = withRules(filter.resource, [...others, place]);
  const key = resource.trafficMirrorFilterId;
  await context.store.commit([{ table: 'filters', key, value: { ...filter, resource } }]);
  return { trafficMirrorFilterRule: untaggedRuleContent(key, place) };
}

export async function deleteTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
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

/** Of one filter, or of all; rules by their ids, or all. */
export async function describeTrafficMirrorFilterRules(call: Ec2Call): Promise<Structure> {
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
    places: () => rulePlaces(visibleOf(call, 'filters')),
    fits: ({ id, filter, ...place }) => {
      if (filterId !== undefined && filter.resource.trafficMirrorFilterId !== filterId) return false;
      return (wanted.size === 0 || wanted.has(id)) && fits({ id, filter, ...place });
    },
    contentOf: (found) => ruleContent(found.filter.resource.trafficMirrorFilterId, found),
  });
}

/**
 * The rule is right in itself, and its number is free.
 * @param others the other rules of the filter
 * @throws Ec2Error InvalidParameterValue, InvalidParameterCombination, TrafficMirrorFilterRuleAlreadyExists
 */
function requirePlace(call: Ec2Call, { direction, rule }: RulePlace, others: readonly RulePlace[]): void {
  requireRule(rule);
  const rivals = others.filter((other) => other.direction === direction);
  const holderOf = (ruleNumber: number): string | undefined =>
    rivals.find((other) => other.rule.ruleNumber === ruleNumber)?.id;
  requireNone(call, checkRuleNumber(rule.ruleNumber, holderOf), direction);
}

function* rulePlaces(filters: readonly FoundRule['filter'][]): Generator<Place<FoundRule>> {
  for (const filter of filters) {
    for (const place of rulesOf(filter.resource)) {
      const position = [filter.order, DIRECTIONS.indexOf(place.direction), place.rule.ruleNumber];
      yield { item: { filter, ...place }, position };
    }
  }
}

/** A rule as responses show it. */
export function ruleContent(trafficMirrorFilterId: string, place: RulePlace): Structure {
  return { ...untaggedRuleContent(trafficMirrorFilterId, place), tagSet: tagSet(place.rule.tags) };
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
