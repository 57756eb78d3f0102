/** Filter rules in requests: a new rule, and what a request changes of one. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import { type CidrBlock, parseCidrBlock } from '../../../resources/address.js';
import { parsePort, parseProtocol, parseRuleNumber } from '../../../resources/numbers.js';
import { parseOneOf } from '../../../resources/text.js';
import {
  type PortRange,
  RULE_ACTIONS,
  type RulePlace,
  type TrafficMirrorFilterRule,
} from '../../../resources/traffic-mirror-filter.js';
import type { Ec2Call } from '../ec2-call.js';
import { invalidValue } from '../ec2-error.js';
import { newId } from '../kinds.js';
import type { Parameters } from '../parameters.js';
import { readTagSpecifications } from '../tags/values.js';
import {
  optionalInteger,
  readDescription,
  readRemovedFields,
  requiredInteger,
  requireParsed,
} from '../values.js';

/** The rule that a Create request describes. @throws Ec2Error MissingParameter, InvalidParameterValue */
export function readPlace({ parameters }: Ec2Call): RulePlace {
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

/** What a Modify request makes of a rule. @throws Ec2Error InvalidParameterValue, InvalidParameterCombination */
export function readChange(
  parameters: Parameters,
): (rule: TrafficMirrorFilterRule) => TrafficMirrorFilterRule {
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

/** @throws Ec2Error InvalidParameterValue */
function readCidrBlock(value: string, parameter: string): CidrBlock {
  const parsed = parseCidrBlock(value);
  if (parsed.ok) return parsed.value;
  throw invalidValue(value, parameter, 'This is not a valid CIDR block');
}

function readOptionalCidrBlock(parameters: Parameters, name: string, told: string) {
  const value = parameters.text(name);
  return value === undefined ? undefined : readCidrBlock(value, told);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
