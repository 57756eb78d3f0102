/**
 * I/O through kernel rings and batched raw sockets: one loop over all rings of the engine.
 *
 *     while there are frames    rounds of at most 5 ms, one block of each ring in turn, then the event loop
 *     a moment after them       a poll of 2 ms over all rings, then the event loop
 *     when there are none       an asynchronous poll over all rings
 *
 * An asynchronous poll waits on another thread: it costs two wake-ups instead of one, and twice the latency.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { type Libc, openLibc } from '../../linux/libc.js';
import { WallClock } from '../../linux/packet-ring.js';
import { PollSet, WakeUp } from '../../linux/poll.js';
import type { EnginePlan } from '../../plan/engine-plan.js';
import { captureKey } from '../../plan/lanes.js';
import type { EngineOptions } from '../../plan/mirror-plan.js';
import type { RouteReport } from '../../targets/route.js';
import type { SendError } from '../../targets/target-states.js';
import type { Backend, BackendOptions, LaneOptions } from '../backend.js';
import type { PacketSink } from '../sink.js';
import { SourceNamespaces } from '../source-namespaces.js';
import { OrderedRings } from './ordered-rings.js';
import { RingLane } from './ring-lane.js';
import { RingSource } from './ring-source.js';
import { TargetSinks } from './target-sinks.js';

const ROUND_MS = 5;
/** How long after the last frame the next one is expected at any moment. */
const EXPECTING_MS = 20;
const SHORT_POLL_MS = 2;
const POLL_MS = 250;
/** While frames wait for older ones of the other direction. */
const ORDER_POLL_MS = 1;
/** How often routes, and the paths of namespaces, are looked at. */
const CHECK_INTERVAL_MS = 250;
/** A frame that an earlier pre-filter let pass is in the ring after that time. */
const OLD_FILTER_MS = 2;
const FENCE_POLL_MS = 1;
/** Part of the time that an engine has to end. */
const LAST_DRAIN_MS = 1000;

export class RingBackend implements Backend {
  readonly #options: BackendOptions;
  readonly #libc: Libc;
  readonly #clock: WallClock;
  /** By the way of sending; for a moment, those of the plan before too. */
  readonly #sinks = new Map<string, TargetSinks>();
  #unresolved: ReadonlySet<string> = new Set();
  #lanes: readonly RingLane[] = [];
  #sources: readonly OrderedRings[] = [];
  readonly #namespaces: SourceNamespaces;
  readonly #checkTimer: NodeJS.Timeout;
  /** Ends a poll that began before the newest ring was there. */
  readonly #wakeUp: WakeUp;
  #closed = false;

  private constructor(options: BackendOptions, libc: Libc) {
    this.#options = options;
    this.#libc = libc;
    this.#clock = new WallClock(libc);
    this.#namespaces = new SourceNamespaces(libc);
    this.#wakeUp = new WakeUp(libc);
    this.#checkTimer = setInterval(() => {
      this.#checkNamespaces();
      for (const sinks of this.#sinks.values()) sinks.checkRoutes();
    }, CHECK_INTERVAL_MS);
  }

  /** @throws UnsupportedPlatformError, MissingPackageError. */
  static async open(options: BackendOptions): Promise<RingBackend> {
    const backend = new RingBackend(options, await openLibc());
    void backend.#loop();
    return backend;
  }

  sinkOf(
    options: EngineOptions,
    encapsulation: Encapsulation,
    sourceAddress: string | undefined,
    targetAddress: string,
  ): PacketSink {
    const key = txModeKey(options);
    let sinks = this.#sinks.get(key);
    if (sinks === undefined) {
      sinks = new TargetSinks(this.#libc, this.#options.counters, options);
      sinks.skip(this.#unresolved);
      this.#sinks.set(key, sinks);
    }
    return sinks.sinkOf(encapsulation, sourceAddress, targetAddress);
  }

  async replaceLanes(plan: EnginePlan, lanes: readonly LaneOptions[], commit: () => void): Promise<void> {
    const running = new Map(this.#lanes.map((lane) => [lane.key, lane]));
    const opened = await this.#openAll(
      lanes.filter(({ lane }) => !running.has(captureKey(lane))),
      plan.engine.ringMegabytes,
    );
    const wanted = new Map(lanes.map((options) => [captureKey(options.lane), options]));
    const leaving = this.#lanes.filter(({ key }) => !wanted.has(key));
    for (const lane of leaving) lane.shut();
    const staying = this.#lanes.filter(({ key }) => wanted.has(key));
    const changing = staying.filter((lane) => lane.openFor(wanted.get(lane.key) as LaneOptions));
    await this.#drain([...leaving, ...changing]);
    if (this.#closed) {
      for (const lane of opened.values()) lane.close();
      return;
    }
    commit();
    for (const lane of staying) lane.adopt(wanted.get(lane.key) as LaneOptions);
    this.#lanes = lanes.map(
      ({ lane }) => opened.get(captureKey(lane)) ?? (running.get(captureKey(lane)) as RingLane),
    );
    this.#arrange();
    for (const lane of opened.values()) this.#checkDevice(lane);
    await this.#closeUnused(plan, lanes, leaving);
  }

  updateRoute({ address }: RouteReport): void {
    for (const sinks of this.#sinks.values()) sinks.reconnect(address);
  }

  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const sinks of this.#sinks.values()) sinks.skip(addresses);
  }

  sendErrors(): SendError[] {
    return [...this.#sinks.values()].flatMap((sinks) => sinks.sendErrors());
  }

  collect(): void {
    for (const lane of this.#lanes) lane.collect(this.#options.counters.values);
  }

  drain(done: () => void): void {
    for (const lane of this.#lanes) lane.shut();
    void this.#drain(this.#lanes, LAST_DRAIN_MS).then(done);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#checkTimer);
    this.collect();
    for (const lane of this.#lanes) lane.close();
    this.#namespaces.close();
    for (const sinks of this.#sinks.values()) sinks.close();
    this.#wakeUp.signal();
  }

  /** All of them or none. @throws LinuxError */
  async #openAll(lanes: readonly LaneOptions[], megabytes: number): Promise<Map<string, RingLane>> {
    const opened = new Map<string, RingLane>();
    try {
      for (const options of lanes) {
        const lane = new RingLane(options, {
          namespace: this.#namespaces.of(options.lane.source.netns),
          openRing: (direction) => new RingSource(this.#libc, { direction, megabytes, filter: REJECT_ALL }),
          microsecondsSince: (seconds, nanoseconds) => this.#clock.microsecondsSince(seconds, nanoseconds),
          counters: this.#options.counters,
        });
        opened.set(lane.key, lane);
        // A ring takes milliseconds to make, and others have frames meanwhile.
        await nextTurn();
      }
      return opened;
    } catch (error) {
      for (const lane of opened.values()) lane.close();
      throw error;
    }
  }

  /** Waits until every frame that an earlier pre-filter let into these rings was handed over. */
  async #drain(lanes: readonly RingLane[], limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    if (lanes.length === 0) return;
    const end = performance.now() + limitMs;
    await sleep(OLD_FILTER_MS);
    const rings = lanes.flatMap(({ ring }) => ring ?? []);
    const fences = rings.map(({ source }) => ({ source, fence: source.fence() }));
    const isDone = (): boolean => this.#closed || fences.every(({ source, fence }) => source.isPast(fence));
    while (!isDone() && performance.now() < end) await sleep(FENCE_POLL_MS);
  }

  /** Closing a ring takes the kernel milliseconds too. */
  async #closeUnused(
    plan: EnginePlan,
    lanes: readonly LaneOptions[],
    leaving: readonly RingLane[],
  ): Promise<void> {
    for (const [key, sinks] of this.#sinks) {
      if (key === txModeKey(plan.engine)) sinks.keepOnly(lanes);
      else {
        sinks.close();
        this.#sinks.delete(key);
      }
    }
    for (const lane of leaving) {
      lane.close();
      await nextTurn();
    }
    this.#namespaces.keepOnly(this.#lanes.map(({ namespace }) => namespace));
  }

  async #loop(): Promise<void> {
    let expectedUntil = 0;
    while (!this.#closed) {
      if (this.#round()) expectedUntil = performance.now() + EXPECTING_MS;
      else if (performance.now() < expectedUntil) this.#waitHere();
      else await this.#waitForFrames();
      await nextTurn();
      if (!this.#closed) this.#readLinkEvents();
    }
    this.#wakeUp.close();
  }

  /** Also under load: a name may be another device's by now. */
  #readLinkEvents(): void {
    for (const namespace of this.#namespaces.readLinkEvents()) {
      for (const lane of this.#lanes) if (lane.namespace === namespace) this.#checkDevice(lane);
    }
  }

  /** Also tries lanes again that failed, and goes on with those that wait for their former ring to be empty. */
  #checkNamespaces(): void {
    this.#namespaces.look();
    for (const lane of this.#lanes) this.#checkDevice(lane);
  }

  #checkDevice(lane: RingLane): void {
    const { ring } = lane;
    lane.checkDevice();
    if (lane.ring !== ring) this.#arrange();
  }

  /** Groups the open rings by source. */
  #arrange(): void {
    this.#sources = joinDirections(this.#lanes);
    this.#wakeUp.signal();
  }

  /** @returns false when no ring had a block. */
  #round(): boolean {
    const end = performance.now() + ROUND_MS;
    let any = false;
    let frames = 0;
    do {
      frames = 0;
      for (const source of this.#sources) frames += source.pull();
      any ||= frames > 0;
      this.#options.onRound();
    } while (frames > 0 && !this.#closed && performance.now() < end);
    return any;
  }

  #waitHere(): void {
    const waiting = this.#sources.some((source) => source.waiting);
    const ready = this.#pollSet().waitHere(this.#libc, waiting ? ORDER_POLL_MS : SHORT_POLL_MS);
    if (ready > 0) this.#settle();
  }

  async #waitForFrames(): Promise<void> {
    const ready = await this.#pollSet().wait(this.#libc, POLL_MS);
    if (ready > 0 && !this.#closed) this.#settle();
  }

  #pollSet(): PollSet {
    const rings = this.#sources.flatMap(({ descriptors }) => descriptors);
    return new PollSet([...rings, ...this.#namespaces.descriptors, this.#wakeUp.descriptor]);
  }

  /** Reads the events that would end every further wait at once. */
  #settle(): void {
    this.#wakeUp.clear();
    // Link events first: they tell why a ring has an error.
    this.#readLinkEvents();
    for (const lane of this.#lanes) if (lane.clearError()) this.#checkDevice(lane);
  }
}

/** Equal for options with which copies are sent the same way. */
function txModeKey({ emit, oversize }: EngineOptions): string {
  return `${emit} ${oversize}`;
}

/** Both directions of a source are handed over in one order. */
function joinDirections(lanes: readonly RingLane[]): OrderedRings[] {
  const sourceIds = new Set(lanes.map(({ sourceId }) => sourceId));
  return [...sourceIds]
    .map((id) => lanes.flatMap(({ sourceId, ring }) => (sourceId === id && ring ? [ring] : [])))
    .filter((rings) => rings.length > 0)
    .map((rings) => new OrderedRings(rings));
}
