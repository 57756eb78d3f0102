/** Traffic mirror filters and their rules: what a session mirrors. */
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import { type CidrBlock, cidrFamily } from './cidr.js';
import { type Draft, entries, isKnown } from './draft.js';
import type { RuleNumber } from './numbers.js';
import { type ProblemPath, placesOf, type ResourceProblem, repeatProblems } from './problem.js';
import type { Tags } from './tags.js';

/** What a rule says of the frames it matches. */
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

/** One line of a filter. Its direction is that of the list it stands in. */
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
  /** Of the same family as `destinationCidrBlock`. */
  readonly sourceCidrBlock: CidrBlock;
  readonly destinationCidrBlock: CidrBlock;
  readonly description?: string;
  readonly tags: Tags;
}

/** Rules in the order they were given; `ruleNumber` says in which order they are tried. */
export interface TrafficMirrorFilter {
  readonly trafficMirrorFilterId: string;
  readonly networkServices: readonly NetworkService[];
  readonly ingressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly egressFilterRules: readonly TrafficMirrorFilterRule[];
  readonly description?: string;
  readonly tags: Tags;
}

/** Which list of a filter holds the rules of a direction. */
export const RULE_LISTS = {
  ingress: 'ingressFilterRules',
  egress: 'egressFilterRules',
} as const satisfies Record<Direction, keyof TrafficMirrorFilter>;

export interface RulePlace {
  readonly id: string;
  readonly direction: Direction;
  readonly rule: TrafficMirrorFilterRule;
}

/** Ingress first, by ascending rule number. */
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

/** As the plan names it: `explain` and the API say the same. */
function ruleId(
  { trafficMirrorFilterId }: TrafficMirrorFilter,
  direction: Direction,
  rule: TrafficMirrorFilterRule,
): string {
  return rule.trafficMirrorFilterRuleId ?? `${trafficMirrorFilterId}/${direction}/${rule.ruleNumber}`;
}

/**
 * Reports `duplicate-rule-number`, and what `checkRule` reports of each rule.
 * @param path where the filter stands
 */
export function checkFilter(filter: Draft<TrafficMirrorFilter>, path: ProblemPath): ResourceProblem[] {
  return Object.values(RULE_LISTS).flatMap((name) => {
    const listPath = [...path, name];
    const rules = [...entries(filter[name])];
    return [
      ...rules.flatMap(([index, rule]) => checkRule(rule, [...listPath, index])),
      ...repeatProblems(placesOf(filter[name], listPath, 'ruleNumber'), 'duplicate-rule-number'),
    ];
  });
}

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
