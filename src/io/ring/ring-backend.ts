/**
 * I/O through kernel rings and batched raw sockets: one loop over all rings of the engine.
 *
 *     while there are frames    all sources in turn; every 5 ms the event loop
 *     a moment after them       a poll of 2 ms over all rings, then the event loop; under load a nap in place of both
 *     when there are none       an asynchronous poll over all rings: on another thread, at twice the latency
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { AF_PACKET, SOCK_RAW } from '../../linux/constants.js';
import { type Libc, openLibc } from '../../linux/libc.js';
import { deviceKey } from '../../plan/lanes.js';
import type { EngineOptions } from '../../plan/mirror-plan.js';
import type { Backend, BackendOptions, BackendTargets, LaneChange } from '../backend.js';
import type { PacketSink } from '../sink.js';
import { Slices } from '../slices.js';
import { SourceNamespaces } from '../source-namespaces.js';
import { XdpDevices } from '../xdp/xdp-devices.js';
import { CaptureMaker, makeRoom, untilDrained } from './capture-maker.js';
import { Turns } from './fair-share.js';
import { RingPoll } from './ring-poll.js';
import { SinksByMode } from './sinks-by-mode.js';
import type { SourceCapture } from './source-capture.js';
import { lanesBySource, type WantedChange, type WantedLanes } from './source-lanes.js';

const MEBIBYTE = 1 << 20;
const ROUND_MS = 5;
const CHECK_INTERVAL_MS = 250;
const LAST_DRAIN_MS = 1000;

export class RingBackend implements Backend {
  readonly #options: BackendOptions;
  readonly #libc: Libc;
  readonly #sinks: SinksByMode;
  #captures: readonly SourceCapture[] = [];
  readonly #turns = new Turns();
  /** Undefined: no copies go by AF_XDP. */
  #xdp: XdpDevices | undefined;
  readonly #maker: CaptureMaker;
  /** Captures of a plan that does not run yet. */
  #prepared: readonly SourceCapture[] = [];
  readonly #namespaces: SourceNamespaces;
  readonly #checkTimer: NodeJS.Timeout;
  readonly #poll: RingPoll;
  readonly #slices = new Slices();
  /** Resolves when every ring lets in what its lanes want, and nothing more. */
  #fitting: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: BackendOptions, libc: Libc) {
    this.#options = options;
    this.#libc = libc;
    this.#sinks = new SinksByMode(libc, options, (engine) => this.#xdpFor(engine));
    this.#namespaces = new SourceNamespaces(libc);
    this.#poll = new RingPoll(libc);
    this.#maker = new CaptureMaker(libc, {
      counters: options.counters,
      namespaces: this.#namespaces,
      worker: options.worker,
      xdp: () => this.#xdp,
      sourceCount: () => this.#captures.length + this.#prepared.length,
      onRing: (capture) => this.#checkDevice(capture, true),
    });
    this.#checkTimer = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
  }

  /** @throws UnsupportedPlatformError, MissingPackageError; LinuxError: EPERM without CAP_NET_RAW. */
  static async open(options: BackendOptions): Promise<RingBackend> {
    const libc = await openLibc();
    // What will not be permitted is told now, whether or not a device is there yet.
    libc.close(libc.socket(AF_PACKET, SOCK_RAW, 0));
    const backend = new RingBackend(options, libc);
    void backend.#loop();
    return backend;
  }

  get targets(): BackendTargets {
    return this.#sinks;
  }

  sinkOf(
    options: EngineOptions,
    encapsulation: Encapsulation,
    sourceAddress: string | undefined,
    targetAddress: string,
  ): PacketSink {
    return this.#sinks.of(options).sinkOf(encapsulation, sourceAddress, targetAddress);
  }

  /** AF_XDP for options that want it. */
  #xdpFor({ emit, xdpMegabytes }: EngineOptions): XdpDevices | undefined {
    if (emit === 'routed' || xdpMegabytes === 0) return undefined;
    const links = this.#namespaces.of(undefined);
    this.#xdp ??= new XdpDevices(
      this.#libc,
      this.#options.counters,
      links,
      xdpMegabytes * MEBIBYTE,
      this.#options.worker,
    );
    return this.#xdp;
  }

  async changeLanes({ put, before, engine }: LaneChange, commit: () => void): Promise<void> {
    await this.#fitting;
    const running = new Map(this.#captures.map((capture) => [capture.key, capture]));
    const wanted = lanesBySource(put);
    const lanesOf = ({ key }: SourceCapture): WantedLanes => wanted.get(key) as WantedLanes;
    const staying = [...wanted.keys()].flatMap((key) => running.get(key) ?? []);
    const leaving = before.flatMap((source) => {
      const key = deviceKey(source);
      return wanted.has(key) ? [] : (running.get(key) ?? []);
    });
    const added = [...wanted].filter(([key]) => !running.has(key)).map(([, lanes]) => lanes);
    const opened = await this.#openAll(added, engine);
    try {
      await this.#leaveFor(staying, lanesOf, leaving);
    } catch (error) {
      for (const capture of leaving) capture.reopen();
      await this.#slices.each(staying, (capture) => capture.fit());
      await this.#discard(opened);
      throw error;
    }
    if (this.#closed) return this.#discard(opened);
    this.#xdp?.settle();
    commit();
    this.#prepared = [];
    const gone = new Set(leaving);
    this.#captures = [...this.#captures.filter((of) => !gone.has(of)), ...opened];
    const adopted: Record<WantedChange, SourceCapture[]> = { nothing: [], frames: [], direction: [] };
    for (const capture of [...staying, ...opened]) adopted[capture.adopt(lanesOf(capture))].push(capture);
    this.#poll.wake();
    // What is new needs only more.
    if (before.length > 0) this.#sinks.keepOnly(engine, this.#captures);
    void this.#closeAll(leaving);
    await this.#slices.each(adopted.direction, (capture) => capture.fit());
    await this.#slices.each(opened, (capture) => this.#checkDevice(capture));
    // Until then they let in too much, which the rules sort out. One that cannot be fitted goes on like that.
    this.#fitting = this.#slices.each(adopted.frames, (capture) => capture.fit()).catch(() => {});
  }

  collect(ids?: ReadonlySet<string>): void {
    const { values } = this.#options.counters;
    for (const capture of this.#captures) {
      if (ids?.has(capture.source.id) === false) continue;
      capture.collect(values);
      if (!this.#closed) capture.resize();
    }
  }

  drain(done: () => void): void {
    const end = performance.now() + LAST_DRAIN_MS;
    const captures = this.#captures;
    const shut = this.#slices.each(captures, (capture) => capture.shut()).catch(() => {});
    const isOver = (): boolean => this.#closed || performance.now() >= end;
    void shut.then(() => untilDrained(captures, isOver)).then(done);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#checkTimer);
    this.collect();
    const closed = this.#closeAll(this.#captures);
    this.#namespaces.close();
    this.#sinks.close();
    this.#xdp?.close();
    this.#poll.wake();
    await closed;
  }

  /** All of them or none. @throws LinuxError */
  async #openAll(sources: readonly WantedLanes[], engine: EngineOptions): Promise<SourceCapture[]> {
    const opened = this.#maker.make(sources, engine, this.#captures.length + sources.length);
    this.#prepared = opened;
    const outcomes = await Promise.allSettled(opened.map((capture) => capture.prepare()));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure === undefined) return opened;
    await this.#discard(opened);
    throw failure.reason;
  }

  async #discard(opened: readonly SourceCapture[]): Promise<void> {
    this.#prepared = [];
    await this.#closeAll(opened);
  }

  /** Waits until no ring holds a frame that only the lanes of now can judge. @throws LinuxError */
  async #leaveFor(
    staying: readonly SourceCapture[],
    lanesOf: (capture: SourceCapture) => WantedLanes,
    leaving: readonly SourceCapture[],
  ): Promise<void> {
    const changing: SourceCapture[] = [];
    await this.#slices.each(staying, (capture) => {
      if (capture.openFor(lanesOf(capture))) changing.push(capture);
    });
    await this.#slices.each(leaving, (capture) => capture.shut());
    await untilDrained([...changing, ...leaving], () => this.#closed);
  }

  async #closeAll(captures: readonly SourceCapture[]): Promise<void> {
    await Promise.all(captures.map((capture) => capture.close()));
    if (this.#closed) return;
    const kept = [...this.#captures, ...this.#prepared].map(({ namespace }) => namespace);
    this.#namespaces.keepOnly(this.#xdp === undefined ? kept : [...kept, this.#namespaces.of(undefined)]);
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      const end = performance.now() + ROUND_MS;
      let isPolled = false;
      while (!this.#closed && !isPolled && performance.now() < end) {
        const isSending = this.#xdp?.flush() ?? false;
        if (this.#round(end)) this.#poll.sawFrames();
        else if (this.#slices.isBusy || isSending || this.#poll.isExpecting) isPolled = this.#waitHere();
        else isPolled = await this.#waitForFrames();
      }
      await nextTurn();
      // A poll tells of link events. Under load a name may be another device's by now.
      if (!isPolled && !this.#closed) this.#readLinkEvents();
    }
    this.#poll.close();
  }

  #readLinkEvents(): void {
    for (const namespace of this.#namespaces.readLinkEvents()) {
      for (const capture of this.#captures) if (capture.namespace === namespace) this.#checkDevice(capture);
      if (namespace.path === undefined) this.#xdp?.readMtus();
    }
  }

  /** Also tries sources again that failed, and goes on with those that wait for their former ring to be empty. */
  #check(): void {
    this.#namespaces.look();
    // A list of devices that was made aside tells by no poll that it is there.
    this.#readLinkEvents();
    this.#sinks.checkRoutes();
    this.#xdp?.check();
    void this.#slices.each(this.#captures, (capture) => this.#checkDevice(capture));
    if (makeRoom(this.#captures)) this.#poll.wake();
  }

  #checkDevice(capture: SourceCapture, hasNewRing = false): void {
    // A poll that waits does not know the new ring.
    if (capture.checkDevice() || hasNewRing) this.#poll.wake();
  }

  /** @param end when the event loop is to have a turn. @returns false when no ring had frames. */
  #round(end: number): boolean {
    const any = this.#turns.give(this.#captures, () => {
      this.#options.onRound();
      return this.#closed || performance.now() >= end;
    });
    if (!any) this.#options.onRound();
    return any;
  }

  /** @returns whether it was a poll. */
  #waitHere(): boolean {
    if (!this.#slices.isBusy && this.#poll.nap()) return false;
    this.#settle(this.#poll.waitHere(this.#captures, this.#namespaces.descriptors, this.#slices.isBusy));
    return true;
  }

  async #waitForFrames(): Promise<boolean> {
    this.#settle(await this.#poll.wait(this.#captures, this.#namespaces.descriptors));
    return true;
  }

  /** Reads the events that would end every further wait at once. @param failed see `RingPoll`. */
  #settle(failed: readonly SourceCapture[] | undefined): void {
    if (failed === undefined || this.#closed) return;
    // Link events first: they tell why a ring has an error.
    this.#readLinkEvents();
    for (const capture of failed) if (capture.clearError()) this.#checkDevice(capture);
  }
}
