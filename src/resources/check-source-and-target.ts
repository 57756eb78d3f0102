/** No interface is both a source and a target: the copies that reach it would be mirrored in their turn. */
import { type Draft, entries } from './draft.js';
import { interfaceResolver, type NetworkInterface, showDevice } from './network-interface.js';
import { show } from './parsed.js';
import { formatPath, type ResourceProblem } from './problem.js';
import { type Place, placesOf } from './repeats.js';
import type { ResourceSet } from './resource-set.js';

/** What makes two interfaces one: the same id, device or address. */
export type Trait = string;

/** Reports `interface-both-source-and-target`. */
export function checkSourceAndTarget(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const { trafficMirrorTargets, trafficMirrorSessions } = resources;
  const resolve = interfaceResolver(networkInterfaces);
  const mirrored = placesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'networkInterfaceId');
  const sources = new Map<Trait, string>();
  for (const { value, path } of mirrored) {
    const session = formatPath(path.slice(0, -1));
    for (const trait of interfaceTraits(resolve(value))) sources.set(trait, sources.get(trait) ?? session);
  }
  const balanced = new Map<string | undefined, Trait[]>();
  for (const [, { networkLoadBalancerArn, targets }] of entries(networkLoadBalancers)) {
    balanced.set(
      networkLoadBalancerArn,
      [...entries(targets)].map(([, address]) => addressTrait(address)),
    );
  }
  const endpoints = new Map<string | undefined, Trait[]>();
  for (const [, { gatewayLoadBalancerEndpointId, address }] of entries(gatewayLoadBalancerEndpoints)) {
    if (address !== undefined) endpoints.set(gatewayLoadBalancerEndpointId, [addressTrait(address)]);
  }
  const interfaces = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkInterfaceId');
  const loadBalancers = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkLoadBalancerArn');
  const gateways = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'gatewayLoadBalancerEndpointId');
  return [
    ...interfaces.flatMap((place) => conflict(place, interfaceTraits(resolve(place.value)), sources)),
    ...loadBalancers.flatMap((place) => conflict(place, balanced.get(place.value) ?? [], sources)),
    ...gateways.flatMap((place) => conflict(place, endpoints.get(place.value) ?? [], sources)),
  ];
}

function conflict(
  { path }: Place<string>,
  targetTraits: readonly Trait[],
  sources: ReadonlyMap<Trait, string>,
): ResourceProblem[] {
  const shared = targetTraits.find((trait) => sources.has(trait));
  if (shared === undefined) return [];
  const text = `has the same ${shared} as the source of ${sources.get(shared)}: an interface is a source or a target`;
  return [{ path, code: 'interface-both-source-and-target', text }];
}

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
