/** Copies out into memory: for tests, benches, and for `replay`, which writes them to a file. */

import type { Counters } from '../counters/counters.js';
import type { OuterHeader } from '../encapsulate/outer-header.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { Frame } from './frame.js';
import type { PacketSink } from './sink.js';

/** Takes a packet, from its outer IP header; the bytes are borrowed until it returns. */
export type PacketListener = (bytes: Uint8Array, offset: number, length: number) => void;

/** Calls `onPacket` with every packet, put together in the headroom of its frame. */
export class MemorySink implements PacketSink {
  readonly maximumInnerLength: number;
  readonly #counters: Counters;
  readonly #onPacket: PacketListener;
  readonly #header: OuterHeader;

  /** @param header of the address that the packets are for. @param maximumInnerLength see PacketSink. */
  constructor(counters: Counters, onPacket: PacketListener, header: OuterHeader, maximumInnerLength: number) {
    this.#counters = counters;
    this.#onPacket = onPacket;
    this.#header = header;
    this.maximumInnerLength = maximumInnerLength;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    const { length } = this.#header;
    const start = frame.linearize() - length;
    this.#header.writeTo(frame.bytes, start, innerLength, header, sourcePort);
    this.#onPacket(frame.bytes, start, length + innerLength);
    this.#counters.mirrored(base, frame.wireLength);
  }

  flush(): void {}
}
