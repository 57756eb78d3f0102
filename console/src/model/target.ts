/** Traffic mirror targets. */
import type { Describe } from '../aws/ec2.js';
import { textAt, type XmlObject } from '../aws/xml.js';
import { parseTags, type Tag } from './tags.js';

/** A target as DescribeTrafficMirrorTargets shows it. It has one of the three receivers. */
export interface Target {
  readonly trafficMirrorTargetId: string;
  readonly type: string;
  readonly networkInterfaceId?: string | undefined;
  readonly networkLoadBalancerArn?: string | undefined;
  readonly gatewayLoadBalancerEndpointId?: string | undefined;
  readonly ownerId: string;
  readonly description?: string | undefined;
  readonly tags: readonly Tag[];
}

/** The kinds of targets: their names in the API, and as people read them. */
export const TARGET_TYPES = {
  'network-interface': 'Network interface',
  'network-load-balancer': 'Network Load Balancer',
  'gateway-load-balancer-endpoint': 'Gateway Load Balancer endpoint',
} as const;

/** A kind of target in the API. */
export type TargetType = keyof typeof TARGET_TYPES;

/** How targets are listed. */
export const TARGETS: Describe<Target> = {
  action: 'DescribeTrafficMirrorTargets',
  set: 'trafficMirrorTargetSet',
  idParameter: 'TrafficMirrorTargetId',
  parse: parseTarget,
};

function parseTarget(item: XmlObject): Target {
  return {
    trafficMirrorTargetId: textAt(item, 'trafficMirrorTargetId') ?? '',
    type: textAt(item, 'type') ?? '',
    networkInterfaceId: textAt(item, 'networkInterfaceId'),
    networkLoadBalancerArn: textAt(item, 'networkLoadBalancerArn'),
    gatewayLoadBalancerEndpointId: textAt(item, 'gatewayLoadBalancerEndpointId'),
    ownerId: textAt(item, 'ownerId') ?? '',
    description: textAt(item, 'description'),
    tags: parseTags(item),
  };
}

/** The type as people read it; a type that is not known as the API said it. */
export function targetTypeText({ type }: Pick<Target, 'type'>): string {
  return Object.hasOwn(TARGET_TYPES, type) ? TARGET_TYPES[type as TargetType] : type;
}

/** The id or ARN of the receiver. */
export function receiverOf(target: Target): string {
  return (
    target.networkInterfaceId ?? target.networkLoadBalancerArn ?? target.gatewayLoadBalancerEndpointId ?? ''
  );
}

/** True for load balancers of both kinds: towards them the packet length is 8500 unless given, and at most that. */
export function isLoadBalanced(target: Target): boolean {
  return target.networkInterfaceId === undefined;
}
