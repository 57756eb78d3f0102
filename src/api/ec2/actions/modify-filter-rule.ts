/** ModifyTrafficMirrorFilterRule. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import { parseRuleNumber } from '../../../resources/numbers.js';
import { parseOneOf } from '../../../resources/text.js';
import { RULE_ACTIONS, type TrafficMirrorFilterRule } from '../../../resources/traffic-mirror-filter.js';
import type { Structure } from '../answer.js';
import { untaggedRuleContent } from '../contents.js';
import type { Ec2Call } from '../ec2-call.js';
import type { Parameters } from '../parameters.js';
import { readRemovedFields } from '../remove-field.js';
import { readCidrBlock, readPortRange, readProtocol, requireRule } from '../rule-input.js';
import { type RulePlace, rulesOf, withRules } from '../rules.js';
import { optionalInteger, requireParsed } from '../values.js';

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
  requireRule(place, others);
  call.endDryRun();
  const resource = withRules(filter.resource, [...others, place]);
  const key = resource.trafficMirrorFilterId;
  await context.store.commit([{ table: 'filters', key, value: { ...filter, resource } }]);
  return { trafficMirrorFilterRule: untaggedRuleContent(key, place) };
}

/** What the request makes of a rule. */
function readChange(parameters: Parameters): (rule: TrafficMirrorFilterRule) => TrafficMirrorFilterRule {
  const ruleNumber = optionalInteger(parameters, 'RuleNumber', parseRuleNumber);
  const action = parameters.text('RuleAction');
  const ruleAction =
    action === undefined ? undefined : requireParsed(parseOneOf(action, RULE_ACTIONS), action, 'ruleAction');
  const protocol = readProtocol(parameters);
  const sourcePortRange = readPortRange(parameters, 'SourcePortRange');
  const destinationPortRange = readPortRange(parameters, 'DestinationPortRange');
  const sourceCidrBlock = readOptionalCidrBlock(parameters, 'SourceCidrBlock', 'sourceCidrBlock');
  const destinationCidrBlock = readOptionalCidrBlock(
    parameters,
    'DestinationCidrBlock',
    'destinationCidrBlock',
  );
  const description = parameters.text('Description');
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

function readOptionalCidrBlock(parameters: Parameters, name: string, told: string) {
  const value = parameters.text(name);
  return value === undefined ? undefined : readCidrBlock(value, told);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
