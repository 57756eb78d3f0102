/** What the target thread tells about targets, on its way to the backend, which may open later than that. */
import type { BackendTargets } from '../io/backend.js';
import { EgressShare } from '../io/egress-share.js';
import type { DirectWays } from '../targets/direct-watch.js';
import { EgressMemory } from '../targets/egress-memory.js';
import type { EgressPlace } from '../targets/egress-watch.js';
import type { RouteReport } from '../targets/route.js';
import type { NextHopReport } from '../targets/targets-aside.js';
import type { NextHop } from '../targets/ways.js';

export class TargetNews {
  #backend: BackendTargets | undefined;
  /** Those that came before there was a backend. */
  readonly #earlyRoutes = new Map<string, RouteReport>();
  readonly #nextHops = new Map<string, NextHop>();
  #unresolved: ReadonlySet<string> = new Set();
  /** By the number of their place, and by target. */
  #shares: ReadonlyMap<number, EgressShare> = new Map();
  #shareOf: ReadonlyMap<string, EgressShare> = new Map();
  /** With `emit: auto`, by target: why it is routed; empty: direct. */
  #ways: ReadonlyMap<string, string> = new Map();

  /** Of direct copies, by target. */
  get nextHops(): ReadonlyMap<string, NextHop> {
    return this.#nextHops;
  }

  /** To be called before the backend gets a plan. @param routes that came with the plan. */
  use(backend: BackendTargets, routes: readonly RouteReport[]): void {
    if (this.#backend === undefined) {
      this.#backend = backend;
      backend.giveWay(this.#shareOf);
      backend.goDirect(this.#ways);
      backend.skip(this.#unresolved);
    }
    // Those that came meanwhile are newer than the plan.
    for (const route of [...routes, ...this.#earlyRoutes.values()]) backend.updateRoute(route);
    this.#earlyRoutes.clear();
  }

  updateRoute(route: RouteReport): void {
    if (this.#backend === undefined) this.#earlyRoutes.set(route.address, route);
    else this.#backend.updateRoute(route);
  }

  updateNextHop({ address, nextHop }: NextHopReport): void {
    if (nextHop === undefined) this.#nextHops.delete(address);
    else this.#nextHops.set(address, nextHop);
    this.#backend?.updateNextHop(address);
  }

  /** Sets for which addresses copies are skipped. */
  skip(unresolved: readonly string[]): void {
    this.#unresolved = new Set(unresolved);
    this.#backend?.skip(this.#unresolved);
  }

  /** Sets which targets copies may go to straight, with `emit: auto`; to no others. */
  goDirect(ways: DirectWays): void {
    this.#ways = new Map(ways);
    this.#backend?.goDirect(this.#ways);
  }

  /** Sets on which ways out copies give way; on all others they do not. */
  giveWay(places: readonly EgressPlace[]): void {
    const before = this.#shares;
    const shares = new Map<number, EgressShare>();
    const shareOf = new Map<string, EgressShare>();
    for (const { number, memory, addresses } of places) {
      const share = before.get(number) ?? new EgressShare(new EgressMemory(memory));
      shares.set(number, share);
      for (const address of addresses) shareOf.set(address, share);
    }
    this.#shares = shares;
    this.#shareOf = shareOf;
    this.#backend?.giveWay(shareOf);
  }
}
