/** I/O through npm cap and npm raw-socket. */
import { laneKey } from '../mirror/lane.js';
import { RawSocket, RawSocketSink } from '../transmit/raw-socket.js';
import type { EngineIo, EngineIoOptions, LaneOptions, TargetTrouble } from './engine-io.js';
import { LibpcapLane } from './libpcap-lane.js';
import type { EnginePlan } from './messages.js';
import type { RouteReport } from './route-watch.js';

/** Also how often what is due besides frames is done while there are none. */
const IDLE_ROUND_MS = 200;

export class LibpcapIo implements EngineIo {
  readonly #options: EngineIoOptions;
  readonly #socket: RawSocket;
  readonly #sinks = new Map<string, RawSocketSink>();
  /** Most bytes of a frame that the way to an address takes. */
  readonly #rooms = new Map<string, number>();
  #unresolved: ReadonlySet<string> = new Set();
  #lanes: readonly LibpcapLane[] = [];
  readonly #idleRound: NodeJS.Timeout;

  private constructor(options: EngineIoOptions, socket: RawSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#idleRound = setInterval(options.onRound, IDLE_ROUND_MS);
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: EngineIoOptions): Promise<LibpcapIo> {
    return new LibpcapIo(options, await RawSocket.open());
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
    await Promise.all(opened.map((lane) => lane.open()));
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

  collect(): void {}

  close(): void {
    clearInterval(this.#idleRound);
    for (const lane of this.#lanes) lane.close();
    this.#socket.close();
  }

  #newLane(key: string, plan: EnginePlan, { lane, consumer, onState }: LaneOptions): LibpcapLane {
    return new LibpcapLane({
      key,
      lane,
      consumer,
      onState,
      onFrames: this.#options.onRound,
      targetAddresses: plan.targetAddresses,
      bufferBytes: plan.ringMegabytes << 20,
    });
  }
}
