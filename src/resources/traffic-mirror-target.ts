/** Traffic mirror targets, and the receivers behind them: load balancers and endpoints. */
import type { UnderlayAddress } from './address.js';
import type { Draft } from './draft.js';
import type { Encapsulated } from './encapsulation.js';
import type { Tags } from './tags.js';

/** The kinds of receivers. A target has exactly one. */
export const RECEIVER_KEYS = [
  'networkInterfaceId',
  'networkLoadBalancerArn',
  'gatewayLoadBalancerEndpointId',
] as const;

/** A target, with exactly one of `RECEIVER_KEYS`. */
export interface TrafficMirrorTarget extends Encapsulated {
  readonly trafficMirrorTargetId: string;
  /** A declared interface with an address, or a literal IP address. */
  readonly networkInterfaceId?: string;
  readonly networkLoadBalancerArn?: string;
  readonly gatewayLoadBalancerEndpointId?: string;
  /** The most that copies to it may take, in bits per second of outer IP packets; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
  readonly description?: string;
  readonly tags: Tags;
}

/** The part of a target that says where copies go. */
export type Receiver = Pick<TrafficMirrorTarget, (typeof RECEIVER_KEYS)[number]>;

/** True for load balancers of both kinds, towards which the packet length has a default and a lower maximum. */
export function isLoadBalanced(receiver: Draft<Receiver>): boolean {
  return (
    receiver.networkLoadBalancerArn !== undefined || receiver.gatewayLoadBalancerEndpointId !== undefined
  );
}

/** How a load balancer's addresses are checked; the names are those of Elastic Load Balancing's target groups. */
interface HealthCheck {
  /** TCP: a connection can be made. HTTP: a GET is answered with status 200 to 399. */
  readonly protocol: 'TCP' | 'HTTP';
  readonly port: number;
  /** The path of the GET; HTTP only. */
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Successes in a row until an address takes flows again. */
  readonly healthyThresholdCount: number;
  /** Failures in a row until it takes none. */
  readonly unhealthyThresholdCount: number;
}

/** The protocols of listeners, as Elastic Load Balancing has them. */
export const LISTENER_PROTOCOLS = ['UDP', 'TCP', 'TCP_UDP', 'TLS'] as const;

/** What a load balancer takes. Only listeners that take UDP on the port of the copies matter here. */
export interface Listener {
  readonly protocol: (typeof LISTENER_PROTOCOLS)[number];
  /** 1–65535. */
  readonly port: number;
}

/** A receiver behind a load balancer, in the zone that has no name when none is given. */
export interface ZonedAddress {
  readonly address: UnderlayAddress;
  readonly availabilityZone?: string;
}

/** A load balancer. The flow hash of a frame chooses one of its addresses. */
export interface NetworkLoadBalancer extends Encapsulated {
  readonly networkLoadBalancerArn: string;
  /** At least one, each address once. */
  readonly targets: readonly (UnderlayAddress | ZonedAddress)[];
  /** Each port and protocol once; absent: one of UDP, on the port of the copies. */
  readonly listeners?: readonly Listener[];
  /** False: copies of a source go only to addresses of its own zone; absent: to all. */
  readonly crossZone?: boolean;
  readonly healthCheck?: HealthCheck;
  /** The most that copies to all of its addresses together may take, in bits per second of outer IP packets; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
}

/** An endpoint. The load balancer behind it encapsulates copies once more, in GENEVE. */
export interface GatewayLoadBalancerEndpoint extends Encapsulated {
  readonly gatewayLoadBalancerEndpointId: string;
  readonly address: UnderlayAddress;
  /** The most that copies to it may take, in bits per second of outer IP packets; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
}
