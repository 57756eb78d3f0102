/** Traffic mirror targets: where a session sends its copies. */
import type { Tags } from './tags.js';

/** Exactly one of `networkInterfaceId` and `networkLoadBalancerArn` is there. */
export interface TrafficMirrorTarget {
  readonly trafficMirrorTargetId: string;
  /** A declared interface with an address, or a literal IP address. */
  readonly networkInterfaceId?: string;
  readonly networkLoadBalancerArn?: string;
  readonly description?: string;
  readonly tags: Tags;
}
