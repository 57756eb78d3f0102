/**
 * Asks the kernel, on the thread that watches targets, what `direct-rules.ts` judges by: for each target whether copies may
 * leave straight to the device (`engine.emit: auto`). What the host is set up like is asked when that changes, and once in a
 * second all the same, of some targets at a time. What others send is asked of each device: ten times a second while direct
 * copies leave, else twice.
 */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { DeviceStacks, type StackedDevice } from '../linux/device-stack.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import type { Queues } from '../linux/queues.js';
import {
  LINKS,
  type NextHops,
  neighbourKey,
  ROUTES,
  RouteEvents,
  RULES_AND_QUEUES,
  type Way,
} from '../linux/routes.js';
import { connectedMtu, SOCKET_MARK } from '../linux/sending-sockets.js';
import { isIpv6Text } from '../wire/address.js';
import { type WayFacts, whyRouted } from './direct-rules.js';
import type { EgressWatch, EgressWay } from './egress-watch.js';
import { SharedDevices } from './shared-devices.js';
import { TimeShare } from './time-share.js';
import type { TargetWays } from './ways.js';

const LOOK_INTERVAL_MS = 1000;
/** While no direct copies leave, which others could suffer from. */
const QUIET_INTERVAL_MS = 500;
const SHORTEST_PAUSE_MS = 50;
/** Looked at in one go: about 10 ms. */
const TARGETS_AT_ONCE = 200;
/** For encapsulations without ports: discard. */
const NO_PORT = 9;

/** Why copies for each target have to be routed; empty: they may leave straight to the device. */
export type DirectWays = readonly (readonly [address: string, whyRouted: string])[];

/** What is mirrored, as far as it matters here. */
export interface MirroredSources {
  /** Devices of this namespace that are sources. */
  readonly devices: ReadonlySet<string>;
  /** By target: the outer source addresses that are given, of its family. */
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>;
}

type SetUp = Omit<WayFacts, 'others'>;

export class DirectWatch {
  readonly #libc: Libc;
  readonly #queues: Queues;
  readonly #nextHops: Pick<NextHops, 'way'>;
  readonly #ways: Pick<TargetWays, 'wayOf' | 'mtuOf'>;
  readonly #egress: EgressWatch;
  readonly #onWays: (ways: DirectWays) => void;
  readonly #stacks: DeviceStacks;
  readonly #shared: SharedDevices;
  readonly #linkEvents: RouteEvents;
  readonly #events: RouteEvents;
  #targets: ReadonlyMap<string, Encapsulation> = new Map();
  #sources: MirroredSources = { devices: new Set(), addresses: new Map() };
  /** By target: what of the facts changes with the set-up of the host alone. */
  #setUps = new Map<string, SetUp>();
  #isStale = true;
  #areLinksStale = true;
  /** What is left of the look at all targets that goes on, and the devices that it has seen, which are few. */
  #left: string[] = [];
  #seen = new Map<number, DeviceFacts>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Devices, routes or queues may change all the time. */
  readonly #looks = new TimeShare(SHORTEST_PAUSE_MS);
  #updatedMs = Number.NEGATIVE_INFINITY;
  #told = '';

  /** @param onWays called whenever a way or its reason changes. @throws LinuxError */
  constructor(
    libc: Libc,
    queues: Queues,
    nextHops: Pick<NextHops, 'way'>,
    ways: Pick<TargetWays, 'wayOf' | 'mtuOf'>,
    egress: EgressWatch,
    onWays: (ways: DirectWays) => void,
  ) {
    this.#libc = libc;
    this.#queues = queues;
    this.#nextHops = nextHops;
    this.#ways = ways;
    this.#egress = egress;
    this.#onWays = onWays;
    this.#stacks = new DeviceStacks(libc);
    this.#shared = new SharedDevices(queues, this.#stacks);
    this.#linkEvents = new RouteEvents(libc, LINKS);
    this.#events = new RouteEvents(libc, ROUTES | RULES_AND_QUEUES);
  }

  /**
   * Judges the ways to these targets, of which `egress` knows the devices, and no others.
   * @param workers that share the copies: each is taken to send as many as this one.
   */
  watch(targets: ReadonlyMap<string, Encapsulation>, workers: number): void {
    this.#targets = new Map([...targets].filter(([address]) => !isIpv6Text(address)));
    this.#shared.workers = workers;
    this.#setUps = new Map([...this.#setUps].filter(([address]) => this.#targets.has(address)));
    this.#isStale = true;
  }

  setSources(sources: MirroredSources): void {
    this.#sources = sources;
    this.#isStale = true;
  }

  /** To be called about ten times a second, after `egress` knows what changed. */
  update(nowMs: number): void {
    if (!this.#shared.haveDirectLeft() && !this.#isStale && nowMs - this.#updatedMs < QUIET_INTERVAL_MS)
      return;
    this.#updatedMs = nowMs;
    this.#readEvents(nowMs);
    if (this.#targets.size === 0) this.#rest();
    else this.#look(nowMs);
  }

  close(): void {
    this.#stacks.close();
    this.#linkEvents.close();
    this.#events.close();
  }

  #readEvents(nowMs: number): void {
    if (this.#linkEvents.changes().routes) this.#areLinksStale = true;
    if (this.#events.changes().routes || nowMs - this.#lookedMs >= LOOK_INTERVAL_MS) this.#isStale = true;
  }

  #look(nowMs: number): void {
    const isDone = this.#left.length === 0;
    if (this.#isStale && isDone && this.#looks.isOver(nowMs)) this.#looks.run(() => this.#begin(nowMs));
    const hasLooked = this.#left.length > 0;
    if (hasLooked) {
      this.#looks.goOn(() => this.#lookAtSome());
      this.#shared.keepOnly(this.#egressWays());
    }
    const isOther = this.#shared.sample(nowMs);
    if (hasLooked || isOther) this.#judge();
  }

  #egressWays(): EgressWay[] {
    return [...this.#targets.keys()].flatMap((address) => this.#egress.wayOf(address) ?? []);
  }

  #judge(): void {
    const ways = [...this.#setUps].map(([address, setUp]): [string, string] => {
      const way = this.#egress.wayOf(address);
      const others = way === undefined ? 'unknown' : this.#shared.needOf(way);
      return [address, whyRouted({ ...setUp, others })];
    });
    const told = JSON.stringify(ways);
    if (told === this.#told) return;
    this.#told = told;
    this.#egress.setDirect(new Set(ways.flatMap(([address, reason]) => (reason === '' ? address : []))));
    this.#onWays(ways);
  }

  /** Without targets nothing is asked: the events alone are read. */
  #rest(): void {
    this.#isStale = false;
    this.#left = [];
    this.#shared.keepOnly([]);
    this.#judge();
  }

  #begin(nowMs: number): void {
    this.#isStale = false;
    this.#lookedMs = nowMs;
    if (this.#areLinksStale) this.#stacks.refresh();
    this.#areLinksStale = false;
    this.#left = [...this.#targets.keys()];
    this.#seen = new Map();
  }

  #lookAtSome(): void {
    const some = this.#left.splice(0, TARGETS_AT_ONCE);
    for (const address of some) {
      const target = this.#targets.get(address);
      if (target !== undefined) this.#setUps.set(address, this.#lookAt(address, target.port));
    }
  }

  #lookAt(address: string, port: number | undefined): SetUp {
    const way = this.#egress.wayOf(address);
    const device = way && this.#stacks.at(way.device);
    if (way === undefined || device === undefined) return NO_ROUTE;
    const facts = this.#seen.get(device.index) ?? this.#lookAtDevice(device);
    this.#seen.set(device.index, facts);
    return {
      ...facts,
      device,
      shared: this.#stacks.at(way.place.device)?.name ?? device.name,
      isMixed: way.place.isMixed,
      socketMtu: this.#socketMtu(address, port ?? NO_PORT),
      routeMtu: this.#ways.mtuOf(address),
      isRuled: this.#isRuled(address),
    };
  }

  #lookAtDevice(device: StackedDevice): DeviceFacts {
    const { devices } = this.#sources;
    const below = this.#stacks.below(device.index);
    const source = this.#stacks.stackOf(device.index).find(({ name }) => devices.has(name));
    const queues = below.map(({ index, name }) => ({ device: name, queue: this.#queues.look(index) }));
    const chosen = queues.find(({ queue }) => queue === undefined || queue.handle !== 0);
    return {
      source: source?.name,
      queue: chosen && { device: chosen.device, kind: chosen.queue?.kind ?? 'unknown' },
      filtered: below.find(({ index }) => this.#queues.hasFilters(index))?.name,
    };
  }

  #socketMtu(address: string, port: number): number | undefined {
    try {
      return connectedMtu(this.#libc, address, port);
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** Direct copies take the way of a packet without mark and source address. */
  #isRuled(address: string): boolean {
    const keyOf = (way: Way | undefined): string | undefined => way && neighbourKey(way);
    const plain = keyOf(this.#ways.wayOf(address));
    const sources = [undefined, ...(this.#sources.addresses.get(address) ?? [])];
    return sources.some((source) => {
      const sender = { mark: SOCKET_MARK, ...(source !== undefined && { source }) };
      return keyOf(this.#nextHops.way(address, sender)) !== plain;
    });
  }
}

type DeviceFacts = Pick<WayFacts, 'source' | 'queue' | 'filtered'>;

const NO_ROUTE: SetUp = {
  device: undefined,
  source: undefined,
  queue: undefined,
  filtered: undefined,
  shared: '',
  isMixed: false,
  socketMtu: undefined,
  routeMtu: undefined,
  isRuled: false,
};
