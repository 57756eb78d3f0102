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
import { deviceDirection, deviceKey } from '../../plan/lanes.js';
import { copyOptionsOf, type EngineOptions } from '../../plan/mirror-plan.js';
import type { RouteReport } from '../../targets/route.js';
import type { SendError } from '../../targets/target-states.js';
import type { Backend, BackendOptions, LaneOptions } from '../backend.js';
import type { EgressShare } from '../egress-share.js';
import type { PacketSink } from '../sink.js';
import { SourceNamespaces } from '../source-namespaces.js';
import { RingSource } from './ring-source.js';
import { SourceCapture } from './source-capture.js';
import { SourceLanes, type WantedLanes } from './source-lanes.js';
import { TargetSinks } from './target-sinks.js';

const ROUND_MS = 5;
/** How long after the last frame the next one is expected at any moment. */
const EXPECTING_MS = 20;
const SHORT_POLL_MS = 2;
const POLL_MS = 250;
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
  #shares: ReadonlyMap<string, EgressShare> = new Map();
  #captures: readonly SourceCapture[] = [];
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
      sinks.giveWay(this.#shares);
      this.#sinks.set(key, sinks);
    }
    return sinks.sinkOf(encapsulation, sourceAddress, targetAddress);
  }

  async replaceLanes(plan: EnginePlan, lanes: readonly LaneOptions[], commit: () => void): Promise<void> {
    const running = new Map(this.#captures.map((capture) => [capture.key, capture]));
    const wanted = lanesBySource(lanes);
    const added = [...wanted].filter(([key]) => !running.has(key));
    const opened = await this.#openAll(
      added.map(([, of]) => of),
      plan.engine.ringMegabytes,
    );
    const leaving = this.#captures.filter(({ key }) => !wanted.has(key));
    for (const capture of leaving) capture.shut();
    const staying = this.#captures.filter(({ key }) => wanted.has(key));
    const changing = staying.filter((capture) => capture.openFor(wanted.get(capture.key) as WantedLanes));
    await this.#drain([...leaving, ...changing]);
    if (this.#closed) {
      for (const capture of opened) capture.close();
      return;
    }
    commit();
    this.#captures = [...staying, ...opened];
    for (const capture of this.#captures) capture.adopt(wanted.get(capture.key) as WantedLanes);
    this.#wakeUp.signal();
    for (const capture of opened) this.#checkDevice(capture);
    await this.#closeUnused(plan, lanes, leaving);
  }

  updateRoute({ address }: RouteReport): void {
    for (const sinks of this.#sinks.values()) sinks.reconnect(address);
  }

  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const sinks of this.#sinks.values()) sinks.skip(addresses);
  }

  giveWay(shares: ReadonlyMap<string, EgressShare>): void {
    this.#shares = shares;
    for (const sinks of this.#sinks.values()) sinks.giveWay(shares);
  }

  sendErrors(): SendError[] {
    return [...this.#sinks.values()].flatMap((sinks) => sinks.sendErrors());
  }

  collect(): void {
    for (const capture of this.#captures) capture.collect(this.#options.counters.values);
  }

  drain(done: () => void): void {
    for (const capture of this.#captures) capture.shut();
    void this.#drain(this.#captures, LAST_DRAIN_MS).then(done);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#checkTimer);
    this.collect();
    for (const capture of this.#captures) capture.close();
    this.#namespaces.close();
    for (const sinks of this.#sinks.values()) sinks.close();
    this.#wakeUp.signal();
  }

  /** All of them or none. @throws LinuxError */
  async #openAll(sources: readonly WantedLanes[], megabytes: number): Promise<SourceCapture[]> {
    const opened: SourceCapture[] = [];
    try {
      for (const wanted of sources) {
        const lanes = new SourceLanes(wanted, this.#options.counters);
        const capture = new SourceCapture({
          lanes,
          namespace: this.#namespaces.of(lanes.source.netns),
          openRing: () => new RingSource(this.#libc, { megabytes, filter: REJECT_ALL }),
          microsecondsSince: (seconds, nanoseconds) => this.#clock.microsecondsSince(seconds, nanoseconds),
        });
        opened.push(capture);
        // A ring takes milliseconds to make, and others have frames meanwhile.
        await nextTurn();
      }
      return opened;
    } catch (error) {
      for (const capture of opened) capture.close();
      throw error;
    }
  }

  /** Waits until every frame that an earlier pre-filter let into these rings was handed over. */
  async #drain(captures: readonly SourceCapture[], limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    if (captures.length === 0) return;
    const end = performance.now() + limitMs;
    await sleep(OLD_FILTER_MS);
    const fences = captures.map((capture) => capture.fence());
    const isDone = (): boolean => this.#closed || fences.every((isPast) => isPast());
    while (!isDone() && performance.now() < end) await sleep(FENCE_POLL_MS);
  }

  /** Closing a ring takes the kernel milliseconds too. */
  async #closeUnused(
    plan: EnginePlan,
    lanes: readonly LaneOptions[],
    leaving: readonly SourceCapture[],
  ): Promise<void> {
    for (const [key, sinks] of this.#sinks) {
      if (key === txModeKey(plan.engine)) sinks.keepOnly(lanes);
      else {
        sinks.close();
        this.#sinks.delete(key);
      }
    }
    for (const capture of leaving) {
      capture.close();
      await nextTurn();
    }
    this.#namespaces.keepOnly(this.#captures.map(({ namespace }) => namespace));
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
      for (const capture of this.#captures) {
        if (capture.namespace === namespace) this.#checkDevice(capture);
      }
    }
  }

  /** Also tries sources again that failed, and goes on with those that wait for their former ring to be empty. */
  #checkNamespaces(): void {
    this.#namespaces.look();
    for (const capture of this.#captures) this.#checkDevice(capture);
  }

  #checkDevice(capture: SourceCapture): void {
    // A poll that waits does not know the new ring.
    if (capture.checkDevice()) this.#wakeUp.signal();
  }

  /** @returns false when no ring had a block. */
  #round(): boolean {
    const end = performance.now() + ROUND_MS;
    let any = false;
    let frames = 0;
    do {
      frames = 0;
      for (const capture of this.#captures) frames += capture.pull();
      any ||= frames > 0;
      this.#options.onRound();
    } while (frames > 0 && !this.#closed && performance.now() < end);
    return any;
  }

  #waitHere(): void {
    const ready = this.#pollSet().waitHere(this.#libc, SHORT_POLL_MS);
    if (ready > 0) this.#settle();
  }

  async #waitForFrames(): Promise<void> {
    const ready = await this.#pollSet().wait(this.#libc, POLL_MS);
    if (ready > 0 && !this.#closed) this.#settle();
  }

  #pollSet(): PollSet {
    const rings = this.#captures.map(({ descriptor }) => descriptor);
    return new PollSet([...rings, ...this.#namespaces.descriptors, this.#wakeUp.descriptor]);
  }

  /** Reads the events that would end every further wait at once. */
  #settle(): void {
    this.#wakeUp.clear();
    // Link events first: they tell why a ring has an error.
    this.#readLinkEvents();
    for (const capture of this.#captures) if (capture.clearError()) this.#checkDevice(capture);
  }
}

/** Equal for options with which copies are sent the same way. */
function txModeKey(options: EngineOptions): string {
  return `${options.emit} ${JSON.stringify(copyOptionsOf(options))}`;
}

/** The lanes of each source, by its key. */
function lanesBySource(lanes: readonly LaneOptions[]): Map<string, WantedLanes> {
  const bySource = new Map<string, WantedLanes>();
  for (const options of lanes) {
    const key = deviceKey(options.lane.source);
    bySource.set(key, { ...bySource.get(key), [deviceDirection(options.lane)]: options });
  }
  return bySource;
}
