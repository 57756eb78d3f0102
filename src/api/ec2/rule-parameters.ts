/** Parameters of the actions that create and modify filter rules. */
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import { type CidrBlock, parseCidrBlock } from '../../resources/address.js';
import { parsePort, parseProtocol, parseRuleNumber } from '../../resources/numbers.js';
import { parseOneOf } from '../../resources/text.js';
import {
  type PortRange,
  RULE_ACTIONS,
  type RulePlace,
  type TrafficMirrorFilterRule,
} from '../../resources/traffic-mirror-filter.js';
import { invalidValue, uncapitalize } from './ec2-error.js';
import { newId } from './kinds.js';
import type { Parameters } from './parameters.js';
import type { GivenAttributes } from './policy-conditions.js';
import {
  optionalInteger,
  readDescription,
  readRemovedFields,
  readTagSpecifications,
  requiredInteger,
  requireParsed,
} from './values.js';

/** What a Modify request changes: a function that does it, and the attributes for policies. */
interface RuleChange {
  readonly change: (rule: TrafficMirrorFilterRule) => TrafficMirrorFilterRule;
  readonly attributes: GivenAttributes;
  readonly removed: ReadonlySet<string>;
}

/** Reads the rule of a Create request. @throws Ec2Error MissingParameter, InvalidParameterValue */
export function readPlace(parameters: Parameters): RulePlace {
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

/** Reads the direction that a rule gets. @throws Ec2Error InvalidParameterValue */
export function readDirection(parameters: Parameters): RulePlace['direction'] | undefined {
  const text = parameters.text('TrafficDirection');
  return text === undefined || text === ''
    ? undefined
    : requireParsed(parseOneOf(text, DIRECTIONS), text, 'trafficDirection');
}

/** Reads what a Modify request changes. @throws Ec2Error InvalidParameterValue, InvalidParameterCombination */
export function readChange(parameters: Parameters): RuleChange {
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
  const change = (rule: TrafficMirrorFilterRule): TrafficMirrorFilterRule => {
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
  const attributes = {
    Description: description,
    DestinationCidrBlock: destinationCidrBlock,
    DestinationPortRange: destinationPortRange && '',
    Protocol: protocol,
    RuleAction: ruleAction,
    RuleNumber: ruleNumber,
    SourceCidrBlock: sourceCidrBlock,
    SourcePortRange: sourcePortRange && '',
  };
  return { change, attributes, removed };
}

/** @throws Ec2Error InvalidParameterValue */
function readProtocol(parameters: Parameters): number | undefined {
  return optionalInteger(parameters, 'Protocol', parseProtocol);
}

/** @throws Ec2Error MissingParameter when one end is missing, InvalidParameterValue */
function readPortRange(parameters: Parameters, name: string): PortRange | undefined {
  const range = parameters.structure(name);
  if (range === undefined) return undefined;
  // Both ranges have such ends, so the error says of which one.
  const end = (which: 'FromPort' | 'ToPort'): number =>
    requiredInteger(range, which, parsePort, `${name}.${which}`);
  return { fromPort: end('FromPort'), toPort: end('ToPort') };
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
