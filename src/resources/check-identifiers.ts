/**
 * Every id names one resource of its kind, every device belongs to one interface, and a load balancer has each
 * address once.
 */
import { showDevice } from './device.js';
import { type Draft, entries, isKnown } from './draft.js';
import { type Place, type ProblemPath, placesOf, type ResourceProblem, repeatProblems } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { RULE_LISTS } from './traffic-mirror-filter.js';
import type { NetworkLoadBalancer } from './traffic-mirror-target.js';

/** Reports `duplicate-id`, `duplicate-device` and `duplicate-address`. */
export function checkIdentifiers(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const { trafficMirrorTargets, trafficMirrorSessions } = resources;
  const filters = resources.trafficMirrorFilters;
  const ids: Place<string>[][] = [
    placesOf(networkInterfaces, ['networkInterfaces'], 'networkInterfaceId'),
    placesOf(networkLoadBalancers, ['networkLoadBalancers'], 'networkLoadBalancerArn'),
    placesOf(gatewayLoadBalancerEndpoints, ['gatewayLoadBalancerEndpoints'], 'gatewayLoadBalancerEndpointId'),
    placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'trafficMirrorTargetId'),
    placesOf(filters, ['trafficMirrorFilters'], 'trafficMirrorFilterId'),
    placesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'trafficMirrorSessionId'),
    ruleIds(filters),
  ];
  return [
    ...ids.flatMap((places) => repeatProblems(places, 'duplicate-id')),
    ...repeatProblems(devices(networkInterfaces), 'duplicate-device', (device) => device),
    ...[...entries(networkLoadBalancers)].flatMap(([index, { targets }]) =>
      repeatProblems(addresses(targets, ['networkLoadBalancers', index, 'targets']), 'duplicate-address'),
    ),
  ];
}

/** The same name in another namespace is another device. */
function devices(interfaces: Draft<ResourceSet>['networkInterfaces']): Place<string>[] {
  return [...entries(interfaces)].flatMap(([index, networkInterface]) => {
    const { device, netns } = networkInterface;
    if (device === undefined || !isKnown(networkInterface, 'netns')) return [];
    return [{ value: showDevice(device, netns), path: ['networkInterfaces', index, 'device'] }];
  });
}

function ruleIds(filters: Draft<ResourceSet>['trafficMirrorFilters']): Place<string>[] {
  return (filters ?? []).flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      placesOf(filter?.[list], ['trafficMirrorFilters', index, list], 'trafficMirrorFilterRuleId'),
    ),
  );
}

function addresses(targets: Draft<NetworkLoadBalancer>['targets'], path: ProblemPath): Place<string>[] {
  return [...entries(targets)].map(([index, value]) => ({ value, path: [...path, index] }));
}
