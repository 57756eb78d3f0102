/** Sources have a device, targets have an address, and no interface is both. */
import { type Draft, entries, isKnown } from './draft.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import { formatPath, type ProblemPath, type ResourceProblem } from './problem.js';
import { type Place, placesOf } from './repeats.js';
import type { ResourceSet } from './resource-set.js';

type Interface = Draft<NetworkInterface>;
type Resolve = InterfaceResolver<Interface>;

/** Reports `missing-reference`, `no-device`, `no-address` and `interface-both-source-and-target`. */
export function checkInterfaces(resources: Draft<ResourceSet>): ResourceProblem[] {
  const { networkInterfaces, trafficMirrorTargets, trafficMirrorSessions } = resources;
  if (networkInterfaces === undefined) return [];
  const resolve = interfaceResolver(networkInterfaces);
  const sources = placesOf(trafficMirrorSessions, ['trafficMirrorSessions'], 'networkInterfaceId');
  const targets = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkInterfaceId');
  const declared = new Set<Interface | undefined>(networkInterfaces);
  return [
    ...sources.flatMap((place) => sourceProblem(place, resolve)),
    ...targets.flatMap((place) => targetProblem(place, resolve, declared)),
    ...bothProblems(resources, sources, targets, resolve),
  ];
}

function sourceProblem({ value, path }: Place<string>, resolve: Resolve): ResourceProblem[] {
  const source = resolve(value);
  if (source === undefined) {
    const text = `${show(value)} is neither declared under networkInterfaces nor the name of a local device`;
    return [{ path, code: 'missing-reference', text }];
  }
  if (source.device !== undefined || !isKnown(source, 'device')) return [];
  return [{ path, code: 'no-device', text: `${show(value)} has no device, and a source must have one` }];
}

function targetProblem(
  { value, path }: Place<string>,
  resolve: Resolve,
  declared: ReadonlySet<Interface | undefined>,
): ResourceProblem[] {
  const target = resolve(value);
  if (target?.address !== undefined || (target && !isKnown(target, 'address'))) return [];
  if (declared.has(target)) {
    return [{ path, code: 'no-address', text: `${show(value)} has no address, and a target must have one` }];
  }
  const text = `${show(value)} is neither declared under networkInterfaces nor an IP address`;
  return [{ path, code: 'missing-reference', text }];
}

/** The same id, device or address makes two interfaces one. */
function bothProblems(
  { networkLoadBalancers, trafficMirrorTargets }: Draft<ResourceSet>,
  sources: readonly Place<string>[],
  targets: readonly Place<string>[],
  resolve: Resolve,
): ResourceProblem[] {
  const mirrored = new Map<string, ProblemPath>();
  for (const { value, path } of sources) {
    for (const name of namesOf(resolve(value))) mirrored.set(name, mirrored.get(name) ?? path.slice(0, -1));
  }
  const balanced = placesOf(trafficMirrorTargets, ['trafficMirrorTargets'], 'networkLoadBalancerArn');
  return [
    ...targets.flatMap(({ value, path }) => both(namesOf(resolve(value)), mirrored, path)),
    ...balanced.flatMap(({ value, path }) => both(loadBalancerNames(value, networkLoadBalancers), mirrored, path)),
  ];
}
