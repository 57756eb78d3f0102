/** What must hold inside one filter rule. */
import { cidrFamily } from './cidr.js';
import { type Draft, isKnown } from './draft.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import type { TrafficMirrorFilterRule } from './traffic-mirror-filter.js';

type Rule = Draft<TrafficMirrorFilterRule>;

const PORT_RANGES = ['sourcePortRange', 'destinationPortRange'] as const;

/** TCP and UDP: "port ranges apply to TCP and UDP" (CreateTrafficMirrorFilterRule). */
const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17];

/**
 * Reports `mixed-address-families`, `ports-without-protocol` and `reversed-range`.
 * @param path where the rule stands
 */
export function checkRule(rule: Rule, path: ProblemPath): ResourceProblem[] {
  return [...families(rule, path), ...PORT_RANGES.flatMap((name) => portRange(rule, name, path))];
}

function families(rule: Rule, path: ProblemPath): ResourceProblem[] {
  const { sourceCidrBlock, destinationCidrBlock } = rule;
  if (sourceCidrBlock === undefined || destinationCidrBlock === undefined) return [];
  const source = cidrFamily(sourceCidrBlock);
  const destination = cidrFamily(destinationCidrBlock);
  if (source === destination) return [];
  const text = `is IPv${destination} and sourceCidrBlock is IPv${source}: both must be of one family`;
  return [{ path: [...path, 'destinationCidrBlock'], code: 'mixed-address-families', text }];
}

function portRange(rule: Rule, name: (typeof PORT_RANGES)[number], rulePath: ProblemPath): ResourceProblem[] {
  const range = rule[name];
  if (range === undefined) return [];
  const path = [...rulePath, name];
  const problems: ResourceProblem[] = [];
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
