/** Traffic mirror filter rules: their Create, Modify, Delete and Describe actions. A rule lives in its filter. */
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import { type CidrBlock, parseCidrBlock } from '../../resources/address.js';
import { parsePort, parseProtocol, parseRuleNumber } from '../../resources/numbers.js';
import { checkRuleNumber } from '../../resources/rules.js';
import { parseOneOf } from '../../resources/text.js';
import {
  type PortRange,
  RULE_ACTIONS,
  type RulePlace,
  rulesOf,
  type TrafficMirrorFilterRule,
  withRules,
} from '../../resources/traffic-mirror-filter.js';
import type { FoundRule } from './catalog.js';
import { type Creation, createOnce, visibleOf } from './common-actions.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { invalidValue, uncapitalize } from './ec2-error.js';
import { newId, notFound } from './kinds.js';
import { type Fields, makePage, type Positioned, readFilters, readPageRequest } from './lists.js';
import type { Parameters } from './parameters.js';
import type { Structure } from './response.js';
import {
  optionalInteger,
  readDescription,
  readRemovedFields,
  readTagSpecifications,
  requiredInteger,
  requireParsed,
  tagSet,
} from './values.js';
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
  const place = readPlace(call);
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

/** Reads the rule of a Create request. @throws Ec2Error MissingParameter, InvalidParameterValue */
function readPlace({ parameters }: Ec2Call): RulePlace {
  const id = newId('rules');
  const direction = parameters.requiredText('TrafficDirection');
  const action = parameters.requiredText('RuleAction');
  const protocol = readProtocol(parameters);
  const sourcePortRange = readPortRange(parameters, 'SourcePortRange');
  const destinationPortRange = readPortRange(parameters, 'DestinationPortRange');
  const description = readDescription(parameters);
  const rule: TrafficMirrorFilterRule = {
    trafficMirrorFilterRuleId: id,
    ruleNumber: requiredInteger(parameters, 'RuleNumber', parseRuleNumber),
    ruleAction: requireParsed(parseOneOf(action, RULE_ACTIONS), action, 'ruleAction'),
    ...(protocol !== undefined && { protocol }),
    ...(sourcePortRange !== undefined && { sourcePortRange }),
    ...(destinationPortRange !== undefined && { destinationPortRange }),
    sourceCidrBlock: readCidrBlock(parameters, 'SourceCidrBlock'),
    destinationCidrBlock: readCidrBlock(parameters, 'DestinationCidrBlock'),
    ...(description !== undefined && { description }),
    tags: readTagSpecifications(parameters, 'rules'),
  };
  return {
    id,
    direction: requireParsed(parseOneOf(direction, DIRECTIONS), direction, 'trafficDirection'),
    rule,
  };
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

/**
 * Reads what a Modify request changes.
 * @returns a function that makes the change.
 * @throws Ec2Error InvalidParameterValue, InvalidParameterCombination
 */
function readChange(parameters: Parameters): (rule: TrafficMirrorFilterRule) => TrafficMirrorFilterRule {
  const ruleNumber = optionalInteger(parameters, 'RuleNumber', parseRuleNumber);
  const action = parameters.text('RuleAction');
  const ruleAction =
    action === undefined ? undefined : requireParsed(parseOneOf(action, RULE_ACTIONS), action, 'ruleAction');
  const protocol = readProtocol(parameters);
  const sourcePortRange = readPortRange(parameters, 'SourcePortRange');
  const destinationPortRange = readPortRange(parameters, 'DestinationPortRange');
  const sourceCidrBlock = readOptionalCidrBlock(parameters, 'SourceCidrBlock');
  const destinationCidrBlock = readOptionalCidrBlock(parameters, 'DestinationCidrBlock');
  const description = readDescription(parameters);
  const removed = readRemovedFields(parameters, {
    'destination-port-range': destinationPortRange,
    'source-port-range': sourcePortRange,
    protocol,
    description,
  });
  return (rule) => {
    const { protocol: p, sourcePortRange: s, destinationPortRange: d, description: text, ...rest } = rule;
    return {
      ...rest,
      ...optional('protocol', removed.has('protocol') ? undefined : (protocol ?? p)),
      ...optional('sourcePortRange', removed.has('source-port-range') ? undefined : (sourcePortRange ?? s)),
      ...optional(
        'destinationPortRange',
        removed.has('destination-port-range') ? undefined : (destinationPortRange ?? d),
      ),
      ...optional('description', removed.has('description') ? undefined : (description ?? text)),
      ruleNumber: ruleNumber ?? rule.ruleNumber,
      ruleAction: ruleAction ?? rule.ruleAction,
      sourceCidrBlock: sourceCidrBlock ?? rule.sourceCidrBlock,
      destinationCidrBlock: destinationCidrBlock ?? rule.destinationCidrBlock,
    };
  };
}

/** @throws Ec2Error InvalidParameterValue */
function readProtocol(parameters: Parameters): number | undefined {
  return optionalInteger(parameters, 'Protocol', parseProtocol);
}

/** @throws Ec2Error MissingParameter when one end is missing, InvalidParameterValue */
function readPortRange(parameters: Parameters, name: string): PortRange | undefined {
  const range = parameters.structure(name);
  if (range === undefined) return undefined;
  const fromPort = requiredInteger(range, 'FromPort', parsePort);
  return { fromPort, toPort: requiredInteger(range, 'ToPort', parsePort) };
}

/** @throws Ec2Error MissingParameter, InvalidParameterValue */
function readCidrBlock(parameters: Parameters, name: string): CidrBlock {
  return parseCidr(parameters.requiredText(name), uncapitalize(name));
}

/** @param parameter the name for the error */
function parseCidr(value: string, parameter: string): CidrBlock {
  const parsed = parseCidrBlock(value);
  if (parsed.ok) return parsed.value;
  throw invalidValue(value, parameter, 'This is not a valid CIDR block');
}

function readOptionalCidrBlock(parameters: Parameters, name: string) {
  const value = parameters.text(name);
  return value === undefined ? undefined : parseCidr(value, uncapitalize(name));
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
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
