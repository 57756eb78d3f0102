/** CreateTrafficMirrorFilterRule. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import { parseRuleNumber } from '../../../resources/numbers.js';
import { parseOneOf } from '../../../resources/text.js';
import { RULE_ACTIONS, type TrafficMirrorFilterRule } from '../../../resources/traffic-mirror-filter.js';
import type { Structure } from '../answer.js';
import { createOnce } from '../create-once.js';
import type { Ec2Call } from '../ec2-call.js';
import { newId } from '../kinds.js';
import { requireRoom } from '../quotas.js';
import { readCidrBlock, readPortRange, readProtocol, requireRule } from '../rule-input.js';
import { type RulePlace, rulesOf, withRules } from '../rules.js';
import { readDescription, readTagSpecifications, requiredInteger, requireParsed } from '../values.js';

export function createTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const filterId = parameters.requiredText('TrafficMirrorFilterId');
  const place = readPlace(call);
  const allow = (): void => {
    // Its tags are conditions of the rule, not of the filter.
    call.allowCreation('rules', place.rule.tags);
    call.allowUse('filters', filterId);
  };
  return createOnce(call, 'rules', allow, () => {
    const filter = call.findOwn('filters', filterId);
    const others = rulesOf(filter.resource);
    requireRule(place, others);
    requireRoom(call, 'rulesPerFilter', others.length);
    const resource = withRules(filter.resource, [...others, place]);
    return { id: place.id, changes: [{ table: 'filters', key: filterId, value: { ...filter, resource } }] };
  });
}

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
    sourceCidrBlock: readCidrBlock(parameters.requiredText('SourceCidrBlock'), 'sourceCidrBlock'),
    destinationCidrBlock: readCidrBlock(
      parameters.requiredText('DestinationCidrBlock'),
      'destinationCidrBlock',
    ),
    ...(description !== undefined && { description }),
    tags: readTagSpecifications(parameters, 'rules'),
  };
  return {
    id,
    direction: requireParsed(parseOneOf(direction, DIRECTIONS), direction, 'trafficDirection'),
    rule,
  };
}
