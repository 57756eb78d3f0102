/** Rules of filters. */
import type { Describe } from '../aws/ec2.js';
import { numberAt, objectAt, textAt, type XmlObject } from '../aws/xml.js';
import { parseTags, type Tag } from './tags.js';

/** Both ends included. */
export interface PortRange {
  readonly fromPort: number;
  readonly toPort: number;
}

/** The direction of traffic at the source. */
export type Direction = 'ingress' | 'egress';

/** A rule as the API shows it. */
export interface Rule {
  readonly trafficMirrorFilterRuleId: string;
  readonly trafficMirrorFilterId: string;
  readonly trafficDirection: Direction;
  readonly ruleNumber: number;
  readonly ruleAction: 'accept' | 'reject';
  /** IP protocol number; absent: all. */
  readonly protocol?: number | undefined;
  readonly sourcePortRange?: PortRange | undefined;
  readonly destinationPortRange?: PortRange | undefined;
  readonly sourceCidrBlock: string;
  readonly destinationCidrBlock: string;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** How rules of all filters are listed. */
export const RULES: Describe<Rule> = {
  action: 'DescribeTrafficMirrorFilterRules',
  set: 'trafficMirrorFilterRuleSet',
  idParameter: 'TrafficMirrorFilterRuleId',
  parse: parseRule,
};

/** Words for the directions: the seeds' own. */
export const DIRECTION_WORDS = {
  ingress: { adjective: 'Inbound', lower: 'inbound' },
  egress: { adjective: 'Outbound', lower: 'outbound' },
} as const satisfies Record<Direction, unknown>;

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [58, 'ICMPv6'],
]);

/** A rule from its element. */
export function parseRule(item: XmlObject): Rule {
  return {
    trafficMirrorFilterRuleId: textAt(item, 'trafficMirrorFilterRuleId') ?? '',
    trafficMirrorFilterId: textAt(item, 'trafficMirrorFilterId') ?? '',
    trafficDirection: textAt(item, 'trafficDirection') === 'egress' ? 'egress' : 'ingress',
    ruleNumber: numberAt(item, 'ruleNumber') ?? 0,
    ruleAction: textAt(item, 'ruleAction') === 'reject' ? 'reject' : 'accept',
    protocol: numberAt(item, 'protocol'),
    sourcePortRange: portRangeAt(item, 'sourcePortRange'),
    destinationPortRange: portRangeAt(item, 'destinationPortRange'),
    sourceCidrBlock: textAt(item, 'sourceCidrBlock') ?? '',
    destinationCidrBlock: textAt(item, 'destinationCidrBlock') ?? '',
    description: textAt(item, 'description'),
    tags: parseTags(item),
  };
}

/** `TCP (6)`, `47`, or `All`. */
export function protocolText(protocol: number | undefined): string {
  if (protocol === undefined) return 'All';
  const name = PROTOCOL_NAMES.get(protocol);
  return name === undefined ? String(protocol) : `${name} (${protocol})`;
}

/** `80`, `1024-65535`, or `All`. */
export function portRangeText(range: PortRange | undefined): string {
  if (range === undefined) return 'All';
  return range.fromPort === range.toPort ? String(range.fromPort) : `${range.fromPort}-${range.toPort}`;
}

/** The next free ten: 10, 20, … Above 32766, the lowest free number. */
export function freeRuleNumber(taken: readonly number[]): number {
  const used = new Set(taken);
  for (let number = 10; number <= 32_760; number += 10) if (!used.has(number)) return number;
  let number = 1;
  while (used.has(number)) number += 1;
  return number;
}

function portRangeAt(item: XmlObject, name: string): PortRange | undefined {
  const range = objectAt(item, name);
  const [fromPort, toPort] = [numberAt(range, 'fromPort'), numberAt(range, 'toPort')];
  return fromPort === undefined || toPort === undefined ? undefined : { fromPort, toPort };
}
