/** Parts of filter rules in requests, and what must hold of a rule among the others of its filter. */
import { checkRule } from '../../resources/check-rule.js';
import { type CidrBlock, parseCidrBlock } from '../../resources/cidr.js';
import { parsePort, parseProtocol } from '../../resources/numbers.js';
import type { PortRange } from '../../resources/traffic-mirror-filter.js';
import { Ec2Error, invalidCombination, invalidValue } from './ec2-error.js';
import type { Parameters } from './parameters.js';
import type { RulePlace } from './rules.js';
import { optionalInteger, requiredInteger } from './values.js';

/** @throws Ec2Error InvalidParameterValue */
export function readProtocol(parameters: Parameters): number | undefined {
  return optionalInteger(parameters, 'Protocol', parseProtocol);
}

/** @throws Ec2Error MissingParameter when one end is missing, InvalidParameterValue */
export function readPortRange(parameters: Parameters, name: string): PortRange | undefined {
  const range = parameters.structure(name);
  if (range === undefined) return undefined;
  const fromPort = requiredInteger(range, 'FromPort', parsePort);
  return { fromPort, toPort: requiredInteger(range, 'ToPort', parsePort) };
}

/** @throws Ec2Error InvalidParameterValue */
export function readCidrBlock(value: string, parameter: string): CidrBlock {
  const parsed = parseCidrBlock(value);
  if (parsed.ok) return parsed.value;
  throw invalidValue(value, parameter, 'This is not a valid CIDR block');
}

/**
 * @param others the other rules of the filter
 * @throws Ec2Error InvalidParameterValue, InvalidParameterCombination, TrafficMirrorFilterRuleAlreadyExists
 */
export function requireRule(place: RulePlace, others: readonly RulePlace[]): void {
  const { direction, rule } = place;
  for (const { code, path, text } of checkRule(rule, [])) {
    if (code === 'ports-without-protocol') throw invalidCombination(`${String(path[0])}: ${text}`);
    const value = code === 'reversed-range' ? rangeText(place, String(path[0])) : rule.destinationCidrBlock;
    throw invalidValue(value, String(path[0]), text);
  }
  const same = others.find(
    (other) => other.direction === direction && other.rule.ruleNumber === rule.ruleNumber,
  );
  if (same === undefined) return;
  throw new Ec2Error(
    'TrafficMirrorFilterRuleAlreadyExists',
    `The ${direction} rule number ${rule.ruleNumber} is already being used by ${same.id}`,
  );
}

function rangeText({ rule }: RulePlace, name: string): string {
  const range = name === 'sourcePortRange' ? rule.sourcePortRange : rule.destinationPortRange;
  return `${range?.fromPort}-${range?.toPort}`;
}
