/** Every id names one resource of its kind, and every device belongs to one interface. */
import type { Draft } from './draft.js';
import { show } from './parsed.js';
import { formatPath, type ProblemCode, type ResourceProblem } from './problem.js';
import { type Place, placesOf, repeats } from './repeats.js';
import type { ResourceSet } from './resource-set.js';
import { RULE_LISTS } from './traffic-mirror-filter.js';

/** Reports `duplicate-id` and `duplicate-device`. */
export function checkIdentifiers(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, networkLoadBalancers, trafficMirrorTargets, trafficMirrorSessions } = resources;
  const filters = resources.trafficMirrorFilters;
  const ids: Place<string>[][] = [
    placesOf(networkInterfaces, ['networkInterfaces'], 'networkInterfaceId'),
    placesOf(networkLoadBalancers, ['networkLoadBalancers'], 'networkLoadBalancerArn'),
    placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'trafficMirrorTargetId'),
    placesOf(filters, ['trafficMirrorFilters'], 'trafficMirrorFilterId'),
    placesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'trafficMirrorSessionId'),
    ruleIds(filters),
  ];
  const devices = placesOf(networkInterfaces, ['networkInterfaces'], 'device');
  return [...ids.flatMap((places) => taken(places, 'duplicate-id')), ...taken(devices, 'duplicate-device')];
}

function ruleIds(filters: Draft<ResourceSet>['trafficMirrorFilters']): Place<string>[] {
  return (filters ?? []).flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      placesOf(filter?.[list], ['trafficMirrorFilters', index, list], 'trafficMirrorFilterRuleId'),
    ),
  );
}

function taken(places: readonly Place<string>[], code: ProblemCode): ResourceProblem[] {
  return repeats(places).map(({ path, value, first }) => ({
    path,
    code,
    text: `${show(value)} is taken by ${formatPath(first.slice(0, -1))}`,
  }));
}
