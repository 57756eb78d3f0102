/**
 * Watches the targets on the control thread: their routes and neighbours. Addresses that get no copies are probed, to
 * notice when they are back.
 */
import { reasonOf } from '../counters/skip-reason.js';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { LinuxError } from '../linux/errors.js';
import { type Libc, openLibc } from '../linux/libc.js';
import { Queues } from '../linux/queues.js';
import { NEIGHBOURS, NextHops, ROUTES, RouteEvents } from '../linux/routes.js';
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

const LOOK_INTERVAL_MS = 100;
/** Short enough to notice within a second that a target is back. */
const PROBE_INTERVAL_MS = 500;

export interface TargetListener {
  route(route: RouteReport): void;
  report(report: TargetReport): void;
  sets(sets: TargetSets): void;
  /** Where copies have to give way, whenever that changes. */
  egress(places: readonly EgressPlace[]): void;
  /** With `emit: auto`: which targets copies may go to straight, whenever that changes. */
  ways(ways: DirectWays): void;
}

export class TargetWatch {
  readonly #listener: TargetListener;
  readonly #routes: RouteWatch;
  readonly #states: TargetStates;
  readonly #probes = new Map<string, ProbeSocket>();
  /** All five are undefined without koffi: then neighbours and queues are not known. */
  #libc: Libc | undefined;
  #events: RouteEvents | undefined;
  #nextHops: NextHops | undefined;
  #egress: EgressWatch | undefined;
  #direct: DirectWatch | undefined;
  #emit: Emit = 'routed';
  #sources: MirroredSources = { devices: new Set(), addresses: new Map() };
  #workers = 1;
  #sets: TargetSets = { avoided: [], unresolved: [], probed: [] };
  #probedMs = 0;
  #targets: ReadonlyMap<string, Encapsulation> = new Map();

  constructor(listener: TargetListener) {
    this.#listener = listener;
    this.#states = new TargetStates((report) => listener.report(report));
    this.#routes = new RouteWatch((route) => {
      this.#states.setRoute(route);
      listener.route(route);
    });
    void this.#watchNeighbours();
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
    this.#workers = workers;
    const routes = await this.#routes.watch(targets);
    const addresses = [...targets.keys()];
    this.#targets = targets;
    this.#emit = emit;
    this.#watchEgress();
    this.#states.keepOnly(addresses, balanced);
    this.#lookUpNeighbours(addresses);
    this.#update();
    return routes;
  }

  /** What is mirrored: with `emit: auto`, copies do not go straight to a source's own device. */
  setSources(sources: MirroredSources): void {
    this.#sources = sources;
    this.#direct?.setSources(sources);
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

  async #watchNeighbours(): Promise<void> {
    try {
      this.#libc = await openLibc();
      this.#nextHops = new NextHops(this.#libc);
      this.#events = new RouteEvents(this.#libc, ROUTES | NEIGHBOURS);
      const queues = new Queues(this.#libc);
      this.#egress = new EgressWatch(queues, this.#nextHops, (places) => this.#listener.egress(places));
      this.#direct = new DirectWatch(this.#libc, queues, this.#nextHops, this.#egress, (ways) =>
        this.#listener.ways(ways),
      );
      this.#direct.setSources(this.#sources);
      this.#watchEgress();
    } catch {
      // Without koffi: libpcap I/O does not need it.
    }
  }

  #watchEgress(): void {
    this.#egress?.watch([...this.#targets.keys()], this.#emit, this.#workers);
    this.#direct?.watch(this.#emit === 'auto' ? this.#targets : new Map(), this.#workers);
  }

  #update(): void {
    const now = performance.now();
    const hasChanged = this.#events?.changed() === true;
    if (hasChanged) this.#egress?.routesChanged();
    this.#direct?.update(now);
    this.#lookUpNeighbours(hasChanged ? this.#states.addresses : this.#states.awaitingNeighbour);
    if (now - this.#probedMs >= PROBE_INTERVAL_MS) {
      this.#probedMs = now;
      this.#probe(now);
    }
    const sets = this.#states.update(now);
    if (JSON.stringify(sets) === JSON.stringify(this.#sets)) return;
    this.#sets = sets;
    this.#listener.sets(sets);
  }

  #lookUpNeighbours(addresses: readonly string[]): void {
    for (const address of addresses) {
      const state = this.#nextHops?.neighbourState(address);
      if (state !== undefined) this.#states.setNeighbour(address, state, performance.now());
    }
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
      if (errno !== 0) this.#states.addSendError(address, reasonOf(errno), nowMs);
    }
  }

  #sendProbe(address: string): number {
    const port = this.#targets.get(address)?.port;
    if (this.#libc === undefined || port === undefined) return 0;
    try {
      const probe = this.#probes.get(address) ?? new ProbeSocket(this.#libc, address, port);
      this.#probes.set(address, probe);
      return probe.send();
    } catch (error) {
      if (error instanceof LinuxError) return error.errno;
      throw error;
    }
  }
}
