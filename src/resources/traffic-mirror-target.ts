/** Traffic mirror targets, and the receivers behind them: load balancers and endpoints. */
import type { UnderlayAddress } from './address.js';
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

/** How it is found out that a receiver is alive; names as in Elastic Load Balancing's target groups. */
interface HealthCheck {
  /** TCP: a connection can be made. HTTP: a GET is answered with status 200 to 399. */
  readonly protocol: 'TCP' | 'HTTP';
  readonly port: number;
  /** Of HTTP. */
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Successes in a row until an address takes flows again. */
  readonly healthyThresholdCount: number;
  /** Failures in a row until it takes none. */
  readonly unhealthyThresholdCount: number;
}

/** The flow hash of a frame picks one of its addresses. */
export interface NetworkLoadBalancer {
  readonly networkLoadBalancerArn: string;
  /** At least one, each once. */
  readonly targets: readonly UnderlayAddress[];
  readonly healthCheck?: HealthCheck;
}

/** Copies reach it as VXLAN; what is behind it wraps them in GENEVE. */
export interface GatewayLoadBalancerEndpoint {
  readonly gatewayLoadBalancerEndpointId: string;
  readonly address: UnderlayAddress;
}
