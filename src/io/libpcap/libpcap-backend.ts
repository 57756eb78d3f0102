/** I/O through npm cap and npm raw-socket. Devices are followed by link events with koffi, and by sysfs without. */
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { innerLengthWithin } from '../../encapsulate/outer-header.js';
import { requestMtu } from '../../linux/device-requests.js';
import { type Libc, openLibc } from '../../linux/libc.js';
import { PollSet } from '../../linux/poll.js';
import { linkInSysfs, mtuOfIpv6 } from '../../linux/sysfs-devices.js';
import { captureKey } from '../../plan/lanes.js';
import { type CopyOptions, copyOptionsOf, type EngineOptions } from '../../plan/mirror-plan.js';
import type { RouteReport } from '../../targets/route.js';
import type { Emission, SendError } from '../../targets/target-states.js';
import { isIpv6Text } from '../../wire/address.js';
import type { Backend, BackendOptions, BackendTargets, LaneChange, LaneOptions } from '../backend.js';
import { EgressShare } from '../egress-share.js';
import { SourceNamespaces } from '../source-namespaces.js';
import { LibpcapLane } from './libpcap-lane.js';
import { RawSocketSink, RawSockets } from './raw-socket-sink.js';

/** How often `onRound` is called while there are no frames. */
const IDLE_ROUND_MS = 200;
/** How often devices and the paths of namespaces are checked, for changes without an event. */
const CHECK_INTERVAL_MS = 250;

interface AddressSink {
  readonly address: string;
  readonly sink: RawSocketSink;
  readonly emit: EngineOptions['emit'];
}

export class LibpcapBackend implements Backend, BackendTargets {
  readonly targets: BackendTargets = this;
  readonly #options: BackendOptions;
  readonly #sockets: RawSockets;
  /** One per encapsulation, pair of addresses and options of copies. */
  readonly #sinks = new Map<string, AddressSink>();
  /** The last known route to each address. */
  readonly #routes = new Map<string, RouteReport>();
  #unresolved: ReadonlySet<string> = new Set();
  #shares: ReadonlyMap<string, EgressShare> = new Map();
  #lanes: readonly LibpcapLane[] = [];
  /** What the lanes are to do, by source. */
  readonly #wanted = new Map<string, readonly LaneOptions[]>();
  readonly #libc: Libc | undefined;
  /** Undefined without koffi. */
  readonly #namespaces: SourceNamespaces | undefined;
  readonly #idleRound: NodeJS.Timeout;
  readonly #checkTimer: NodeJS.Timeout;
  #closed = false;

  private constructor(options: BackendOptions, sockets: RawSockets, libc: Libc | undefined) {
    this.#options = options;
    this.#sockets = sockets;
    this.#libc = libc;
    this.#namespaces = libc && new SourceNamespaces(libc);
    this.#idleRound = setInterval(options.onRound, IDLE_ROUND_MS);
    this.#checkTimer = setInterval(() => {
      this.#namespaces?.look();
      this.#checkDevices();
    }, CHECK_INTERVAL_MS);
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: BackendOptions): Promise<LibpcapBackend> {
    const sockets = await RawSockets.open();
    const backend = new LibpcapBackend(options, sockets, await openLibc().catch(() => undefined));
    void backend.#awaitEvents();
    return backend;
  }

  /** The source address is in the packet: one socket sends for all targets of a family. */
  sinkOf(
    options: EngineOptions,
    encapsulation: Encapsulation,
    source: string | undefined,
    target: string,
  ): RawSocketSink {
    const copies = copyOptionsOf(options);
    const { name, overhead } = encapsulation;
    const key = `${JSON.stringify(copies)} ${name} ${overhead} ${source ?? ''} ${target}`;
    const { sink } = this.#sinks.get(key) ?? { sink: this.#open(encapsulation, source, target, copies) };
    this.#sinks.set(key, { address: target, sink, emit: options.emit });
    return sink;
  }

  /**
   * Calls `commit` without waiting: npm cap may not return to the event loop. When target addresses change, a lane
   * opens its device again, since its filter names them, and may lose frames that libpcap still holds.
   */
  async changeLanes(change: LaneChange, commit: () => void): Promise<void> {
    for (const { id } of change.before) this.#wanted.delete(id);
    for (const options of change.put) {
      const { id } = options.lane.source;
      this.#wanted.set(id, [...(this.#wanted.get(id) ?? []), options]);
    }
    const lanes = [...this.#wanted.values()].flat();
    const running = new Map(this.#lanes.map((lane) => [lane.key, lane]));
    commit();
    const opened: LibpcapLane[] = [];
    this.#lanes = lanes.map((options) => {
      const key = `${captureKey(options.lane)} ${change.engine.oversize} ${change.targetAddresses.join(' ')}`;
      const lane = running.get(key) ?? this.#newLane(key, change, options);
      if (running.delete(key)) lane.consumer = options.consumer;
      else opened.push(lane);
      return lane;
    });
    for (const lane of running.values()) lane.close();
    this.#namespaces?.keepOnly(this.#lanes.map(({ namespace }) => namespace));
    await Promise.all(opened.map((lane) => lane.checkDevice()));
  }

  /** Without a route the last one stays in use: the error of the send says why there is none. */
  updateRoute(route: RouteReport): void {
    if (route.device === '') return;
    this.#routes.set(route.address, route);
    for (const { address, sink } of this.#sinks.values()) {
      if (address === route.address) sink.setRoute(route);
    }
  }

  /** Every copy is routed. */
  updateNextHop(): void {}

  skip(addresses: ReadonlySet<string>): void {
    this.#unresolved = addresses;
    for (const { address, sink } of this.#sinks.values()) sink.isDown = addresses.has(address);
  }

  giveWay(shares: ReadonlyMap<string, EgressShare>): void {
    this.#shares = shares;
    for (const { address, sink } of this.#sinks.values())
      sink.share = shares.get(address) ?? new EgressShare();
  }

  /** npm raw-socket sends by the kernel's routes, whatever `emit` says. */
  goDirect(): void {}

  sendErrors(): SendError[] {
    return [...this.#sinks.values()].flatMap(({ address, sink }) => {
      const reason = sink.takeSendError();
      return reason === undefined ? [] : [{ address, reason }];
    });
  }

  emissions(): Emission[] {
    return [...this.#sinks.values()].map(({ address, emit }) => ({
      address,
      emission: 'routed',
      emissionReason: emit === 'routed' ? '' : 'libpcap I/O routes all copies',
    }));
  }

  /** Reads link events: under load nothing else is called. */
  collect(): void {
    this.#readLinkEvents();
  }

  /** Done immediately: there is nothing to drain to, since an open handle of npm cap lets more frames in. */
  drain(done: () => void): void {
    done();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#idleRound);
    clearInterval(this.#checkTimer);
    for (const lane of this.#lanes) lane.close();
    this.#namespaces?.close();
    this.#sockets.close();
  }

  #open(
    encapsulation: Encapsulation,
    source: string | undefined,
    target: string,
    copies: CopyOptions,
  ): RawSocketSink {
    const maxInnerLengthNow = (): number | undefined => this.#maxInnerLengthNow(encapsulation, target);
    const options = { encapsulation, source, target, ...copies, maxInnerLengthNow };
    const wrap = this.#sockets.wrapOf(isIpv6Text(target) ? 6 : 4);
    const sink = new RawSocketSink(wrap, options, this.#options.counters, this.#routes.get(target));
    sink.isDown = this.#unresolved.has(target);
    sink.share = this.#shares.get(target) ?? sink.share;
    return sink;
  }

  /** From the MTU of the device that the route leads to; undefined: not known. */
  #maxInnerLengthNow(encapsulation: Encapsulation, target: string): number | undefined {
    const route = this.#routes.get(target);
    const mtu = route === undefined ? undefined : this.#mtuNow(route.device, target);
    return mtu === undefined ? undefined : innerLengthWithin(encapsulation, target, mtu);
  }

  /** Asked in the hot loop: the kernel answers at once. @returns undefined: not known. */
  #mtuNow(device: string, target: string): number | undefined {
    const mtu = this.#libc === undefined ? mtuInSysfs(device) : requestMtu(this.#libc, device);
    // Over IPv6, routers may have lowered it.
    return isIpv6Text(target) ? (mtuOfIpv6(device) ?? mtu) : mtu;
  }

  #newLane(key: string, change: LaneChange, { lane, consumer, onCondition }: LaneOptions): LibpcapLane {
    return new LibpcapLane({
      key,
      lane,
      namespace: this.#namespaces?.of(lane.source.netns),
      libc: this.#libc,
      consumer,
      onCondition,
      onFrames: this.#options.onRound,
      targetAddresses: change.targetAddresses,
      engine: change.engine,
    });
  }

  async #awaitEvents(): Promise<void> {
    while (this.#libc !== undefined && !this.#closed) {
      await new PollSet(this.#namespaces?.descriptors ?? []).wait(this.#libc, CHECK_INTERVAL_MS);
      this.#readLinkEvents();
    }
  }

  #readLinkEvents(): void {
    const changed = this.#namespaces?.readLinkEvents() ?? [];
    if (changed.length > 0) this.#checkDevices();
  }

  #checkDevices(): void {
    for (const lane of this.#lanes) void lane.checkDevice();
  }
}

function mtuInSysfs(device: string): number | undefined {
  const found = linkInSysfs(device);
  return 'link' in found ? found.link?.mtu : undefined;
}
