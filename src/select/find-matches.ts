/** Finds what selectors match, within bounds: what exists is up to strangers. */
import { type DeviceName, type NamespacePath, parseDeviceName } from '../resources/device.js';
import type { NetworkInterface } from '../resources/network-interface.js';
import { plainPath, type SelectorTest } from './selector-test.js';
import type { ContainerSight, NamespaceSight, World } from './world.js';

/** Of all selectors together. */
export const MAXIMUM_MATCHES = 4096;

/** The same with libpcap I/O, where each direction of a match is an engine process. */
export const MAXIMUM_MATCHES_LIBPCAP = 16;

/** Of one selector in one foreign namespace: who is root in a container may make devices, and must not use up the rest. */
export const MAXIMUM_IN_NAMESPACE = 16;

/** A device that a selector finds. */
export interface Match {
  readonly selectorId: string;
  /** The selector that names the interface: the first of the file that finds the device. */
  readonly namedBy: string;
  readonly device: DeviceName;
  /** Absent: the daemon's own namespace. */
  readonly netns?: NamespacePath;
  readonly netnsIdentity?: string;
  /** What the interface belongs to: the namespace's path or the container's id; part of its name. */
  readonly owner: readonly string[];
  /** The id of the declared interface that it is; absent: none is declared. */
  readonly declaredId?: string;
}

/** Why a selector does not have all that it finds. */
export type LeftOutReason = 'maximum-matches' | 'all-matches' | 'namespace-devices';

/** What a selector does not have. */
interface LeftOut {
  readonly count: number;
  readonly reason: LeftOutReason;
}

/** The matches in the order of selectors, and what each selector left out; those that left out nothing are missing. */
export interface Found {
  readonly matches: readonly Match[];
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

/** A declared interface that has a device, and the namespace that its path names now. */
export interface DeclaredSight {
  readonly declared: NetworkInterface & { readonly device: DeviceName };
  /** Of its namespace: empty for the daemon's own; the path of one that is not there. */
  readonly identity: string;
}

interface Candidate {
  readonly device: DeviceName;
  readonly netns: NamespacePath | undefined;
  /** As that of a declared one. */
  readonly identity: string;
  readonly owner: readonly string[];
  readonly declaredId?: string;
}

/** The same for one match over time. */
export function matchKey({
  selectorId,
  device,
  owner,
}: Pick<Match, 'selectorId' | 'device' | 'owner'>): string {
  return JSON.stringify([selectorId, device, ...owner]);
}

/**
 * Finds all matches. Those that were there before go first, so that newcomers take nobody's place.
 * @param before keys of the matches that there were
 * @param most matches of all selectors together
 */
export function findMatches(
  tests: readonly SelectorTest[],
  world: World,
  declared: readonly DeclaredSight[],
  before: ReadonlySet<string>,
  most: number,
): Found {
  const byPlace = new Map(declared.map((sight) => [placeKey(sight.identity, sight.declared.device), sight]));
  const namedBy = new Map<string, Pick<Match, 'namedBy' | 'owner'>>();
  const all = tests.map((test) => {
    const candidates = unique(candidatesOf(test, world, declared));
    for (const { identity, device, owner } of candidates) {
      const key = placeKey(identity, device);
      if (!namedBy.has(key)) namedBy.set(key, { namedBy: test.selector.selectorId, owner });
    }
    return { test, candidates };
  });
  const leftOut = new Map<string, LeftOut>();
  const matches: Match[] = [];
  for (const { test, candidates } of all) {
    const { selectorId } = test.selector;
    const found = candidates.map((candidate): Match => {
      const { device, netns, identity } = candidate;
      const key = placeKey(identity, device);
      const naming = namedBy.get(key) ?? { namedBy: selectorId, owner: candidate.owner };
      const declaredId = candidate.declaredId ?? byPlace.get(key)?.declared.networkInterfaceId;
      return {
        selectorId,
        ...naming,
        device,
        ...(netns !== undefined && { netns }),
        ...(netns !== undefined && declaredId === undefined && { netnsIdentity: identity }),
        ...(declaredId !== undefined && { declaredId }),
      };
    });
    const { kept, ...rest } = bounded(found, test.selector.maximumMatches, most - matches.length, before);
    matches.push(...kept);
    if (rest.count > 0) leftOut.set(selectorId, rest);
  }
  return { matches, leftOut };
}

/** Devices in namespaces that a selector finds, with `namedBy` still open. */
function* candidatesOf(
  test: SelectorTest,
  world: World,
  declared: readonly DeclaredSight[],
): Generator<Candidate> {
  const containers = test.namesContainers ? fittingContainers(test, world) : undefined;
  if (test.isOfDeclared) {
    for (const { declared: one, identity } of declared) {
      const { device, netns, networkInterfaceId } = one;
      if (!test.fitsPlace(one) || !test.fitsName(device)) continue;
      if (test.namesNamespaces && !(netns !== undefined && test.fitsNamespace(plainPath(netns)))) continue;
      if (containers !== undefined && !containers.has(identity)) continue;
      const owner = ['declared', networkInterfaceId];
      yield { device, netns, identity, owner, declaredId: networkInterfaceId };
    }
    return;
  }
  if (containers !== undefined) {
    for (const { container, sight } of containers.values()) {
      yield* devicesOf(test, sight, container.netns, ['container', container.id]);
    }
    return;
  }
  if (!test.namesNamespaces) {
    yield* devicesOf(test, world.own, undefined, []);
    return;
  }
  for (const [path, sight] of world.namespaces) {
    // The daemon's own namespace is found by selectors without netns: nobody else may lend it a path.
    if (sight.identity === world.own.identity || !test.fitsNamespace(path)) continue;
    yield* devicesOf(test, sight, path, ['netns', path]);
  }
}

/** By namespace: containers of a pod share one, and the first of them has it. */
function fittingContainers(
  test: SelectorTest,
  { own, namespaces, containers }: World,
): Map<string, { readonly container: ContainerSight; readonly sight: NamespaceSight }> {
  const found = new Map<string, { readonly container: ContainerSight; readonly sight: NamespaceSight }>();
  for (const container of containers) {
    const sight = namespaces.get(container.netns);
    // A container in the daemon's own namespace has no devices of its own.
    if (sight === undefined || sight.identity === own.identity || found.has(sight.identity)) continue;
    if (!test.fitsContainer(container) || !test.fitsNamespace(plainPath(container.netns))) continue;
    found.set(sight.identity, { container, sight });
  }
  return found;
}

function* devicesOf(
  test: SelectorTest,
  { identity, devices }: NamespaceSight,
  netns: NamespacePath | undefined,
  owner: readonly string[],
): Generator<Candidate> {
  for (const sight of devices) {
    if (!test.fitsDevice(sight)) continue;
    // What the kernel takes as a name may hold what moves the cursor of a terminal: no source has such a name.
    const device = parseDeviceName(sight.name);
    if (!device.ok) continue;
    yield { device: device.value, netns, identity: netns === undefined ? '' : identity, owner };
  }
}

/** One of several paths to a device: the first. */
function unique(candidates: Iterable<Candidate>): Candidate[] {
  const byPlace = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = placeKey(candidate.identity, candidate.device);
    if (!byPlace.has(key)) byPlace.set(key, candidate);
  }
  return [...byPlace.values()];
}

function bounded(
  found: readonly Match[],
  maximum: number,
  room: number,
  before: ReadonlySet<string>,
): LeftOut & { readonly kept: readonly Match[] } {
  const wasThere = (match: Match): boolean => before.has(matchKey(match));
  const ordered = [...found.filter(wasThere), ...found.filter((match) => !wasThere(match))];
  const inNamespace = new Map<string, number>();
  const fair = ordered.filter(({ netnsIdentity }) => {
    if (netnsIdentity === undefined) return true;
    const count = (inNamespace.get(netnsIdentity) ?? 0) + 1;
    inNamespace.set(netnsIdentity, count);
    return count <= MAXIMUM_IN_NAMESPACE;
  });
  const kept = fair.slice(0, Math.min(maximum, room));
  const count = found.length - kept.length;
  if (kept.length === fair.length) return { kept, count, reason: 'namespace-devices' };
  return { kept, count, reason: maximum <= room ? 'maximum-matches' : 'all-matches' };
}

function placeKey(identity: string, device: string): string {
  return JSON.stringify([identity, device]);
}
