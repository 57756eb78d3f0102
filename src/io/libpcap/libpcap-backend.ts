/** I/O through npm cap and npm raw-socket. Where koffi is, link events are followed; else devices are looked at. */
import { innerLengthWithin } from '../../encapsulate/outer-size.js';
import { type Libc, openLibc } from '../../linux/libc.js';
import { PollSet } from '../../linux/poll-set.js';
import type { EnginePlan } from '../../plan/engine-plan.js';
import { captureKey } from '../../plan/lanes.js';
import type { EngineOptions, Oversize } from '../../plan/mirror-plan.js';
import { deviceMtu } from '../../targets/route.js';
import type { RouteReport } from '../../targets/route-watch.js';
import type { SendError } from '../../targets/target-states.js';
import { isIpv6Text } from '../../wire/address.js';
import type { Backend, BackendOptions, LaneOptions } from '../backend.js';
import { SourceNamespace } from '../source-namespace.js';
import { LibpcapLane } from './libpcap-lane.js';
import { RawSocketSink, RawSockets, type RawSocketWay } from './raw-socket-sink.js';

/** Also how often what is due besides frames is done while there are none. */
const IDLE_ROUND_MS = 200;
/** For what no event tells. */
const FOLLOW_INTERVAL_MS = 250;

interface AddressSink {
  readonly address: string;
  readonly sink: RawSocketSink;
}

export class LibpcapBackend implements Backend {
  readonly #options: BackendOptions;
  readonly #sockets: RawSockets;
  /** One per pair of addresses, and per what becomes of what is too long. */
  readonly #sinks = new Map<string, AddressSink>();
  /** The last way that there was to each address. */
  readonly #routes = new Map<string, RouteReport>();
  #unresolved: ReadonlySet<string> = new Set();
  #lanes: readonly LibpcapLane[] = [];
  readonly #libc: Libc | undefined;
  /** By path; undefined: the engine's own. None without koffi. */
  readonly #namespaces = new Map<string | undefined, SourceNamespace>();
  readonly #idleRound: NodeJS.Timeout;
  readonly #follow: NodeJS.Timeout;
  #closed = false;

  private constructor(options: BackendOptions, sockets: RawSockets, libc: Libc | undefined) {
    this.#options = options;
    this.#sockets = sockets;
    this.#libc = libc;
    this.#idleRound = setInterval(options.onRound, IDLE_ROUND_MS);
    this.#follow = setInterval(() => {
      for (const namespace of this.#namespaces.values()) namespace.look();
      this.#followDevices();
    }, FOLLOW_INTERVAL_MS);
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: BackendOptions): Promise<LibpcapBackend> {
    const sockets = await RawSockets.open();
    const io = new LibpcapBackend(options, sockets, await openLibc().catch(() => undefined));
    void io.#awaitEvents();
    return io;
  }

  /** The source address stands in the packet; one socket sends for all of a family. */
  sinkOf({ oversize }: EngineOptions, source: string | undefined, target: string): RawSocketSink {
    const key = `${oversize} ${source ?? ''} ${target}`;
    const { sink } = this.#sinks.get(key) ?? { sink: this.#open(source, target, oversize) };
    this.#sinks.set(key, { address: target, sink });
    return sink;
  }

  /**
   * Waits for nothing before `commit`: npm cap may not return to the event loop. A lane whose own packets would have
   * other addresses opens its device anew, and may lose what libpcap still held.
   */
  async replaceLanes(plan: EnginePlan, lanes: readonly LaneOptions[], commit: () => void): Promise<void> {
    const running = new Map(this.#lanes.map((lane) => [lane.key, lane]));
    commit();
    const opened: LibpcapLane[] = [];
    this.#lanes = lanes.map((options) => {
      const key = `${captureKey(options.lane)} ${plan.engine.oversize} ${plan.targetAddresses.join(' ')}`;
      const lane = running.get(key) ?? this.#newLane(key, plan, options);
      if (running.delete(key)) lane.consumer = options.consumer;
      else opened.push(lane);
      return lane;
    });
    for (const lane of running.values()) lane.close();
    for (const [path, namespace] of this.#namespaces) {
      if (this.#lanes.some((lane) => lane.namespace === namespace)) continue;
      namespace.close();
      this.#namespaces.delete(path);
    }
    await Promise.all(opened.map((lane) => lane.followDevice()));
  }

  /** Without a route the last one stays: the send itself tells why it fails. */
  followRoute(route: RouteReport): void {
    if (route.device === '') return;
    this.#routes.set(route.address, route);
    for (const { address, sink } of this.#sinks.values()) {
      if (address === route.address) sink.follow(wayOf(route));
    }
  }

  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const { address, sink } of this.#sinks.values()) sink.isDown = addresses.has(address);
  }

  troubles(): SendError[] {
    return [...this.#sinks.values()].flatMap(({ address, sink }) => {
      const reason = sink.takeSendError();
      return reason === undefined ? [] : [{ address, reason }];
    });
  }

  /** Under load, the only thing that runs. */
  collect(): void {
    this.#followLinks();
  }

  /** At once: npm cap lets more in for as long as it is open. */
  drain(done: () => void): void {
    done();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#idleRound);
    clearInterval(this.#follow);
    for (const lane of this.#lanes) lane.close();
    for (const namespace of this.#namespaces.values()) namespace.close();
    this.#namespaces.clear();
    this.#sockets.close();
  }

  #open(source: string | undefined, target: string, oversize: Oversize): RawSocketSink {
    const options = { source, target, oversize, roomNow: () => this.#roomNow(target) };
    const wrap = this.#sockets.wrapOf(isIpv6Text(target) ? 6 : 4);
    const sink = new RawSocketSink(wrap, options, this.#options.counters, wayOf(this.#routes.get(target)));
    sink.isDown = this.#unresolved.has(target);
    return sink;
  }

  /** By the MTU of the device that the route leads to. */
  #roomNow(target: string): number | undefined {
    const route = this.#routes.get(target);
    const mtu = route === undefined ? undefined : deviceMtu(route.device, target);
    return mtu === undefined ? undefined : innerLengthWithin(mtu, target);
  }

  #newLane(key: string, plan: EnginePlan, { lane, consumer, onCondition }: LaneOptions): LibpcapLane {
    return new LibpcapLane({
      key,
      lane,
      namespace: this.#namespaceOf(lane.source.netns),
      consumer,
      onCondition,
      onFrames: this.#options.onRound,
      targetAddresses: plan.targetAddresses,
      engine: plan.engine,
    });
  }

  #namespaceOf(netns: string | undefined): SourceNamespace | undefined {
    if (this.#libc === undefined) return undefined;
    const namespace = this.#namespaces.get(netns) ?? new SourceNamespace(this.#libc, netns);
    this.#namespaces.set(netns, namespace);
    return namespace;
  }

  async #awaitEvents(): Promise<void> {
    while (this.#libc !== undefined && !this.#closed) {
      const descriptors = [...this.#namespaces.values()].map(({ descriptor }) => descriptor);
      await new PollSet(descriptors).wait(this.#libc, FOLLOW_INTERVAL_MS);
      this.#followLinks();
    }
  }

  #followLinks(): void {
    let any = false;
    for (const namespace of this.#namespaces.values()) any = namespace.follow() || any;
    if (any) this.#followDevices();
  }

  #followDevices(): void {
    for (const lane of this.#lanes) void lane.followDevice();
  }
}

function wayOf(route: RouteReport | undefined): RawSocketWay {
  return route && { room: route.maximumInnerLength, sourceAddress: route.sourceAddress };
}
