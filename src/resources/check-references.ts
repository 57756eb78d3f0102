/** Every reference finds what it names: a source has a device, and a target has one receiver with an address. */
import { isAddressLiteral, parseUnderlayAddress } from './address.js';
import { type Draft, entries, isKnown } from './draft.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import { type Place, type ProblemPath, placesOf, type ResourceProblem } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { checkReceiver, checkSource, checkTargetInterface } from './rules.js';
import type { TrafficMirrorTarget } from './traffic-mirror-target.js';

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
  const violation = checkReceiver(target);
  if (violation === undefined) return [];
  const text =
    'exactly one of networkInterfaceId, networkLoadBalancerArn and gatewayLoadBalancerEndpointId must be given';
  return [{ path, code: violation.code, text }];
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

type Interface = Draft<NetworkInterface>;

/** Reports `missing-reference`, `no-device` and `no-address`. */
export function checkInterfaces(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, trafficMirrorTargets, trafficMirrorSessions } = resources;
  if (networkInterfaces === undefined) return [];
  const resolve = interfaceResolver(networkInterfaces);
  const declared = new Set<Interface | undefined>(networkInterfaces);
  const sources = placesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'networkInterfaceId');
  const targets = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkInterfaceId');
  return [
    ...[...entries(networkInterfaces)].flatMap(namespaceProblems),
    ...sources.flatMap((place) => sourceProblems(place, resolve)),
    ...targets.flatMap((place) => targetProblems(place, resolve, declared)),
  ];
}

/** The namespace of nothing: most likely one meant that copies go there, which they do not. */
function namespaceProblems([index, networkInterface]: readonly [number, Interface]): ResourceProblem[] {
  const { device, netns } = networkInterface;
  if (netns === undefined || device !== undefined || !isKnown(networkInterface, 'device')) return [];
  const text = `${show(netns)} is given without a device, which would live there`;
  return [{ path: ['networkInterfaces', index, 'netns'], code: 'no-device', text }];
}

function sourceProblems(
  { value, path }: Place<string>,
  resolve: InterfaceResolver<Interface>,
): ResourceProblem[] {
  const source = resolve(value);
  if (source === undefined) {
    const text = `${show(value)} is neither declared under networkInterfaces nor a possible device name`;
    return [{ path, code: 'missing-reference', text }];
  }
  const violation = checkSource(source);
  if (violation === undefined) return [];
  return [{ path, code: violation.code, text: `${show(value)} has no device, and a source needs one` }];
}

function targetProblems(
  { value, path }: Place<string>,
  resolve: InterfaceResolver<Interface>,
  declared: ReadonlySet<Interface | undefined>,
): ResourceProblem[] {
  const target = resolve(value);
  if (target !== undefined && checkTargetInterface(target) === undefined) return [];
  const address = parseUnderlayAddress(value);
  if (isAddressLiteral(value) && !address.ok) return [{ path, code: 'no-address', text: address.text }];
  // A local device has addresses, but which of them is meant only a declaration can say.
  if (!declared.has(target)) {
    const text = `${show(value)} is neither declared under networkInterfaces nor an IP address`;
    return [{ path, code: 'missing-reference', text }];
  }
  return [{ path, code: 'no-address', text: `${show(value)} has no address, and a target needs one` }];
}
