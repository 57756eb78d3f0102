/**
 * The sinks of an engine on ring I/O, one per pair of source address and target, each kept to the way that the
 * kernel has for it now: direct when that is wanted and the next hop is resolved, else routed.
 */
import type { Counters } from '../counters/counters.js';
import type { Libc } from '../linux/libc.js';
import { type NextHop, NextHops } from '../linux/next-hop.js';
import type { Emit } from '../plan/mirror-plan.js';
import { BatchSink } from '../transmit/batch.js';
import type { Carrier } from '../transmit/carrier.js';
import { DirectCarrier } from '../transmit/direct-carrier.js';
import { RoutedCarrier } from '../transmit/routed-carrier.js';
import type { LaneOptions, TargetTrouble } from './engine-io.js';

/**
 * Packets that go past the kernel's routing do not tell it that the neighbour is in use: now and then some go the
 * routed way, so that it asks the neighbour again, and notices one that is gone.
 */
const CONFIRM_INTERVAL_MS = 5000;

interface Path {
  readonly target: string;
  readonly sink: BatchSink;
  nextHop: NextHop | undefined;
}

export class TargetPaths {
  readonly #libc: Libc;
  readonly #counters: Counters;
  readonly #paths = new Map<string, Path>();
  /** Absent: everything is routed. */
  readonly #nextHops: NextHops | undefined;
  #confirmedMs = 0;
  #unresolved: ReadonlySet<string> = new Set();

  constructor(libc: Libc, counters: Counters, emit: Emit) {
    this.#libc = libc;
    this.#counters = counters;
    this.#nextHops = emit === 'direct' ? new NextHops(libc) : undefined;
  }

  /** Closes the sinks that these lanes do not use. */
  keepOnly(lanes: readonly LaneOptions[]): void {
    const used = new Set(
      lanes.flatMap(({ lane: { source } }) =>
        source.sessions.flatMap(({ targetAddresses }) =>
          targetAddresses.map((target) => pathKey(source.address, target)),
        ),
      ),
    );
    for (const [key, { sink }] of this.#paths) {
      if (used.has(key)) continue;
      sink.close();
      this.#paths.delete(key);
    }
  }

  sinkOf(source: string | undefined, target: string): BatchSink {
    const key = pathKey(source, target);
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = this.#open(source, target);
      path.sink.isDown = this.#unresolved.has(target);
      this.#paths.set(key, path);
    }
    return path.sink;
  }

  /** The route or the MTU of a target is another. */
  reconnect(target: string): void {
    for (const path of this.#paths.values()) if (path.target === target) path.sink.reconnect();
  }

  /** Copies for these targets are skipped as `target-down`, all others are sent. */
  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const { target, sink } of this.#paths.values()) sink.isDown = addresses.has(target);
  }

  /** Since the last call. */
  troubles(): TargetTrouble[] {
    return [...this.#paths.values()].flatMap(({ target, sink }) => {
      const reason = sink.takeTrouble();
      return reason === undefined ? [] : [{ address: target, reason }];
    });
  }

  /** Follows the next hops of direct emission; to be called a few times a second, between batches. */
  follow(): void {
    if (this.#nextHops === undefined) return;
    const now = performance.now();
    const confirm = now - this.#confirmedMs > CONFIRM_INTERVAL_MS;
    if (confirm) this.#confirmedMs = now;
    const changed = this.#nextHops.changed();
    for (const path of this.#paths.values()) {
      const nextHop = confirm ? undefined : this.#nextHopNow(path, changed);
      if (sameNextHop(nextHop, path.nextHop)) continue;
      path.nextHop = nextHop;
      path.sink.reconnect();
    }
  }

  close(): void {
    for (const { sink } of this.#paths.values()) sink.close();
    this.#nextHops?.close();
  }

  /** Unresolved ones are looked up again whatever happened: a confirmation made them so. */
  #nextHopNow(path: Path, changed: boolean): NextHop | undefined {
    return changed || path.nextHop === undefined ? this.#nextHops?.lookUp(path.target) : path.nextHop;
  }

  #open(source: string | undefined, target: string): Path {
    const connect = (): Carrier => {
      const { nextHop } = path;
      return nextHop === undefined
        ? new RoutedCarrier(this.#libc, source, target)
        : new DirectCarrier(this.#libc, nextHop, source, target);
    };
    const path: { nextHop: NextHop | undefined } = { nextHop: undefined };
    return Object.assign(path, { target, sink: new BatchSink(this.#libc, connect, this.#counters) });
  }
}

function pathKey(source: string | undefined, target: string): string {
  return `${source ?? ''} ${target}`;
}

function sameNextHop(a: NextHop | undefined, b: NextHop | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
