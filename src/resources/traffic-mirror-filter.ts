/** Traffic mirror filters and their rules: what a session mirrors. */
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import type { CidrBlock } from './address.js';
import type { RuleNumber } from './numbers.js';
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
