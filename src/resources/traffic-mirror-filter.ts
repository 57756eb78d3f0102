/** Traffic mirror filters and their rules: what a session mirrors. */
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import type { CidrBlock } from './address.js';
import { type Draft, isKnown } from './draft.js';
import type { RuleNumber } from './numbers.js';
import type { CodedProblem, ProblemPath } from './problem.js';
import type { Tags } from './tags.js';

/** What a rule does with the frames that it matches. */
export const RULE_ACTIONS = ['accept', 'reject'] as const;

type RuleAction = (typeof RULE_ACTIONS)[number];

/** Services whose traffic is mirrored only when the filter lists them. */
export const NETWORK_SERVICES = ['amazon-dns'] as const;

type NetworkService = (typeof NETWORK_SERVICES)[number];

/** Both ends included, 0–65535, `fromPort` not above `toPort`. */
export interface PortRange {
  readonly fromPort: number;
  readonly toPort: number;
}

/** One rule of a filter. Its direction is that of its list. */
export interface TrafficMirrorFilterRule {
  /** Given by the API; absent in most files. */
  readonly trafficMirrorFilterRuleId?: string;
  /** Unique in its filter and direction. */
  readonly ruleNumber: RuleNumber;
  readonly ruleAction: RuleAction;
  /** IP protocol number 0–255; absent: every protocol. */
  readonly protocol?: number;
  /** Port ranges only with protocol 6 or 17; absent: every port. */
  readonly sourcePortRange?: PortRange;
  readonly destinationPortRange?: PortRange;
  /** The same family as `destinationCidrBlock`. */
  readonly sourceCidrBlock: CidrBlock;
  readonly destinationCidrBlock: CidrBlock;
  readonly description?: string;
  readonly tags: Tags;
}

/** A filter. Its rules keep the order in which they were given; they are tried by ascending `ruleNumber`. */
export interface TrafficMirrorFilter {
  readonly trafficMirrorFilterId: string;
  readonly networkServices: readonly NetworkService[];
  readonly ingressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly egressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly description?: string;
  readonly tags: Tags;
}

/** The list of a filter that holds the rules of a direction. */
export const RULE_LISTS = {
  ingress: 'ingressFilterRules',
  egress: 'egressFilterRules',
} as const satisfies Record<Direction, keyof TrafficMirrorFilter>;

/** A rule with its id, and the direction of its list. */
export interface RulePlace {
  readonly id: string;
  readonly direction: Direction;
  readonly rule: TrafficMirrorFilterRule;
}

/** The rules of a filter: ingress first, by ascending rule number. */
export function rulesOf(filter: TrafficMirrorFilter): RulePlace[] {
  return DIRECTIONS.flatMap((direction) =>
    filter[RULE_LISTS[direction]]
      .map((rule) => ({ id: ruleId(filter, direction, rule), direction, rule }))
      .sort((a, b) => a.rule.ruleNumber - b.rule.ruleNumber),
  );
}

/** The filter with another set of rules. */
export function withRules(filter: TrafficMirrorFilter, places: readonly RulePlace[]): TrafficMirrorFilter {
  const inDirection = (direction: Direction): TrafficMirrorFilterRule[] =>
    places.filter((place) => place.direction === direction).map(({ rule }) => rule);
  return { ...filter, ingressFilterRules: inDirection('ingress'), egressFilterRules: inDirection('egress') };
}

/** The id of a rule. Without one, as in most files, it is the name that the plan and `explain` give the rule. */
function ruleId(
  { trafficMirrorFilterId }: TrafficMirrorFilter,
  direction: Direction,
  rule: TrafficMirrorFilterRule,
): string {
  return rule.trafficMirrorFilterRuleId ?? `${trafficMirrorFilterId}/${direction}/${rule.ruleNumber}`;
}

type Rule = Draft<TrafficMirrorFilterRule>;

/** What can be wrong inside one rule. */
export type RuleProblem = CodedProblem<
  'mixed-address-families' | 'ports-without-protocol' | 'reversed-range'
>;

const PORT_RANGES = ['sourcePortRange', 'destinationPortRange'] as const;

/** TCP and UDP: "port ranges apply to TCP and UDP" (CreateTrafficMirrorFilterRule). */
const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17];

/**
 * Reports `mixed-address-families`, `ports-without-protocol` and `reversed-range`.
 * @param path of the rule
 */
export function checkRule(rule: Rule, path: ProblemPath): RuleProblem[] {
  return [...families(rule, path), ...PORT_RANGES.flatMap((name) => portRange(rule, name, path))];
}

function families(rule: Rule, path: ProblemPath): RuleProblem[] {
  const { sourceCidrBlock, destinationCidrBlock } = rule;
  if (sourceCidrBlock === undefined || destinationCidrBlock === undefined) return [];
  const source = cidrFamily(sourceCidrBlock);
  const destination = cidrFamily(destinationCidrBlock);
  if (source === destination) return [];
  const text = `is IPv${destination} and sourceCidrBlock is IPv${source}: both must be of one family`;
  return [{ path: [...path, 'destinationCidrBlock'], code: 'mixed-address-families', text }];
}

function portRange(rule: Rule, name: (typeof PORT_RANGES)[number], rulePath: ProblemPath): RuleProblem[] {
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
