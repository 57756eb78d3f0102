/**
 * The sinks of an engine on ring I/O, one per pair of source address and target, each kept to the way that the
 * kernel has for it now: direct when that is wanted and the next hop is resolved, else routed. Over IPv6 all is
 * routed: to write the UDP checksum here costs more than the routing does.
 */
import type { Counters } from '../../counters/counters.js';
import { outerSource } from '../../encapsulate/build-outer-header.js';
import type { Libc } from '../../linux/libc.js';
import { type NextHop, NextHops } from '../../linux/next-hop.js';
import { NEIGHBOURS, ROUTES, RouteEvents } from '../../linux/route-events.js';
import type { EngineOptions, Oversize } from '../../plan/mirror-plan.js';
import type { SendError } from '../../targets/target-states.js';
import { isIpv6Text } from '../../wire/address.js';
import type { LaneOptions } from '../backend.js';
import type { PacketSink } from '../sink.js';
import { BatchSink } from './batch-sink.js';
import { DirectTxSocket } from './direct-tx-socket.js';
import { OverflowSink } from './overflow-sink.js';
import { RoutedTxSocket } from './routed-tx-socket.js';
import type { TxSocket } from './tx-socket.js';

/**
 * Packets that go past the kernel's routing do not tell it that the neighbour is in use: now and then some go the
 * routed way, so that it asks the neighbour again, and notices one that is gone. And nothing tells that a path MTU
 * which was learned from a router has expired, or that there are descriptors again for a way that could not be had.
 */
const CONFIRM_INTERVAL_MS = 5000;

interface Path {
  readonly source: string | undefined;
  readonly target: string;
  /** What the mirror sends to. */
  readonly sink: PacketSink;
  /** The batches behind it. */
  readonly batches: readonly BatchSink[];
  nextHop: NextHop | undefined;
}

export class TargetSinks {
  readonly #libc: Libc;
  readonly #counters: Counters;
  readonly #oversize: Oversize;
  readonly #paths = new Map<string, Path>();
  readonly #routes: RouteEvents;
  /** Absent: everything is routed. */
  readonly #nextHops: NextHops | undefined;
  readonly #neighbours: RouteEvents | undefined;
  #confirmedMs = 0;
  #unresolved: ReadonlySet<string> = new Set();

  /** @throws LinuxError */
  constructor(libc: Libc, counters: Counters, { emit, oversize }: EngineOptions) {
    this.#libc = libc;
    this.#counters = counters;
    this.#oversize = oversize;
    this.#routes = new RouteEvents(libc, ROUTES);
    if (emit === 'routed') return;
    this.#nextHops = new NextHops(libc);
    this.#neighbours = new RouteEvents(libc, NEIGHBOURS);
  }

  /** Closes the sinks that these lanes do not use. */
  keepOnly(lanes: readonly LaneOptions[]): void {
    const used = new Set(
      lanes.flatMap(({ lane: { source } }) =>
        source.sessions.flatMap(({ targetAddresses }) =>
          targetAddresses.map((target) => pathKey(outerSource(source.address, target), target)),
        ),
      ),
    );
    for (const [key, { batches }] of this.#paths) {
      if (used.has(key)) continue;
      for (const batch of batches) batch.close();
      this.#paths.delete(key);
    }
  }

  /** @param source of the target's family. */
  sinkOf(source: string | undefined, target: string): PacketSink {
    const key = pathKey(source, target);
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = this.#open(source, target);
      for (const batch of path.batches) batch.isDown = this.#unresolved.has(target);
      this.#paths.set(key, path);
    }
    return path.sink;
  }

  /** The route or the MTU of a target is another. */
  reconnect(target: string): void {
    for (const path of this.#paths.values()) if (path.target === target) reconnect(path);
  }

  /** Copies for these targets are skipped as `target-down`, all others are sent. */
  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const { target, batches } of this.#paths.values()) {
      for (const batch of batches) batch.isDown = addresses.has(target);
    }
  }

  /** Since the last call. */
  troubles(): SendError[] {
    return [...this.#paths.values()].flatMap(({ target, batches }) =>
      batches.flatMap((batch) => {
        const reason = batch.takeSendError();
        return reason === undefined ? [] : [{ address: target, reason }];
      }),
    );
  }

  /** Follows routes, MTU and next hops; to be called a few times a second, between batches. */
  follow(): void {
    const now = performance.now();
    const confirm = now - this.#confirmedMs > CONFIRM_INTERVAL_MS;
    if (confirm) this.#confirmedMs = now;
    const routesChanged = this.#routes.changed();
    const neighboursChanged = this.#neighbours?.changed() ?? false;
    for (const path of this.#paths.values()) {
      const nextHop = confirm ? undefined : this.#nextHopNow(path, routesChanged || neighboursChanged);
      const moved = !sameNextHop(nextHop, path.nextHop);
      path.nextHop = nextHop;
      if (routesChanged || moved) reconnect(path);
      else if (confirm) for (const batch of path.batches) batch.refreshRoom();
    }
  }

  close(): void {
    for (const { batches } of this.#paths.values()) for (const batch of batches) batch.close();
    this.#routes.close();
    this.#neighbours?.close();
    this.#nextHops?.close();
  }

  /** Unresolved ones are looked up again whatever happened: a confirmation made them so. */
  #nextHopNow({ target, nextHop }: Path, changed: boolean): NextHop | undefined {
    if (this.#nextHops === undefined || isIpv6Text(target)) return undefined;
    return changed || nextHop === undefined ? this.#nextHops.lookUp(target) : nextHop;
  }

  #open(source: string | undefined, target: string): Path {
    const batch = (connect: () => TxSocket): BatchSink => new BatchSink(this.#libc, connect, this.#counters);
    const routed = (): TxSocket => new RoutedTxSocket(this.#libc, source, target, this.#oversize);
    if (this.#nextHops === undefined || isIpv6Text(target)) {
      const sink = batch(routed);
      return { source, target, sink, batches: [sink], nextHop: undefined };
    }
    const way: { nextHop: NextHop | undefined } = { nextHop: undefined };
    const direct = batch(() =>
      way.nextHop === undefined ? routed() : this.#direct(way.nextHop, source, target),
    );
    if (this.#oversize === 'truncate') {
      return Object.assign(way, { source, target, sink: direct, batches: [direct] });
    }
    // Only the routing fragments.
    const overflow = batch(routed);
    const sink = new OverflowSink(direct, overflow);
    return Object.assign(way, { source, target, sink, batches: [direct, overflow] });
  }

  #direct(nextHop: NextHop, source: string | undefined, target: string): DirectTxSocket {
    const mtu = (): number => this.#nextHops?.lookUp(target)?.mtu ?? nextHop.mtu;
    return new DirectTxSocket(this.#libc, nextHop, source, target, this.#oversize, mtu);
  }
}

function reconnect({ batches }: Path): void {
  for (const batch of batches) batch.reconnect();
}

function pathKey(source: string | undefined, target: string): string {
  return `${source ?? ''} ${target}`;
}

function sameNextHop(a: NextHop | undefined, b: NextHop | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
