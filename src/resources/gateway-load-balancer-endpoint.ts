/** Gateway Load Balancer endpoints: an address before appliances that other machinery chooses from. */
import type { UnderlayAddress } from './address.js';

/** Copies reach it as VXLAN; what is behind it wraps them in GENEVE. */
export interface GatewayLoadBalancerEndpoint {
  readonly gatewayLoadBalancerEndpointId: string;
  readonly address: UnderlayAddress;
}
