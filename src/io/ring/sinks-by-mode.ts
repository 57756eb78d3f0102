/** The sinks of an engine, by the options with which copies are sent; for a moment, those of the plan before too. */
import type { Counters } from '../../counters/counters.js';
import type { Libc } from '../../linux/libc.js';
import { copyOptionsOf, type EngineOptions, type SourcePlan } from '../../plan/mirror-plan.js';
import type { RouteReport } from '../../targets/route.js';
import type { Emission, SendError } from '../../targets/target-states.js';
import type { NextHop } from '../../targets/ways.js';
import type { BackendOptions, BackendTargets } from '../backend.js';
import type { EgressShare } from '../egress-share.js';
import type { XdpDevices } from '../xdp/xdp-devices.js';
import { TargetSinks } from './target-sinks.js';

export class SinksByMode implements BackendTargets {
  readonly #libc: Libc;
  readonly #counters: Counters;
  readonly #nextHops: ReadonlyMap<string, NextHop>;
  readonly #xdpFor: (options: EngineOptions) => XdpDevices | undefined;
  readonly #byMode = new Map<string, TargetSinks>();
  #unresolved: ReadonlySet<string> = new Set();
  #shares: ReadonlyMap<string, EgressShare> = new Map();

  #ways: ReadonlyMap<string, string> = new Map();

  /** @param xdpFor the AF_XDP of an engine with these options; undefined: it has none. */
  constructor(
    libc: Libc,
    { counters, nextHops }: Pick<BackendOptions, 'counters' | 'nextHops'>,
    xdpFor: (options: EngineOptions) => XdpDevices | undefined = () => undefined,
  ) {
    this.#xdpFor = xdpFor;
    this.#libc = libc;
    this.#counters = counters;
    this.#nextHops = nextHops;
  }

  of(options: EngineOptions): TargetSinks {
    const key = modeKey(options);
    let sinks = this.#byMode.get(key);
    if (sinks === undefined) {
      sinks = new TargetSinks(this.#libc, this.#counters, options, this.#nextHops, this.#xdpFor(options));
      sinks.skip(this.#unresolved);
      sinks.giveWay(this.#shares);
      sinks.goDirect(this.#ways);
      this.#byMode.set(key, sinks);
    }
    return sinks;
  }

  /** Closes what copies of these sources, sent with these options, do not need. */
  keepOnly(options: EngineOptions, captures: readonly { readonly source: SourcePlan }[]): void {
    for (const [key, sinks] of this.#byMode) {
      if (key === modeKey(options)) sinks.keepOnly(captures.map(({ source }) => source));
      else {
        sinks.close();
        this.#byMode.delete(key);
      }
    }
  }

  /** The route to an address may be another one. */
  updateRoute({ address }: RouteReport): void {
    for (const sinks of this.#byMode.values()) sinks.reconnect(address);
  }

  /** The next hop of an address is another one now. */
  updateNextHop(address: string): void {
    for (const sinks of this.#byMode.values()) sinks.updateNextHop(address);
  }

  checkRoutes(): void {
    for (const sinks of this.#byMode.values()) sinks.checkRoutes();
  }

  /** Copies for these addresses are skipped as `target-down`, all others are sent. */
  skip(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const sinks of this.#byMode.values()) sinks.skip(addresses);
  }

  emissions(): Emission[] {
    return [...this.#byMode.values()].flatMap((sinks) => sinks.emissions());
  }

  /** Sets what copies may take of the devices that they leave by; between batches. @param shares by target. */
  giveWay(shares: ReadonlyMap<string, EgressShare>): void {
    this.#shares = shares;
    for (const sinks of this.#byMode.values()) sinks.giveWay(shares);
  }

  /** With `emit: auto`: sets why copies are routed; between batches. @param ways by target; empty: they may be direct. */
  goDirect(ways: ReadonlyMap<string, string>): void {
    this.#ways = ways;
    for (const sinks of this.#byMode.values()) sinks.goDirect(ways);
  }

  /** The send errors since the last call. */
  sendErrors(): SendError[] {
    return [...this.#byMode.values()].flatMap((sinks) => sinks.sendErrors());
  }

  close(): void {
    for (const sinks of this.#byMode.values()) sinks.close();
  }
}

/** Equal for options with which copies are sent the same way. */
function modeKey(options: EngineOptions): string {
  return `${options.emit} ${JSON.stringify(copyOptionsOf(options))}`;
}
