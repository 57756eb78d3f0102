/** I/O through npm cap and npm raw-socket. */
import { RawSocket, RawSocketSink } from '../transmit/raw-socket.js';
import type { EngineIo, EngineIoOptions, LaneOptions } from './engine-io.js';
import { LibpcapLane } from './libpcap-lane.js';
import type { TargetReport } from './route-watch.js';

export class LibpcapIo implements EngineIo {
  readonly #options: EngineIoOptions;
  readonly #socket: RawSocket;
  readonly #sinks: ReadonlyMap<string, RawSocketSink>;
  readonly #lanes: LibpcapLane[] = [];

  private constructor(options: EngineIoOptions, socket: RawSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#sinks = new Map(
      options.routes.map(({ address, maximumInnerLength }) => [
        address,
        new RawSocketSink(socket, address, options.counters, maximumInnerLength),
      ]),
    );
  }

  /** @throws MissingPackageError; Error with strerror text when the raw socket is refused. */
  static async open(options: EngineIoOptions): Promise<LibpcapIo> {
    return new LibpcapIo(options, await RawSocket.open());
  }

  /** The source address stands in the packet; one socket sends for all. */
  sinkOf(_sourceAddress: string | undefined, targetAddress: string): RawSocketSink {
    const sink = this.#sinks.get(targetAddress);
    if (sink === undefined) throw new Error(`no route was asked for the target address ${targetAddress}`);
    return sink;
  }

  openLane({ lane, consumer, onState }: LaneOptions): Promise<void> {
    const { plan, onFrames } = this.#options;
    const opened = new LibpcapLane({
      lane,
      consumer,
      onState,
      onFrames,
      targetAddresses: plan.targetAddresses,
      bufferBytes: plan.ringMegabytes << 20,
    });
    this.#lanes.push(opened);
    return opened.open();
  }

  /** Without a route the last room stays: the send itself tells why it fails. */
  followRoute({ address, maximumInnerLength, device }: TargetReport): void {
    const sink = this.#sinks.get(address);
    if (sink !== undefined && device !== '') sink.maximumInnerLength = maximumInnerLength;
  }

  collect(): void {}

  close(): void {
    for (const lane of this.#lanes) lane.close();
    this.#socket.close();
  }
}
