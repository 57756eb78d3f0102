/** Checks inside one rule of a filter. A browser runs them too: no Node module here, and none in what it imports. */
import { isKnown } from './draft.js';
import type { CodedProblem, ProblemPath } from './problem.js';

/** A draft of a rule, as far as it is checked here. */
export interface CheckedRule {
  readonly protocol?: number | undefined;
  readonly sourcePortRange?: CheckedRange | undefined;
  readonly destinationPortRange?: CheckedRange | undefined;
  /** CIDR blocks. */
  readonly sourceCidrBlock?: string | undefined;
  readonly destinationCidrBlock?: string | undefined;
}

interface CheckedRange {
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
}

/** What can be wrong inside one rule. */
export type RuleProblem = CodedProblem<
  'mixed-address-families' | 'ports-without-protocol' | 'reversed-range'
>;

const PORT_RANGES = ['sourcePortRange', 'destinationPortRange'] as const;

/** TCP and UDP: "port ranges apply to TCP and UDP" (CreateTrafficMirrorFilterRule). */
export const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17];

/**
 * Reports `mixed-address-families`, `ports-without-protocol` and `reversed-range`.
 * @param path of the rule
 */
export function checkRule(rule: CheckedRule, path: ProblemPath): RuleProblem[] {
  return [...families(rule, path), ...PORT_RANGES.flatMap((name) => portRange(rule, name, path))];
}

function families(rule: CheckedRule, path: ProblemPath): RuleProblem[] {
  const { sourceCidrBlock, destinationCidrBlock } = rule;
  if (sourceCidrBlock === undefined || destinationCidrBlock === undefined) return [];
  const source = cidrFamily(sourceCidrBlock);
  const destination = cidrFamily(destinationCidrBlock);
  if (source === destination) return [];
  const text = `is IPv${destination} and sourceCidrBlock is IPv${source}: both must be of one family`;
  return [{ path: [...path, 'destinationCidrBlock'], code: 'mixed-address-families', text }];
}

function portRange(
  rule: CheckedRule,
  name: (typeof PORT_RANGES)[number],
  rulePath: ProblemPath,
): RuleProblem[] {
  const range = rule[name];
  if (range === undefined) return [];
  const path = [...rulePath, name];
  const problems: RuleProblem[] = [];
  if (isKnown(rule, 'protocol') && !PROTOCOLS_WITH_PORTS.includes(rule.protocol ?? -1)) {
    const text = 'a port range needs protocol 6 (TCP) or 17 (UDP)';
    problems.push({ path, code: 'ports-without-protocol', text });
  }
  const { fromPort, toPort } = range;
  if (fromPort !== undefined && toPort !== undefined && fromPort > toPort) {
    const text = `fromPort ${fromPort} is above toPort ${toPort}`;
    problems.push({ path, code: 'reversed-range', text });
  }
  return problems;
}

/** The IP version of a block, which need not be canonical. */
export function cidrFamily(block: string): 4 | 6 {
  return block.includes(':') ? 6 : 4;
}
