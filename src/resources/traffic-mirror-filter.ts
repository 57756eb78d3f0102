/** Traffic mirror filters: what a session mirrors. */
import type { Direction } from '../plan/mirror-plan.js';
import type { CidrBlock } from './cidr.js';
import type { RuleNumber } from './numbers.js';
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
