/** Asks the kernel, the running daemon and a few tools for the facts that are judged. Nothing is changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseBackend } from '../io/backends.js';
import type { Device } from '../linux/devices.js';
import { LinuxError } from '../linux/errors.js';
import { type Libc, openLibc } from '../linux/libc.js';
import { NamespaceError } from '../linux/network-namespace.js';
import type { BackendName, MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import type { Status } from '../status/status.js';
import {
  type DaemonAnswer,
  type Facts,
  type PlaceFacts,
  type ProcessFacts,
  type SecretFile,
  type SourceFacts,
  unknownPlace,
  type WayFacts,
} from './facts.js';
import type { Unseen } from './finding.js';
import { askDaemon, compareLooks, type FirstAnswer, type Look } from './gather-daemon.js';
import {
  isDaemonHere,
  lookAtClock,
  lookAtConntrack,
  lookAtFirewall,
  lookAtOffloads,
  lookAtProcess,
  lookAtSecret,
} from './gather-host.js';
import { isElsewhere, namespaceOf, Place, searchNamespaces } from './gather-places.js';
import { askWays, probeTargets } from './gather-ways.js';
import { withSessionsOf } from './plan-view.js';
import { comparableSources } from './rules.js';
import type { Subject } from './subject.js';

/** Between the two looks at the counters. */
const LOOK_MS = 1500;
const MOST_NAMESPACES = 256;
const MOST_OFFLOADS = 32;

export interface GatherOptions {
  /** Of the daemon that is asked; undefined: none is. */
  readonly stateDirectory?: string | undefined;
  /**
   * True inside the daemon: only what costs next to nothing and sends nothing, and the firewall only where it may be
   * read.
   */
  readonly isStart?: boolean;
  /** How frames are captured, where that is known. */
  readonly io?: BackendName | undefined;
}

export interface Gathered {
  readonly facts: Facts;
  /** What could not be looked at. */
  readonly unseen: readonly Unseen[];
}

/** Takes about two seconds, or a few milliseconds at a start. Rejects only for a fault of this program. */
export async function gather(subject: Subject, options: GatherOptions = {}): Promise<Gathered> {
  return new Gatherer(subject, options).gather();
}

class Gatherer {
  readonly #subject: Subject;
  readonly #options: GatherOptions;
  readonly #unseen: Unseen[] = [];
  #libc: Libc | undefined;
  #first: FirstAnswer | undefined;

  constructor(subject: Subject, options: GatherOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  async gather(): Promise<Gathered> {
    const { configurationFile, resources, hasApi, secretFiles, plan: given } = this.#subject;
    const { stateDirectory, isStart = false } = this.#options;
    this.#libc = await openLibc().catch((error: Error) => {
      this.#miss('devices, routes and namespaces', error.message);
      return undefined;
    });
    const status = await this.#firstLook(stateDirectory);
    const plan = status === undefined ? given : withSessionsOf(given, status);
    const process = this.#lookAtProcess(status);
    const home = this.#homeOf(status?.pid);
    const places = this.#lookAtPlaces(home, plan.sources);
    const atHome = places.get(undefined) ?? unknownPlace('it was not looked at');
    const startMs = performance.now();
    const firstLook = status && { status, atMs: startMs, devices: devicesOf(plan, places) };
    const io = await this.#ioOf(process, status?.io);
    const [ways, outside] = await Promise.all([
      this.#lookAtWays(home, atHome, plan),
      this.#lookAtHost(home, process),
    ]);
    const sources = await this.#lookAtSources(home, plan.sources, places, io);
    if (firstLook !== undefined) await sleep(Math.max(0, LOOK_MS - (performance.now() - startMs)));
    const left = given.sources.length - comparableSources(given.sources).length;
    if (left > 0) this.#miss(`the rules of ${left} sources`, 'they are too many to compare');
    const facts: Facts = {
      configurationFile,
      plan,
      ruledSources: given.sources,
      resources,
      hasApi,
      io,
      process,
      home: atHome,
      sources,
      ways,
      ...outside,
      secrets: secretFiles.map((file) => this.#secret(file)),
      clock: await lookAtClock(configurationFile, !isStart),
      daemon: await this.#daemonAnswer(home, plan, firstLook),
    };
    return { facts, unseen: this.#unseen };
  }

  /** @returns what the daemon tells; undefined: nobody asks, or it does not answer. */
  async #firstLook(stateDirectory: string | undefined): Promise<Status | undefined> {
    this.#first = stateDirectory === undefined ? undefined : await askDaemon(stateDirectory);
    if (this.#first === undefined || 'status' in this.#first) return this.#first?.status;
    const { socket, reason, isForbidden } = this.#first;
    if (isForbidden) {
      this.#miss("the daemon's counters", `${socket}: ${reason}: run it as root, or as the daemon's user`);
    }
    return undefined;
  }

  #lookAtProcess(status: Status | undefined): ProcessFacts {
    if (status === undefined || isDaemonHere(status.pid)) return lookAtProcess(status?.pid);
    this.#miss('what the daemon may do', `process ${status.pid} is none that this one sees`);
    return { daemon: status.pid, capabilities: undefined, lockableBytes: undefined };
  }

  #miss(what: string, why: string): void {
    if (!this.#unseen.some((one) => one.what === what && one.why === why)) this.#unseen.push({ what, why });
  }

  /** The namespace of the daemon, which may be another than this process is in. */
  #homeOf(daemon: number | undefined): Place | undefined {
    if (this.#libc === undefined) return undefined;
    const isHere = daemon === undefined || isDaemonHere(daemon);
    const elsewhere = daemon === undefined ? false : isHere ? isElsewhere(daemon) : undefined;
    if (elsewhere === undefined) {
      this.#miss(
        "whether this is the daemon's network namespace",
        'to know it takes root; devices and routes are those of this one',
      );
    }
    return new Place(
      this.#libc,
      daemon !== undefined && elsewhere === true ? namespaceOf(daemon) : undefined,
    );
  }

  /** By path of the namespace, undefined for home. */
  #lookAtPlaces(
    home: Place | undefined,
    sources: readonly SourcePlan[],
  ): Map<string | undefined, PlaceFacts> {
    const places = new Map<string | undefined, PlaceFacts>();
    if (home === undefined || this.#libc === undefined) return places;
    places.set(undefined, { ...home.look(undefined) });
    const paths = [...new Set(sources.flatMap(({ netns }) => netns ?? []))];
    for (const path of paths.slice(0, MOST_NAMESPACES))
      places.set(path, new Place(this.#libc, path).look(path));
    for (const [path, { problem, isForbidden }] of places) {
      if (problem !== undefined && (isForbidden || path === undefined))
        this.#miss(`the devices in ${path ?? 'the daemon’s namespace'}`, problem);
    }
    if (paths.length > MOST_NAMESPACES) {
      this.#miss(`${paths.length - MOST_NAMESPACES} namespaces`, `there are more than ${MOST_NAMESPACES}`);
    }
    return places;
  }

  async #ioOf(
    { capabilities }: ProcessFacts,
    running: BackendName | undefined,
  ): Promise<BackendName | undefined> {
    const { io = running } = this.#options;
    const { io: wanted } = this.#subject.plan.engine;
    if (io !== undefined) return io;
    if (wanted !== 'auto') return wanted;
    // Without it no ring opens, wherever rings work.
    if (capabilities?.includes('CAP_NET_RAW') !== true) return undefined;
    return (await chooseBackend(wanted).catch(() => undefined))?.io;
  }

  async #lookAtWays(
    home: Place | undefined,
    { devices, problem }: PlaceFacts,
    plan: MirrorPlan,
  ): Promise<Map<string, WayFacts>> {
    if (home === undefined || this.#libc === undefined || problem !== undefined) return new Map();
    try {
      const found = askWays(this.#libc, home, devices, plan);
      this.#unseen.push(...found.unseen);
      if (this.#options.isStart !== true)
        this.#unseen.push(...(await probeTargets(this.#libc, home, plan, found)));
      return found.ways;
    } catch (error) {
      if (!(error instanceof LinuxError || error instanceof NamespaceError)) throw error;
      this.#miss('the ways to the targets', error.message);
      return new Map();
    }
  }

  async #lookAtHost(
    home: Place | undefined,
    { capabilities }: ProcessFacts,
  ): Promise<Pick<Facts, 'firewall' | 'conntrack'>> {
    if (home === undefined) return { firewall: undefined, conntrack: undefined };
    const conntrack = lookAtConntrack(home);
    if (this.#options.isStart === true && capabilities?.includes('CAP_NET_ADMIN') !== true) {
      return { firewall: undefined, conntrack };
    }
    const { firewall, unseen } = await lookAtFirewall(home);
    this.#unseen.push(...unseen);
    return { firewall, conntrack };
  }

  async #lookAtSources(
    home: Place | undefined,
    sources: readonly SourcePlan[],
    places: ReadonlyMap<string | undefined, PlaceFacts>,
    io: BackendName | undefined,
  ): Promise<Map<string, SourceFacts>> {
    const found = new Map<string, SourceFacts>();
    let others: ReturnType<typeof searchNamespaces> | undefined;
    for (const { id, device: name, netns } of sources) {
      const place = places.get(netns);
      if (place === undefined || this.#libc === undefined) continue;
      const device = place.devices.find((one) => one.name === name);
      const isMissing = device === undefined && place.problem === undefined;
      if (isMissing) others ??= searchNamespaces(this.#libc);
      const isAtHome =
        netns !== undefined && places.get(undefined)?.devices.some((one) => one.name === name) === true;
      const elsewhere = [...(isAtHome ? [''] : []), ...(isMissing ? placesOf(others?.found, name) : [])];
      const offloads =
        io === 'libpcap' && device !== undefined && found.size < MOST_OFFLOADS
          ? await this.#offloads(netns === undefined ? home : new Place(this.#libc, netns), name)
          : undefined;
      found.set(id, {
        place,
        device,
        elsewhere: isMissing ? elsewhere.filter((path) => path !== netns) : [],
        offloads,
      });
    }
    if (others?.problem !== undefined) this.#miss('devices in other namespaces', others.problem);
    return found;
  }

  async #offloads(place: Place | undefined, device: string): Promise<readonly string[] | undefined> {
    if (place === undefined) return undefined;
    const { on, why = '' } = await lookAtOffloads(place, device);
    if (on === undefined) this.#miss(`the offloads of ${device}`, why);
    return on;
  }

  #secret(file: SecretFile): ReturnType<typeof lookAtSecret> {
    const facts = lookAtSecret(file);
    if (facts.problem === 'EACCES') this.#miss(`the file of ${file.key}`, 'this user may not read it');
    return facts;
  }

  async #daemonAnswer(
    home: Place | undefined,
    plan: MirrorPlan,
    firstLook: Look | undefined,
  ): Promise<DaemonAnswer> {
    const { stateDirectory } = this.#options;
    if (stateDirectory === undefined || this.#first === undefined) return { kind: 'not-asked' };
    if ('kind' in this.#first) return this.#first;
    const devices = devicesOf(plan, this.#lookAtPlaces(home, plan.sources));
    const again = await askDaemon(stateDirectory);
    const status = 'status' in again ? again.status : this.#first.status;
    const last = { status, atMs: performance.now(), devices };
    return compareLooks(
      plan,
      'status' in again ? firstLook : undefined,
      last,
      this.#subject.configurationFile,
    );
  }
}

function placesOf(found: ReadonlyMap<string, readonly string[]> | undefined, device: string): string[] {
  return [...(found ?? [])].filter(([, names]) => names.includes(device)).map(([path]) => path);
}

/** The devices of the sources, by source id. */
function devicesOf(
  { sources }: MirrorPlan,
  places: ReadonlyMap<string | undefined, PlaceFacts>,
): Map<string, Device> {
  return new Map(
    sources.flatMap(({ id, device, netns }) => {
      const found = places.get(netns)?.devices.find(({ name }) => name === device);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
}
