/**
 * Checks ids and references: each id names one resource of its kind, each device belongs to one interface, and each
 * reference finds what it names. A source has a device, and a target has one receiver with an address.
 */
import { isAddressLiteral, parseUnderlayAddress } from './address.js';
import { showDevice } from './device.js';
import { type Draft, entries, isKnown } from './draft.js';
import { balancedAddress, listenerName } from './load-balancing.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import { type ProblemPath, repeatProblems, type ValueAtPath, valuesOf } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { checkReceiver, checkSource, checkTargetInterface, type ResourceProblem } from './rules.js';
import { andList } from './text.js';
import { RULE_LISTS } from './traffic-mirror-filter.js';
import {
  type NetworkLoadBalancer,
  RECEIVER_KEYS,
  type TrafficMirrorTarget,
} from './traffic-mirror-target.js';

type Interface = Draft<NetworkInterface>;

/** Reports `duplicate-id`, `duplicate-device`, `duplicate-address` and `duplicate-listener`. */
export function checkIdentifiers(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const { trafficMirrorTargets, trafficMirrorSessions } = resources;
  const filters = resources.trafficMirrorFilters;
  const ids: ValueAtPath<string>[][] = [
    valuesOf(networkInterfaces, ['networkInterfaces'], 'networkInterfaceId'),
    valuesOf(networkLoadBalancers, ['networkLoadBalancers'], 'networkLoadBalancerArn'),
    valuesOf(gatewayLoadBalancerEndpoints, ['gatewayLoadBalancerEndpoints'], 'gatewayLoadBalancerEndpointId'),
    valuesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'trafficMirrorTargetId'),
    valuesOf(filters, ['trafficMirrorFilters'], 'trafficMirrorFilterId'),
    valuesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'trafficMirrorSessionId'),
    ruleIds(filters),
  ];
  return [
    ...ids.flatMap((values) => repeatProblems(values, 'duplicate-id')),
    ...repeatProblems(deviceNames(networkInterfaces), 'duplicate-device', (device) => device),
    ...[...entries(networkLoadBalancers)].flatMap(([index, { targets, listeners }]) => [
      ...repeatProblems(addresses(targets, ['networkLoadBalancers', index, 'targets']), 'duplicate-address'),
      ...repeatProblems(
        listenerNames(listeners, ['networkLoadBalancers', index, 'listeners']),
        'duplicate-listener',
        (listener) => listener,
      ),
    ]),
  ];
}

/** Reports `missing-reference` and `not-exactly-one-target`. */
export function checkReferences(resources: Draft<ResourceSet>): ResourceProblem[] {
  const targets = resources.trafficMirrorTargets;
  const filters = resources.trafficMirrorFilters;
  const loadBalancers = resources.networkLoadBalancers;
  const endpoints = resources.gatewayLoadBalancerEndpoints;
  const sessions = resources.trafficMirrorSessions;
  const toLoadBalancers = valuesOf(targets, ['trafficMirrorTargets'], 'networkLoadBalancerArn');
  const toEndpoints = valuesOf(targets, ['trafficMirrorTargets'], 'gatewayLoadBalancerEndpointId');
  const toTargets = valuesOf(sessions, ['trafficMirrorSessions'], 'trafficMirrorTargetId');
  const toFilters = valuesOf(sessions, ['trafficMirrorSessions'], 'trafficMirrorFilterId');
  return [
    ...[...entries(targets)].flatMap(([index, target]) =>
      receiverProblems(target, ['trafficMirrorTargets', index]),
    ),
    ...missingReferences(
      toLoadBalancers,
      'networkLoadBalancers',
      idsOf(loadBalancers, 'networkLoadBalancerArn'),
    ),
    ...missingReferences(
      toEndpoints,
      'gatewayLoadBalancerEndpoints',
      idsOf(endpoints, 'gatewayLoadBalancerEndpointId'),
    ),
    ...missingReferences(toTargets, 'trafficMirrorTargets', idsOf(targets, 'trafficMirrorTargetId')),
    ...missingReferences(toFilters, 'trafficMirrorFilters', idsOf(filters, 'trafficMirrorFilterId')),
  ];
}

/** Reports `missing-reference`, `no-device` and `no-address`. */
export function checkInterfaces(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, trafficMirrorTargets, trafficMirrorSessions } = resources;
  if (networkInterfaces === undefined) return [];
  const resolve = interfaceResolver(networkInterfaces);
  const declared = new Set<Interface | undefined>(networkInterfaces);
  const sources = valuesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'networkInterfaceId');
  const targets = valuesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkInterfaceId');
  return [
    ...[...entries(networkInterfaces)].flatMap(namespaceProblems),
    ...sources.flatMap((value) => sourceProblems(value, resolve)),
    ...targets.flatMap((value) => targetProblems(value, resolve, declared)),
  ];
}

/** The same name in another namespace is another device. */
function deviceNames(interfaces: Draft<ResourceSet>['networkInterfaces']): ValueAtPath<string>[] {
  return [...entries(interfaces)].flatMap(([index, networkInterface]) => {
    const { device, netns } = networkInterface;
    if (device === undefined || !isKnown(networkInterface, 'netns')) return [];
    return [{ value: showDevice(device, netns), path: ['networkInterfaces', index, 'device'] }];
  });
}

function ruleIds(filters: Draft<ResourceSet>['trafficMirrorFilters']): ValueAtPath<string>[] {
  return (filters ?? []).flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      valuesOf(filter?.[list], ['trafficMirrorFilters', index, list], 'trafficMirrorFilterRuleId'),
    ),
  );
}

function addresses(targets: Draft<NetworkLoadBalancer>['targets'], path: ProblemPath): ValueAtPath<string>[] {
  return [...entries(targets)].flatMap(([index, target]) => {
    const value = balancedAddress(target);
    return value === undefined ? [] : [{ value, path: [...path, index] }];
  });
}

function listenerNames(
  listeners: Draft<NetworkLoadBalancer>['listeners'],
  path: ProblemPath,
): ValueAtPath<string>[] {
  return [...entries(listeners)].flatMap(([index, { protocol, port }]) =>
    protocol === undefined || port === undefined
      ? []
      : [{ value: listenerName({ protocol, port }), path: [...path, index] }],
  );
}

function receiverProblems(target: Draft<TrafficMirrorTarget>, path: ProblemPath): ResourceProblem[] {
  const violation = checkReceiver(target);
  if (violation === undefined) return [];
  const text = `exactly one of ${andList(RECEIVER_KEYS)} must be given`;
  return [{ path, code: violation.code, text }];
}

/** @returns undefined when the list was refused, so that its ids are not known. */
function idsOf<Item extends object, Field extends keyof Item & string>(
  list: readonly (Item | undefined)[] | undefined,
  field: Field,
): Set<unknown> | undefined {
  return list && new Set(valuesOf(list, [], field).map(({ value }) => value));
}

function missingReferences(
  references: readonly ValueAtPath<string>[],
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

/**
 * Reports a namespace without a device. Probably the address was meant to be in it, but copies go by the daemon's own.
 */
function namespaceProblems([index, networkInterface]: readonly [number, Interface]): ResourceProblem[] {
  const { device, netns } = networkInterface;
  if (netns === undefined || device !== undefined || !isKnown(networkInterface, 'device')) return [];
  const text = `${show(netns)} is given without a device, which would live there`;
  return [{ path: ['networkInterfaces', index, 'netns'], code: 'no-device', text }];
}

function sourceProblems(
  { value, path }: ValueAtPath<string>,
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
  { value, path }: ValueAtPath<string>,
  resolve: InterfaceResolver<Interface>,
  declared: ReadonlySet<Interface | undefined>,
): ResourceProblem[] {
  const target = resolve(value);
  if (target !== undefined && checkTargetInterface(target) === undefined) return [];
  const address = parseUnderlayAddress(value);
  if (isAddressLiteral(value) && !address.ok) return [{ path, code: 'no-address', text: address.text }];
  // A local device may have several addresses; only a declaration can say which one is meant.
  if (!declared.has(target)) {
    const text = `${show(value)} is neither declared under networkInterfaces nor an IP address`;
    return [{ path, code: 'missing-reference', text }];
  }
  return [{ path, code: 'no-address', text: `${show(value)} has no address, and a target needs one` }];
}
