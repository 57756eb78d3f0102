/** Every reference by id finds what it names. Interfaces have rules of their own: check-interfaces.ts. */
import { type Draft, entries, isKnown } from './draft.js';
import { show } from './parsed.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import { type Place, placesOf } from './repeats.js';
import type { ResourceSet } from './resource-set.js';
import { RECEIVER_KEYS, type TrafficMirrorTarget } from './traffic-mirror-target.js';

/** Reports `missing-reference` and `not-exactly-one-target`. */
export function checkReferences(resources: Draft<ResourceSet>): ResourceProblem[] {
  const targets = resources.trafficMirrorTargets;
  const filters = resources.trafficMirrorFilters;
  const loadBalancers = resources.networkLoadBalancers;
  const endpoints = resources.gatewayLoadBalancerEndpoints;
  const sessions = resources.trafficMirrorSessions;
  const toLoadBalancers = placesOf(targets, ['trafficMirrorTargets'], 'networkLoadBalancerArn');
  const toEndpoints = placesOf(targets, ['trafficMirrorTargets'], 'gatewayLoadBalancerEndpointId');
  const toTargets = placesOf(sessions, ['trafficMirrorSessions'], 'trafficMirrorTargetId');
  const toFilters = placesOf(sessions, ['trafficMirrorSessions'], 'trafficMirrorFilterId');
  return [
    ...[...entries(targets)].flatMap(([index, target]) =>
      destination(target, ['trafficMirrorTargets', index]),
    ),
    ...missing(toLoadBalancers, 'networkLoadBalancers', idsOf(loadBalancers, 'networkLoadBalancerArn')),
    ...missing(
      toEndpoints,
      'gatewayLoadBalancerEndpoints',
      idsOf(endpoints, 'gatewayLoadBalancerEndpointId'),
    ),
    ...missing(toTargets, 'trafficMirrorTargets', idsOf(targets, 'trafficMirrorTargetId')),
    ...missing(toFilters, 'trafficMirrorFilters', idsOf(filters, 'trafficMirrorFilterId')),
  ];
}

function destination(target: Draft<TrafficMirrorTarget>, path: ProblemPath): ResourceProblem[] {
  if (!RECEIVER_KEYS.every((key) => isKnown(target, key))) return [];
  if (RECEIVER_KEYS.filter((key) => target[key] !== undefined).length === 1) return [];
  const text =
    'exactly one of networkInterfaceId, networkLoadBalancerArn and gatewayLoadBalancerEndpointId must be given';
  return [{ path, code: 'not-exactly-one-target', text }];
}

/** Undefined when the list was refused: then nothing is known of its ids. */
function idsOf<Item extends object, Field extends keyof Item & string>(
  list: readonly (Item | undefined)[] | undefined,
  field: Field,
): Set<unknown> | undefined {
  return list && new Set(placesOf(list, [], field).map((place) => place.value));
}

function missing(
  references: readonly Place<string>[],
  listName: keyof ResourceSet,
  ids: Set<unknown> | undefined,
): ResourceProblem[] {
  if (ids === undefined) return [];
  return references
    .filter(({ value }) => !ids.has(value))
    .map(({ path, value }) => ({
      path,
      code: 'missing-reference',
      text: `${show(value)} is not declared under ${listName}`,
    }));
}
