/** The sessions of a file: their numbers, their packet lengths, and that no source is a target. */
import { type Draft, entries } from './draft.js';
import { interfaceResolver } from './network-interface.js';
import { LOAD_BALANCER_PACKET_LENGTH } from './numbers.js';
import { show } from './parsed.js';
import { formatPath, type Place, placesOf, type ResourceProblem, repeatProblems } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { addressTrait, interfaceTraits, type Trait } from './resource-view.js';
import { isLoadBalanced } from './traffic-mirror-target.js';

/** Reports `duplicate-session-number` and `load-balancer-packet-length`. */
export function checkSessions(resources: Draft<ResourceSet>): ResourceProblem[] {
  return [...duplicateNumbers(resources), ...packetLengths(resources)];
}

function duplicateNumbers(resources: Draft<ResourceSet>): ResourceProblem[] {
  const resolve = interfaceResolver(resources.networkInterfaces);
  const places: Place<string>[] = [];
  for (const [index, { networkInterfaceId, sessionNumber }] of entries(resources.trafficMirrorSessions)) {
    if (networkInterfaceId === undefined || sessionNumber === undefined) continue;
    const source = resolve(networkInterfaceId)?.networkInterfaceId ?? networkInterfaceId;
    const path = ['trafficMirrorSessions', index, 'sessionNumber'];
    places.push({ value: `${sessionNumber} on ${show(source)}`, path });
  }
  return repeatProblems(places, 'duplicate-session-number', (value) => value);
}

function packetLengths(resources: Draft<ResourceSet>): ResourceProblem[] {
  const loadBalanced = new Set<string | undefined>();
  for (const [, target] of entries(resources.trafficMirrorTargets)) {
    if (isLoadBalanced(target)) loadBalanced.add(target.trafficMirrorTargetId);
  }
  return [...entries(resources.trafficMirrorSessions)].flatMap(
    ([index, { trafficMirrorTargetId, packetLength }]) => {
      if (trafficMirrorTargetId === undefined || !loadBalanced.has(trafficMirrorTargetId)) return [];
      if (packetLength === undefined || packetLength <= LOAD_BALANCER_PACKET_LENGTH) return [];
      const text = `${packetLength} is above ${LOAD_BALANCER_PACKET_LENGTH}, the maximum towards a load balancer`;
      const path = ['trafficMirrorSessions', index, 'packetLength'];
      return [{ path, code: 'load-balancer-packet-length' as const, text }];
    },
  );
}

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
