/** Where the copies to a target go. */
import type { UnderlayAddress } from './address.js';
import { interfaceResolver } from './network-interface.js';
import type { ResourceSet } from './resource-set.js';
import type { Receiver } from './traffic-mirror-target.js';

/** Finds where copies go; nowhere when the receiver, or its address, is not there. */
export type ReceiverResolver = (receiver: Receiver) => readonly UnderlayAddress[];

/** Of what a configuration declares. */
export function receiverResolver(resources: ResourceSet): ReceiverResolver {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const resolve = interfaceResolver(networkInterfaces);
  const balanced = new Map(
    networkLoadBalancers.map(({ networkLoadBalancerArn, targets }) => [networkLoadBalancerArn, targets]),
  );
  const endpoints = new Map(
    gatewayLoadBalancerEndpoints.map((endpoint) => [
      endpoint.gatewayLoadBalancerEndpointId,
      [endpoint.address],
    ]),
  );
  return ({ networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId }) => {
    if (networkLoadBalancerArn !== undefined) return balanced.get(networkLoadBalancerArn) ?? [];
    if (gatewayLoadBalancerEndpointId !== undefined)
      return endpoints.get(gatewayLoadBalancerEndpointId) ?? [];
    const address = resolve(networkInterfaceId ?? '')?.address;
    return address === undefined ? [] : [address];
  };
}
