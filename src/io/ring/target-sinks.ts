/**
 * The sinks of an engine on ring I/O, one per encapsulation and pair of source address and target. Each sends the way that
 * the kernel has for it now: direct when that is wanted (with `emit: auto`, when it disturbs nobody) and the next hop is
 * resolved, else routed. Over IPv6 all is routed: to write the UDP checksum here costs more than the routing does.
 */
import type { Counters } from '../../counters/counters.js';
import type { SkipReason } from '../../counters/skip-reason.js';
import { outerSource } from '../../encapsulate/build-outer-header.js';
import { DirectHeader, directHeaderBytes } from '../../encapsulate/direct-header.js';
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { encapsulationOf } from '../../encapsulate/encapsulations.js';
import type { Libc } from '../../linux/libc.js';
import { ROUTES, RouteEvents } from '../../linux/routes.js';
import {
  type CopyOptions,
  copyOptionsOf,
  type EngineOptions,
  type SourcePlan,
} from '../../plan/mirror-plan.js';
import type { Emission, SendError } from '../../targets/target-states.js';
import type { NextHop } from '../../targets/ways.js';
import { isIpv6Text } from '../../wire/address.js';
import { EgressShare } from '../egress-share.js';
import type { PacketSink } from '../sink.js';
import type { XdpDevice } from '../xdp/xdp-device.js';
import type { XdpDevices } from '../xdp/xdp-devices.js';
import { XdpSink } from '../xdp/xdp-sink.js';
import { BatchSink } from './batch-sink.js';
import { directEmission, NOT_JUDGED, NOT_RESOLVED } from './direct-emission.js';
import { OverflowSink } from './overflow-sink.js';
import { entryKey, NEW, reconnect, type TargetEntry } from './target-entry.js';
import { directSocket, RoutedTxSocket, type TxSocket } from './tx-socket.js';

/**
 * How often direct copies go the routed way for one round. Packets past the kernel's routing do not tell it that the
 * neighbour is in use; these do, so it asks the neighbour again and notices one that is gone. At the same time the MTU
 * is measured, and a socket that could not be opened is tried again: no event tells that a path MTU learned from a
 * router has expired, or that there are descriptors again.
 */
const CONFIRM_INTERVAL_MS = 5000;
/** The same where the host's firewall forbids routed copies: a round of them is lost, and confirms nothing. */
const FORBIDDEN_INTERVAL_MS = 600_000;
export class TargetSinks {
  readonly #libc: Libc;
  readonly #counters: Counters;
  readonly #copies: CopyOptions;
  readonly #xdp: Pick<XdpDevices, 'deviceOf'> | undefined;
  readonly #entries = new Map<string, TargetEntry>();
  readonly #routes: RouteEvents;
  /** By target; undefined: everything is routed. */
  readonly #nextHops: ReadonlyMap<string, NextHop> | undefined;
  readonly #isAuto: boolean;
  /** With `emit: auto`, by target: why it is routed; empty: direct. */
  #ways: ReadonlyMap<string, string> = new Map();
  #confirmedMs = 0;
  #isConfirming = false;
  #skipped: ReadonlySet<string> = new Set();
  #shares: ReadonlyMap<string, EgressShare> = new Map();

  /**
   * @param nextHops of direct copies by target, which change. @param xdp absent: no copies go by AF_XDP.
   * @throws LinuxError
   */
  constructor(
    libc: Libc,
    counters: Counters,
    options: EngineOptions,
    nextHops: ReadonlyMap<string, NextHop>,
    xdp?: Pick<XdpDevices, 'deviceOf'>,
  ) {
    this.#xdp = xdp;
    this.#libc = libc;
    this.#counters = counters;
    this.#copies = copyOptionsOf(options);
    this.#isAuto = options.emit === 'auto';
    this.#routes = new RouteEvents(libc, ROUTES);
    if (options.emit !== 'routed') this.#nextHops = nextHops;
  }

  /** Closes the sinks that these sources do not use. */
  keepOnly(sources: readonly SourcePlan[]): void {
    const used = new Set(
      sources.flatMap((source) =>
        source.sessions.flatMap(({ encapsulation, targetAddresses }) =>
          targetAddresses.map((target) =>
            entryKey(encapsulationOf(encapsulation), outerSource(source.address, target), target),
          ),
        ),
      ),
    );
    for (const [key, { batches }] of this.#entries) {
      if (used.has(key)) continue;
      for (const batch of batches) batch.close();
      this.#entries.delete(key);
    }
  }

  /** @param source of the target's family. */
  sinkOf(encapsulation: Encapsulation, source: string | undefined, target: string): PacketSink {
    const key = entryKey(encapsulation, source, target);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = this.#open(encapsulation, source, target);
      this.#shareOut(entry);
      for (const batch of entry.batches) batch.isDown = this.#skipped.has(target);
      this.#entries.set(key, entry);
    }
    return entry.sink;
  }

  /** The route or the MTU of a target has changed. */
  reconnect(target: string): void {
    for (const entry of this.#entries.values()) if (entry.target === target) reconnect(entry);
  }

  /** Copies for these targets are skipped as `target-down`, all others are sent. */
  skip(addresses: ReadonlySet<string>): void {
    this.#skipped = addresses;
    for (const { target, batches } of this.#entries.values()) {
      for (const batch of batches) batch.isDown = addresses.has(target);
    }
  }

  /** The errors since the last call. */
  sendErrors(): SendError[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.telling.flatMap((sink) => {
        const reason = sink.takeSendError();
        if (reason === undefined || (sink === entry.direct && this.#isForbidden(entry, reason))) return [];
        return [{ address: entry.target, reason }];
      }),
    );
  }

  emissions(): Emission[] {
    return [...this.#entries.values()].map(({ target, emission }) => ({ address: target, ...emission() }));
  }

  /** Sets what copies may take of the devices that they leave by; between batches. @param shares by target. */
  giveWay(shares: ReadonlyMap<string, EgressShare>): void {
    this.#shares = shares;
    for (const entry of this.#entries.values()) this.#shareOut(entry);
  }

  /** With `emit: auto`: goes over to these ways; between batches. @param ways by target, why it is routed; empty: direct. */
  goDirect(ways: ReadonlyMap<string, string>): void {
    if (!this.#isAuto) return;
    const before = this.#ways;
    this.#ways = ways;
    for (const entry of this.#entries.values()) {
      const wasDirect = before.get(entry.target) === '';
      if (wasDirect === (this.#whyRouted(entry.target) === '')) continue;
      this.#move(entry);
      reconnect(entry);
    }
  }

  /** Goes over to the routes, MTU and next hops of now. To be called a few times a second, between batches. */
  checkRoutes(): void {
    const now = performance.now();
    const confirm = now - this.#confirmedMs > CONFIRM_INTERVAL_MS;
    if (confirm) this.#confirmedMs = now;
    this.#isConfirming = confirm;
    const { routes: routesChanged } = this.#routes.changes();
    for (const entry of this.#entries.values()) {
      const moved = this.#move(entry);
      // Else it is closed as unused: as long as nothing changes, sinks do not ask for it.
      if (entry.nextHop !== undefined) this.#xdp?.deviceOf(entry.nextHop.interfaceIndex);
      if (routesChanged || moved) reconnect(entry);
      else if (confirm) for (const batch of entry.batches) batch.remeasure();
    }
  }

  /** The next hop of a target is another one now. Between batches. */
  updateNextHop(target: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.target === target && this.#move(entry)) reconnect(entry);
    }
  }

  close(): void {
    for (const { batches } of this.#entries.values()) for (const batch of batches) batch.close();
    this.#routes.close();
  }

  /** Goes over to the next hop of now. @returns whether it is another one. */
  #move(entry: TargetEntry): boolean {
    const nextHop = this.#isConfirmed(entry) ? undefined : this.#nextHopOf(entry.target);
    // A next hop that changes comes as another object.
    if (nextHop === entry.nextHop) return false;
    entry.nextHop = nextHop;
    return true;
  }

  /** Copies are routed for this round, to confirm the neighbour. */
  #isConfirmed({ forbiddenMs }: TargetEntry): boolean {
    return this.#isConfirming && this.#confirmedMs - forbiddenMs > FORBIDDEN_INTERVAL_MS;
  }

  /** @returns undefined: its copies are routed. */
  #nextHopOf(target: string): NextHop | undefined {
    return this.#whyRouted(target) === '' ? this.#nextHops?.get(target) : undefined;
  }

  /** Copies past the firewall do not mind what it forbids: it was a round of routed ones, among direct copies. */
  #isForbidden(entry: TargetEntry, reason: SkipReason): boolean {
    const isRound = this.#isConfirming && this.#nextHopOf(entry.target) !== undefined;
    if (reason !== 'permission' || !(isRound || entry.nextHop !== undefined)) return false;
    entry.forbiddenMs = performance.now();
    return true;
  }

  /** @returns why copies for a target are not to go straight to the device; empty: they are. */
  #whyRouted(target: string): string {
    return this.#isAuto ? (this.#ways.get(target) ?? NOT_JUDGED) : '';
  }

  #shareOut({ target, batches }: TargetEntry): void {
    const share = this.#shares.get(target) ?? new EgressShare();
    for (const batch of batches) batch.share = share;
  }

  #open(encapsulation: Encapsulation, source: string | undefined, target: string): TargetEntry {
    const headerBytes = directHeaderBytes(encapsulation);
    const batch = (connect: () => TxSocket): BatchSink =>
      new BatchSink(this.#libc, connect, this.#counters, headerBytes);
    const routed = (): TxSocket =>
      new RoutedTxSocket(this.#libc, encapsulation, source, target, this.#copies);
    if (this.#nextHops === undefined || isIpv6Text(target)) {
      const sink = batch(routed);
      const emissionReason = this.#nextHops === undefined ? '' : 'copies over IPv6 are always routed';
      const emission = { emission: 'routed', emissionReason } as const;
      const batches = [sink];
      return { ...NEW, source, target, sink, batches, telling: batches, emission: () => emission };
    }
    const resolved: Pick<TargetEntry, 'nextHop' | 'forbiddenMs'> = {
      ...NEW,
      nextHop: this.#nextHopOf(target),
    };
    let xdp: XdpSink | undefined;
    let device: XdpDevice | undefined;
    let emission: Omit<Emission, 'address'> = NOT_RESOLVED;
    let header: DirectHeader | undefined;
    const useXdp = (): void => {
      if (this.#whyRouted(target) === '') xdp?.use(header, device);
      else xdp?.leave();
    };
    const connect = (): TxSocket => {
      const { nextHop } = resolved;
      const from = source ?? nextHop?.sourceAddress ?? '';
      header = nextHop && new DirectHeader(encapsulation, nextHop, from, target, this.#copies);
      device = nextHop && this.#xdp?.deviceOf(nextHop.interfaceIndex);
      useXdp();
      return nextHop === undefined || header === undefined
        ? routed()
        : directSocket(this.#libc, encapsulation, nextHop, header, target);
    };
    const direct = batch(connect);
    if (this.#xdp !== undefined) xdp = new XdpSink(direct, this.#counters);
    // The batch may be connected already.
    useXdp();
    const shared = {
      source,
      target,
      emission: () => {
        // Routed for a moment to confirm the neighbour, copies are direct all the same.
        const whyRouted = this.#whyRouted(target);
        if (whyRouted !== '') emission = { emission: 'routed', emissionReason: whyRouted };
        else if (resolved.nextHop !== undefined) emission = directEmission(device, xdp?.takeUse());
        else if (!this.#isConfirming) emission = NOT_RESOLVED;
        return emission;
      },
    };
    const fast = xdp ?? direct;
    if (this.#copies.oversize === 'truncate') {
      return Object.assign(resolved, {
        ...shared,
        sink: fast,
        batches: [direct],
        telling: [fast],
        direct: fast,
      });
    }
    // Only the routing fragments.
    const overflow = batch(routed);
    const sink = new OverflowSink(fast, overflow);
    const both = { batches: [direct, overflow], telling: [fast, overflow], direct: fast };
    return Object.assign(resolved, { ...shared, ...both, sink });
  }
}
