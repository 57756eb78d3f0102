/** I/O through npm cap and npm raw-socket. */
import { innerLengthWithin } from '../encapsulate/outer-size.js';
import { laneKey } from '../mirror/lane.js';
import type { Oversize } from '../plan/mirror-plan.js';
import { RawSocketSink, RawSockets, type RawSocketWay } from '../transmit/raw-socket.js';
import { deviceMtu } from '../transmit/route.js';
import { isIpv6Text } from '../wire/address.js';
import type { EngineIo, EngineIoOptions, LaneOptions, TargetTrouble } from './engine-io.js';
import { LibpcapLane } from './libpcap-lane.js';
import type { EnginePlan } from './messages.js';
import type { RouteReport } from './route-watch.js';

/** Also how often what is due besides frames is done while there are none. */
const IDLE_ROUND_MS = 200;

interface AddressSink {
  readonly address: string;
  readonly sink: RawSocketSink;
}

export class LibpcapIo implements EngineIo {
  readonly #options: EngineIoOptions;
  readonly #sockets: RawSockets;
  /** One per pair of addresses, and per what becomes of what is too long. */
  readonly #sinks = new Map<string, AddressSink>();
  /** The last way that there was to each address. */
  readonly #routes = new Map<string, RouteReport>();
  #unresolved: ReadonlySet<string> = new Set();
  #lanes: readonly LibpcapLane[] = [];
  readonly #idleRound: NodeJS.Timeout;

  private constructor(options: EngineIoOptions, sockets: RawSockets) {
    this.#options = options;
    this.#sockets = sockets;
    this.#idleRound = setInterval(options.onRound, IDLE_ROUND_MS);
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: EngineIoOptions): Promise<LibpcapIo> {
    return new LibpcapIo(options, await RawSockets.open());
  }

  /** The source address stands in the packet; one socket sends for all of a family. */
  sinkOf(plan: EnginePlan, source: string | undefined, target: string): RawSocketSink {
    const key = `${plan.oversize} ${source ?? ''} ${target}`;
    const { sink } = this.#sinks.get(key) ?? { sink: this.#open(source, target, plan.oversize) };
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
      const key = `${laneKey(options.lane)} ${plan.oversize} ${plan.targetAddresses.join(' ')}`;
      const lane = running.get(key) ?? this.#newLane(key, plan, options);
      if (running.delete(key)) lane.consumer = options.consumer;
      else opened.push(lane);
      return lane;
    });
    for (const lane of running.values()) lane.close();
    await Promise.all(opened.map((lane) => lane.open()));
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

  troubles(): TargetTrouble[] {
    return [...this.#sinks.values()].flatMap(({ address, sink }) => {
      const reason = sink.takeTrouble();
      return reason === undefined ? [] : [{ address, reason }];
    });
  }

  collect(): void {}

  close(): void {
    clearInterval(this.#idleRound);
    for (const lane of this.#lanes) lane.close();
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

  #newLane(key: string, plan: EnginePlan, { lane, consumer, onState }: LaneOptions): LibpcapLane {
    return new LibpcapLane({
      key,
      lane,
      consumer,
      onState,
      onFrames: this.#options.onRound,
      targetAddresses: plan.targetAddresses,
      oversize: plan.oversize,
      bufferBytes: plan.ringMegabytes << 20,
    });
  }
}

function wayOf(route: RouteReport | undefined): RawSocketWay {
  return route && { room: route.maximumInnerLength, sourceAddress: route.sourceAddress };
}
