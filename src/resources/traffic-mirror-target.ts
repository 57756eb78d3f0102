/** Traffic mirror targets: where a session sends its copies. */
import type { Draft } from './draft.js';
import type { Tags } from './tags.js';

/** Of which a target has exactly one. */
export const RECEIVER_KEYS = [
  'networkInterfaceId',
  'networkLoadBalancerArn',
  'gatewayLoadBalancerEndpointId',
] as const;

/** Exactly one of `RECEIVER_KEYS` is there. */
export interface TrafficMirrorTarget {
  readonly trafficMirrorTargetId: string;
  /** A declared interface with an address, or a literal IP address. */
  readonly networkInterfaceId?: string;
  readonly networkLoadBalancerArn?: string;
  readonly gatewayLoadBalancerEndpointId?: string;
  readonly description?: string;
  readonly tags: Tags;
}

/** The part of a target that says where copies go. */
export type Receiver = Pick<TrafficMirrorTarget, (typeof RECEIVER_KEYS)[number]>;

/** Towards load balancers of both kinds the packet length has a default and a maximum of its own. */
export function isLoadBalanced(receiver: Draft<Receiver>): boolean {
  return (
    receiver.networkLoadBalancerArn !== undefined || receiver.gatewayLoadBalancerEndpointId !== undefined
  );
}
