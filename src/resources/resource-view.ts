/** What rules across resources look at: the resources of a file, or all that the control API knows. */
import type { UnderlayAddress } from './address.js';
import { showDevice } from './device.js';
import type { Draft } from './draft.js';
import { interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import type { ResourceSet } from './resource-set.js';
import type { Receiver } from './traffic-mirror-target.js';

/** What makes two interfaces one: the same id, device or address. */
export type Trait = string;

/** What an interface can be told by; none for one that is not there. */
export function interfaceTraits(found: Draft<NetworkInterface> | undefined): Trait[] {
  const { networkInterfaceId, device, netns, address } = found ?? {};
  return [
    ...(networkInterfaceId === undefined ? [] : [`id ${show(networkInterfaceId)}`]),
    ...(device === undefined ? [] : [`device ${showDevice(device, netns)}`]),
    ...(address === undefined ? [] : [addressTrait(address)]),
  ];
}

/** Of a load balancer's receivers, too. */
export function addressTrait(address: string): Trait {
  return `address ${address}`;
}

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
