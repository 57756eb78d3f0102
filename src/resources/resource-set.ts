/** All resources together. */
import type { NetworkInterface } from './network-interface.js';
import type { TrafficMirrorFilter } from './traffic-mirror-filter.js';
import type { TrafficMirrorSession } from './traffic-mirror-session.js';
import type {
  GatewayLoadBalancerEndpoint,
  NetworkLoadBalancer,
  TrafficMirrorTarget,
} from './traffic-mirror-target.js';

/** Everything that is declared, in the order it was declared. */
export interface ResourceSet {
  readonly networkInterfaces: readonly NetworkInterface[];
  readonly networkLoadBalancers: readonly NetworkLoadBalancer[];
  readonly gatewayLoadBalancerEndpoints: readonly GatewayLoadBalancerEndpoint[];
  readonly trafficMirrorTargets: readonly TrafficMirrorTarget[];
  readonly trafficMirrorFilters: readonly TrafficMirrorFilter[];
  readonly trafficMirrorSessions: readonly TrafficMirrorSession[];
}
