/** Sources have a device, devices alone have a namespace, and targets have an address. */
import { isAddressLiteral, parseUnderlayAddress } from './address.js';
import { type Draft, entries, isKnown } from './draft.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import type { ResourceProblem } from './problem.js';
import { type Place, placesOf } from './repeats.js';
import type { ResourceSet } from './resource-set.js';

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
  if (source.device !== undefined || !isKnown(source, 'device')) return [];
  return [{ path, code: 'no-device', text: `${show(value)} has no device, and a source needs one` }];
}

function targetProblems(
  { value, path }: Place<string>,
  resolve: InterfaceResolver<Interface>,
  declared: ReadonlySet<Interface | undefined>,
): ResourceProblem[] {
  const target = resolve(value);
  if (target !== undefined && (target.address !== undefined || !isKnown(target, 'address'))) return [];
  const address = parseUnderlayAddress(value);
  if (isAddressLiteral(value) && !address.ok) return [{ path, code: 'no-address', text: address.text }];
  // A local device has addresses, but which of them is meant only a declaration can say.
  if (!declared.has(target)) {
    const text = `${show(value)} is neither declared under networkInterfaces nor an IP address`;
    return [{ path, code: 'missing-reference', text }];
  }
  return [{ path, code: 'no-address', text: `${show(value)} has no address, and a target needs one` }];
}
