/** What the kernel tells: devices, ways and firewall, in the namespace that copies leave from and in those of the sources. */
import type { Device } from '../linux/devices.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { NamespaceError } from '../linux/network-namespace.js';
import type { BackendName, MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { Facts, PlaceFacts, ProcessFacts, SourceFacts, WayFacts } from './facts.js';
import type { Unseen } from './finding.js';
import { lookAtConntrack, lookAtFirewall, lookAtOffloads } from './gather-host.js';
import { Place, searchNamespaces } from './gather-places.js';
import { askWays, probeTargets } from './gather-ways.js';

const MOST_NAMESPACES = 256;
/** Devices whose offloads are asked for: a process each. */
const MOST_OFFLOADS = 32;

/** Takes what could not be looked at. */
export type Miss = (unseen: Unseen) => void;

/** By path of the namespace, undefined for that of the daemon. */
export type Places = ReadonlyMap<string | undefined, PlaceFacts>;

export class KernelGatherer {
  readonly #libc: Libc;
  readonly #home: Place;
  readonly #miss: Miss;

  /** @param home the namespace that copies leave from. */
  constructor(libc: Libc, home: Place, miss: Miss) {
    this.#libc = libc;
    this.#home = home;
    this.#miss = miss;
  }

  /** The devices of each namespace, as they are now. */
  lookAtPlaces(sources: readonly SourcePlan[]): Places {
    const places = new Map<string | undefined, PlaceFacts>([[undefined, this.#home.look(undefined)]]);
    const paths = [...new Set(sources.flatMap(({ netns }) => netns ?? []))];
    for (const path of paths.slice(0, MOST_NAMESPACES)) places.set(path, this.#placeOf(path).look(path));
    for (const [path, { problem, isForbidden }] of places) {
      if (problem === undefined || (path !== undefined && !isForbidden)) continue;
      this.#miss({ what: `the devices in ${path ?? "the daemon's namespace"}`, why: problem });
    }
    const left = paths.length - MOST_NAMESPACES;
    if (left > 0) this.#miss({ what: `${left} namespaces`, why: `there are more than ${MOST_NAMESPACES}` });
    return places;
  }

  /** @param isQuiet nothing is sent. */
  async lookAtWays(
    plan: MirrorPlan,
    { devices, problem }: PlaceFacts,
    isQuiet: boolean,
  ): Promise<Map<string, WayFacts>> {
    if (problem !== undefined) return new Map();
    try {
      const found = askWays(this.#libc, this.#home, devices, plan);
      const ofProbes = isQuiet ? [] : await probeTargets(this.#libc, this.#home, plan, found);
      for (const unseen of [...found.unseen, ...ofProbes]) this.#miss(unseen);
      return found.ways;
    } catch (error) {
      if (!(error instanceof LinuxError || error instanceof NamespaceError)) throw error;
      this.#miss({ what: 'the ways to the targets', why: error.message });
      return new Map();
    }
  }

  /** @param isQuiet the firewall is read only where that is allowed. */
  async lookAtFirewall(
    { capabilities }: ProcessFacts,
    isQuiet: boolean,
  ): Promise<Pick<Facts, 'firewall' | 'conntrack'>> {
    const conntrack = lookAtConntrack(this.#home);
    if (isQuiet && capabilities?.includes('CAP_NET_ADMIN') !== true)
      return { firewall: undefined, conntrack };
    const { firewall, unseen } = await lookAtFirewall(this.#home);
    for (const one of unseen) this.#miss(one);
    return { firewall, conntrack };
  }

  /** The devices of the sources; a device that is missing is looked for in other namespaces. */
  async lookAtSources(
    sources: readonly SourcePlan[],
    places: Places,
    io: BackendName | undefined,
  ): Promise<Map<string, SourceFacts>> {
    const devices = devicesByName(places);
    const found = new Map<string, SourceFacts>();
    let others: ReturnType<typeof searchNamespaces> | undefined;
    for (const { id, device: name, netns } of sources) {
      const place = places.get(netns);
      if (place === undefined) continue;
      const device = devices.get(netns)?.get(name);
      const isMissing = device === undefined && place.problem === undefined;
      if (isMissing) others ??= searchNamespaces(this.#libc);
      const isAtHome = netns !== undefined && devices.get(undefined)?.has(name) === true;
      const elsewhere = [...(isAtHome ? [''] : []), ...placesOf(others?.found, name)];
      const hasOffloads = io === 'libpcap' && device !== undefined && found.size < MOST_OFFLOADS;
      found.set(id, {
        place,
        device,
        elsewhere: isMissing ? elsewhere.filter((path) => path !== netns) : [],
        offloads: hasOffloads ? await this.#offloadsOf(netns, name) : undefined,
      });
    }
    if (others?.problem !== undefined)
      this.#miss({ what: 'devices in other namespaces', why: others.problem });
    return found;
  }

  async #offloadsOf(netns: string | undefined, device: string): Promise<readonly string[] | undefined> {
    const { on, why = '' } = await lookAtOffloads(
      netns === undefined ? this.#home : this.#placeOf(netns),
      device,
    );
    if (on === undefined) this.#miss({ what: `the offloads of ${device}`, why });
    return on;
  }

  #placeOf(path: string): Place {
    return new Place(this.#libc, path);
  }
}

/** The devices of the sources, by source id. */
export function sourceDevices({ sources }: MirrorPlan, places: Places): Map<string, Device> {
  const devices = devicesByName(places);
  return new Map(
    sources.flatMap(({ id, device, netns }) => {
      const found = devices.get(netns)?.get(device);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
}

function devicesByName(places: Places): ReadonlyMap<string | undefined, ReadonlyMap<string, Device>> {
  return new Map(
    [...places].map(([path, { devices }]) => [path, new Map(devices.map((device) => [device.name, device]))]),
  );
}

function placesOf(found: ReadonlyMap<string, readonly string[]> | undefined, device: string): string[] {
  return [...(found ?? [])].filter(([, names]) => names.includes(device)).map(([path]) => path);
}
