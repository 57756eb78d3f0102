/** I/O through npm cap and npm raw-socket. Where koffi is, link events are followed; else devices are looked at. */
import { type Libc, openLibc } from '../linux/libc.js';
import { PollSet } from '../linux/poll-set.js';
import { laneKey } from '../mirror/lane.js';
import { RawSocket, RawSocketSink } from '../transmit/raw-socket.js';
import type { EngineIo, EngineIoOptions, LaneOptions, TargetTrouble } from './engine-io.js';
import { LibpcapLane } from './libpcap-lane.js';
import type { EnginePlan } from './messages.js';
import type { RouteReport } from './route-watch.js';
import { SourceNamespace } from './source-namespace.js';

/** Also how often what is due besides frames is done while there are none. */
const IDLE_ROUND_MS = 200;
/** For what no event tells. */
const FOLLOW_INTERVAL_MS = 250;

export class LibpcapIo implements EngineIo {
  readonly #options: EngineIoOptions;
  readonly #socket: RawSocket;
  readonly #sinks = new Map<string, RawSocketSink>();
  /** Most bytes of a frame that the way to an address takes. */
  readonly #rooms = new Map<string, number>();
  #unresolved: ReadonlySet<string> = new Set();
  #lanes: readonly LibpcapLane[] = [];
  readonly #libc: Libc | undefined;
  /** By path; undefined: the engine's own. None without koffi. */
  readonly #namespaces = new Map<string | undefined, SourceNamespace>();
  readonly #idleRound: NodeJS.Timeout;
  readonly #follow: NodeJS.Timeout;
  #closed = false;

  private constructor(options: EngineIoOptions, socket: RawSocket, libc: Libc | undefined) {
    this.#options = options;
    this.#socket = socket;
    this.#libc = libc;
    this.#idleRound = setInterval(options.onRound, IDLE_ROUND_MS);
    this.#follow = setInterval(() => {
      for (const namespace of this.#namespaces.values()) namespace.look();
      this.#followDevices();
    }, FOLLOW_INTERVAL_MS);
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: EngineIoOptions): Promise<LibpcapIo> {
    const socket = await RawSocket.open();
    const io = new LibpcapIo(options, socket, await openLibc().catch(() => undefined));
    void io.#awaitEvents();
    return io;
  }

  /** The source address stands in the packet; one socket sends for all. */
  sinkOf(_plan: EnginePlan, _sourceAddress: string | undefined, targetAddress: string): RawSocketSink {
    let sink = this.#sinks.get(targetAddress);
    if (sink === undefined) {
      const room = this.#rooms.get(targetAddress) ?? 0;
      sink = new RawSocketSink(this.#socket, targetAddress, this.#options.counters, room);
      sink.isDown = this.#unresolved.has(targetAddress);
      this.#sinks.set(targetAddress, sink);
    }
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
      const key = `${laneKey(options.lane)} ${plan.targetAddresses.join(' ')}`;
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

  /** Without a route the last room stays: the send itself tells why it fails. */
  followRoute({ address, maximumInnerLength, device }: RouteReport): void {
    if (device === '') return;
    this.#rooms.set(address, maximumInnerLength);
    const sink = this.#sinks.get(address);
    if (sink !== undefined) sink.maximumInnerLength = maximumInnerLength;
  }

  skipTargets(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const [address, sink] of this.#sinks) sink.isDown = addresses.has(address);
  }

  troubles(): TargetTrouble[] {
    return [...this.#sinks].flatMap(([address, sink]) => {
      const reason = sink.takeTrouble();
      return reason === undefined ? [] : [{ address, reason }];
    });
  }

  /** Under load, the only thing that runs. */
  collect(): void {
    this.#followLinks();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#idleRound);
    clearInterval(this.#follow);
    for (const lane of this.#lanes) lane.close();
    for (const namespace of this.#namespaces.values()) namespace.close();
    this.#namespaces.clear();
    this.#socket.close();
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
      bufferBytes: plan.ringMegabytes << 20,
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
