/** The targets of an engine on libpcap I/O: one sink per address, its room kept to the route's MTU. */
import type { Counters } from '../counters/counters.js';
import { RawSocketSink, type RawSocket } from '../transmit/raw-socket.js';
import type { TargetReport } from './route-watch.js';

export class Targets {
  readonly #sinks = new Map<string, RawSocketSink>();

  constructor(socket: RawSocket, counters: Counters, routes: readonly TargetReport[]) {
    for (const { address, maximumInnerLength } of routes) {
      this.#sinks.set(address, new RawSocketSink(socket, address, counters, maximumInnerLength));
    }
  }

  /** @param address one of the routes that the targets were made from. */
  sinkOf(address: string): RawSocketSink {
    const sink = this.#sinks.get(address);
    if (sink === undefined) throw new Error(`no route was asked for the target address ${address}`);
    return sink;
  }

  /** Without a route the last room stays: the send itself tells why it fails. */
  follow({ address, maximumInnerLength, device }: TargetReport): void {
    if (device !== '') this.sinkOf(address).maximumInnerLength = maximumInnerLength;
  }
}
