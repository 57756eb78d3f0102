/**
 * Watches the targets on the target thread: their routes and neighbours. Addresses that get no copies are probed, to
 * notice when they are back.
 */
import { reasonOf } from '../counters/send-error.js';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { LinuxError } from '../linux/errors.js';
import { type Libc, openLibc } from '../linux/libc.js';
import { Queues } from '../linux/queues.js';
import { NEIGHBOURS, NextHops, ROUTES, type RouteChanges, RouteEvents } from '../linux/routes.js';
import { ProbeSocket } from '../linux/sending-sockets.js';
import type { Emit } from '../plan/mirror-plan.js';
import { DirectWatch, type DirectWays, type MirroredSources } from './direct-watch.js';
import { type EgressPlace, EgressWatch } from './egress-watch.js';
import { type RouteReport, RouteWatch } from './route.js';
import {
  type Emission,
  type SendError,
  type TargetReport,
  type TargetSets,
  TargetStates,
} from './target-states.js';
import { TimeShare } from './time-share.js';
import { type NextHop, TargetWays } from './ways.js';

const LOOK_INTERVAL_MS = 100;
/** Short enough to notice within a second that a target is back. */
const PROBE_INTERVAL_MS = 500;
/** No event tells of a way that a router has told, or that has expired. */
const REFRESH_INTERVAL_MS = 5000;
/** Between look-ups of all targets, while routes or devices change all the time. */
const SHORTEST_PAUSE_MS = 50;
const NO_CHANGES: RouteChanges = { routes: false, neighbours: new Set() };

export interface TargetListener {
  route(route: RouteReport): void;
  report(report: TargetReport): void;
  sets(sets: TargetSets): void;
  /** Where copies have to give way, whenever that changes. */
  egress(places: readonly EgressPlace[]): void;
  /** With `emit: auto`: which targets copies may go to straight, whenever that changes. */
  ways(ways: DirectWays): void;
  /** Where direct copies go now; undefined: they are routed. Told of a target when it changes. */
  nextHop(address: string, nextHop: NextHop | undefined): void;
}

/** What can be asked with koffi only. */
interface Asking {
  readonly libc: Libc;
  readonly events: Pick<RouteEvents, 'changes'>;
  readonly ways: TargetWays;
  readonly egress: EgressWatch;
  readonly direct: DirectWatch;
}

export class TargetWatch {
  readonly #listener: TargetListener;
  readonly #routes: RouteWatch;
  readonly #states: TargetStates;
  readonly #probes = new Map<string, ProbeSocket>();
  /** Undefined at first, and without koffi: then neighbours and queues are not known. */
  #asking: Asking | undefined;
  readonly #opened: Promise<void>;
  #emit: Emit = 'routed';
  #sources: MirroredSources = { devices: new Set(), addresses: new Map() };
  #workers = 1;
  #sets: TargetSets = { avoided: [], unresolved: [], probed: [] };
  #probedMs = 0;
  readonly #refreshMs: number;
  #refreshedMs = performance.now();
  readonly #lookUps = new TimeShare(SHORTEST_PAUSE_MS);
  /** Routes have changed since all was looked up. */
  #areRoutesStale = false;
  /** The next hops that were told, as JSON. */
  readonly #told = new Map<string, string | undefined>();
  #targets: ReadonlyMap<string, Encapsulation> = new Map();

  /** @param refreshMs how often all is looked up without an event. */
  constructor(listener: TargetListener, refreshMs = REFRESH_INTERVAL_MS) {
    this.#listener = listener;
    this.#refreshMs = refreshMs;
    this.#states = new TargetStates((report) => listener.report(report));
    this.#routes = new RouteWatch((route) => {
      this.#states.setRoute(route);
      listener.route(route);
    });
    this.#opened = this.#open();
    setInterval(() => this.#update(), LOOK_INTERVAL_MS);
  }

  /**
   * Watches these targets and no others.
   * @param targets by address. @param balanced addresses behind load balancers.
   * @param workers that share the copies.
   * @returns the targets' routes.
   */
  async watch(
    targets: ReadonlyMap<string, Encapsulation>,
    balanced: ReadonlySet<string>,
    emit: Emit,
    workers = 1,
  ): Promise<RouteReport[]> {
    const routes = await this.#routes.watch(targets);
    // The first copies are to go direct too.
    if (emit !== 'routed') await this.#opened;
    this.#targets = targets;
    this.#emit = emit;
    this.#workers = workers;
    this.#states.keepOnly([...targets.keys()], balanced);
    this.#watchWays();
    this.#update();
    return routes;
  }

  /** What is mirrored: with `emit: auto`, copies do not go straight to a source's own device. */
  setSources(sources: MirroredSources): void {
    this.#sources = sources;
    this.#asking?.direct.setSources(sources);
  }

  addSendErrors(errors: readonly SendError[]): void {
    for (const { address, reason } of errors) this.#states.addSendError(address, reason, performance.now());
  }

  setEmissions(emissions: readonly Emission[]): void {
    for (const emission of emissions) this.#states.setEmission(emission);
  }

  setUnhealthy(addresses: readonly string[]): void {
    this.#states.setUnhealthy(addresses);
    this.#update();
  }

  async #open(): Promise<void> {
    try {
      const libc = await openLibc();
      const questions = new NextHops(libc);
      const ways = new TargetWays(questions, (address) => this.#tellWay(address));
      const events = new RouteEvents(libc, ROUTES | NEIGHBOURS);
      const queues = new Queues(libc);
      const egress = new EgressWatch(queues, ways, (places) => this.#listener.egress(places));
      const direct = new DirectWatch(libc, queues, questions, ways, egress, (judged) =>
        this.#listener.ways(judged),
      );
      direct.setSources(this.#sources);
      this.#asking = { libc, events, ways, egress, direct };
    } catch {
      // Without koffi: libpcap I/O does not need it.
      return;
    }
    this.#watchWays();
  }

  #watchWays(): void {
    const addresses = [...this.#targets.keys()];
    for (const [address, text] of this.#told) {
      if (this.#targets.has(address)) continue;
      this.#told.delete(address);
      // Should it come back, it is told only if it has one then.
      if (text !== undefined) this.#listener.nextHop(address, undefined);
    }
    this.#asking?.ways.watch(addresses);
    for (const address of addresses) this.#tellWay(address);
    this.#asking?.egress.watch(addresses, this.#emit, this.#workers);
    this.#asking?.direct.watch(this.#emit === 'auto' ? this.#targets : new Map(), this.#workers);
  }

  #tellWay(address: string): void {
    this.#noteNeighbour(address);
    const nextHop = this.#emit === 'routed' ? undefined : this.#asking?.ways.nextHop(address);
    const text = JSON.stringify(nextHop);
    if (text === this.#told.get(address)) return;
    this.#told.set(address, text);
    this.#listener.nextHop(address, nextHop);
  }

  #noteNeighbour(address: string): void {
    const state = this.#asking?.ways.neighbourOf(address)?.state;
    if (state !== undefined) this.#states.setNeighbour(address, state, performance.now());
  }

  #update(): void {
    const now = performance.now();
    this.#lookUpWays(now);
    this.#asking?.direct.update(now);
    if (now - this.#probedMs >= PROBE_INTERVAL_MS) {
      this.#probedMs = now;
      this.#probe(now);
    }
    const sets = this.#states.update(now);
    if (JSON.stringify(sets) === JSON.stringify(this.#sets)) return;
    this.#sets = sets;
    this.#listener.sets(sets);
  }

  /** What changed, and the neighbours that are being asked. */
  #lookUpWays(nowMs: number): void {
    const { events, ways, egress } = this.#asking ?? {};
    const { routes, neighbours } = events?.changes() ?? NO_CHANGES;
    if (routes || nowMs - this.#refreshedMs >= this.#refreshMs) this.#areRoutesStale = true;
    if (this.#areRoutesStale && this.#lookUps.isOver(nowMs)) {
      this.#areRoutesStale = false;
      this.#refreshedMs = nowMs;
      this.#lookUps.run(() => {
        ways?.lookUpAll();
        egress?.routesChanged();
      });
    } else ways?.lookUpNeighbours(neighbours);
    const awaited = this.#states.awaitingNeighbour;
    ways?.lookUpNeighboursOf(awaited);
    for (const address of awaited) this.#noteNeighbour(address);
  }

  /** Sends a packet to each probed address: only then does the kernel ask for the next hop, and a host can refuse. */
  #probe(nowMs: number): void {
    const probed = new Set(this.#sets.probed);
    for (const [address, probe] of this.#probes) {
      if (probed.has(address)) continue;
      probe.close();
      this.#probes.delete(address);
    }
    for (const address of probed) {
      const errno = this.#sendProbe(address);
      if (errno !== 0) this.#states.addProbeError(address, reasonOf(errno), nowMs);
    }
  }

  #sendProbe(address: string): number {
    const port = this.#targets.get(address)?.port;
    if (this.#asking === undefined || port === undefined) return 0;
    try {
      const probe = this.#probes.get(address) ?? new ProbeSocket(this.#asking.libc, address, port);
      this.#probes.set(address, probe);
      return probe.send();
    } catch (error) {
      if (error instanceof LinuxError) return error.errno;
      throw error;
    }
  }
}
