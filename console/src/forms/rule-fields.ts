/** The fields of a rule as a form holds them, and what is sent. `rule-problems.ts` says what is wrong with them. */
import { PROTOCOLS_WITH_PORTS } from '../../../src/resources/check-rule.js';
import type { Parameters } from '../aws/parameters.js';
import { type Direction, freeRuleNumber, type PortRange, portRangeText, type Rule } from '../model/rule.js';
import { cidrBlockFamily } from './cidr.js';
import { protocolNumberProblem } from './fields.js';
import { parsePortRange } from './port-range.js';

/** A protocol by its number, every protocol, or one whose number is typed. */
export type ProtocolChoice = 'all' | '6' | '17' | '1' | '58' | 'custom';

/** Values of the fields. All are texts, so that a wrong one can be shown. */
export interface RuleFields {
  readonly ruleNumber: string;
  readonly ruleAction: 'accept' | 'reject';
  readonly protocol: ProtocolChoice;
  /** Only with protocol `custom`. */
  readonly protocolNumber: string;
  /** Only with TCP and UDP; empty: every port. */
  readonly sourcePortRange: string;
  readonly destinationPortRange: string;
  readonly sourceCidrBlock: string;
  readonly destinationCidrBlock: string;
  readonly description: string;
}

/** The name of a field. */
export type RuleField = keyof RuleFields;

const PRESET_PROTOCOLS: readonly string[] = ['1', '6', '17', '58'];
const [ICMP, ICMPV6] = ['1', '58'] as const;

/** Every address of a family. */
export const ANY_IPV4 = '0.0.0.0/0';
const ANY_IPV6 = '::/0';

/** A rule as it begins: it accepts all of IPv4. @param taken numbers of the rules in its direction */
export function newRuleFields(taken: readonly number[]): RuleFields {
  return {
    ruleNumber: String(freeRuleNumber(taken)),
    ruleAction: 'accept',
    protocol: 'all',
    protocolNumber: '',
    sourcePortRange: '',
    destinationPortRange: '',
    sourceCidrBlock: ANY_IPV4,
    destinationCidrBlock: ANY_IPV4,
    description: '',
  };
}

/** The fields of a rule that there is. */
export function fieldsOfRule(rule: Rule): RuleFields {
  const protocol = rule.protocol === undefined ? 'all' : String(rule.protocol);
  const isPreset = protocol === 'all' || PRESET_PROTOCOLS.includes(protocol);
  return {
    ruleNumber: String(rule.ruleNumber),
    ruleAction: rule.ruleAction,
    protocol: isPreset ? (protocol as ProtocolChoice) : 'custom',
    protocolNumber: isPreset ? '' : protocol,
    sourcePortRange: rangeText(rule.sourcePortRange),
    destinationPortRange: rangeText(rule.destinationPortRange),
    sourceCidrBlock: rule.sourceCidrBlock,
    destinationCidrBlock: rule.destinationCidrBlock,
    description: rule.description ?? '',
  };
}

/** The protocol number; undefined: every protocol, or a number that is no number. */
export function protocolOf({ protocol, protocolNumber }: RuleFields): number | undefined {
  if (protocol === 'all') return undefined;
  if (protocol !== 'custom') return Number(protocol);
  return protocolNumberProblem(protocolNumber) === undefined ? Number(protocolNumber) : undefined;
}

/** True when the rule may have port ranges. */
export function hasPorts(fields: RuleFields): boolean {
  const protocol = protocolOf(fields);
  return protocol !== undefined && PROTOCOLS_WITH_PORTS.includes(protocol);
}

/** The fields with some changed. A protocol without ports empties both ranges. */
export function withChange(fields: RuleFields, change: Partial<RuleFields>): RuleFields {
  const changed = { ...fields, ...change };
  if (changed.protocol !== 'custom') Object.assign(changed, { protocolNumber: '' });
  return hasPorts(changed) ? changed : { ...changed, sourcePortRange: '', destinationPortRange: '' };
}

/** The same rule for IPv6; undefined when it is one already. A block of IPv4 has no counterpart: it is left empty. */
export function copyForIpv6(fields: RuleFields, taken: readonly number[]): RuleFields | undefined {
  const { sourceCidrBlock, destinationCidrBlock, protocol } = fields;
  if (cidrBlockFamily(sourceCidrBlock) === 6 || cidrBlockFamily(destinationCidrBlock) === 6) return undefined;
  return {
    ...fields,
    ruleNumber: String(freeRuleNumber(taken)),
    protocol: protocol === ICMP ? ICMPV6 : protocol,
    sourceCidrBlock: counterpart(sourceCidrBlock),
    destinationCidrBlock: counterpart(destinationCidrBlock),
  };
}

/** The parameters of CreateTrafficMirrorFilterRule that say what the rule is. @param fields without problems */
export function ruleParameters(fields: RuleFields, direction: Direction): Parameters {
  return {
    TrafficDirection: direction,
    RuleNumber: Number(fields.ruleNumber),
    RuleAction: fields.ruleAction,
    Protocol: protocolOf(fields),
    SourcePortRange: rangeParameter(parsePortRange(fields.sourcePortRange)),
    DestinationPortRange: rangeParameter(parsePortRange(fields.destinationPortRange)),
    SourceCidrBlock: fields.sourceCidrBlock.trim(),
    DestinationCidrBlock: fields.destinationCidrBlock.trim(),
    Description: fields.description || undefined,
  };
}

/** A port range as a parameter; undefined for every port. */
export function rangeParameter(range: PortRange | undefined): Parameters | undefined {
  return range && { FromPort: range.fromPort, ToPort: range.toPort };
}

function counterpart(block: string): string {
  return block.trim() === ANY_IPV4 ? ANY_IPV6 : '';
}

function rangeText(range: PortRange | undefined): string {
  return range === undefined ? '' : portRangeText(range);
}
