/** Two ways to one address, for frames that fit into one packet and for those that do not. */
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import type { Frame } from '../frame.js';
import type { PacketSink } from '../sink.js';

/**
 * Two sinks for one address: what is too long for the first goes to the second. The order of the copies stays: one sink
 * flushes what it holds before the other takes anything.
 */
export class OverflowSink implements PacketSink {
  readonly #first: PacketSink;
  readonly #second: PacketSink;

  constructor(first: PacketSink, second: PacketSink) {
    this.#first = first;
    this.#second = second;
  }

  get maximumInnerLength(): number {
    return Math.max(this.#first.maximumInnerLength, this.#second.maximumInnerLength);
  }

  get isOpen(): boolean {
    return this.#first.isOpen || this.#second.isOpen;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    const fits = innerLength <= this.#first.maximumInnerLength;
    const chosen = fits ? this.#first : this.#second;
    const other = fits ? this.#second : this.#first;
    other.flush();
    chosen.send(frame, innerLength, header, sourcePort, base);
  }

  flush(): void {
    this.#first.flush();
    this.#second.flush();
  }
}
