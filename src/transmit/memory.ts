/** Copies out into memory: for tests, benches, and for `replay`, which writes them to a file. */
import type { Frame } from '../capture/frame-source.js';
import type { Counters } from '../counters/counters.js';
import type { OuterHeader } from '../encapsulate/outer-header.js';
import type { PacketSink } from './packet-sink.js';

/** Takes a packet, from its outer IP header; the bytes are borrowed until it returns. */
export type PacketListener = (bytes: Uint8Array, offset: number, length: number) => void;

/** Calls `onPacket` with every packet, put together in the headroom of its frame. */
export class MemorySink implements PacketSink {
  readonly maximumInnerLength: number;
  readonly #counters: Counters;
  readonly #onPacket: PacketListener;

  constructor(counters: Counters, onPacket: PacketListener, maximumInnerLength: number) {
    this.#counters = counters;
    this.#onPacket = onPacket;
    this.maximumInnerLength = maximumInnerLength;
  }

  send(frame: Frame, innerLength: number, header: OuterHeader, sourcePort: number, base: number): void {
    const start = frame.join() - header.length;
    header.writeTo(frame.bytes, start, innerLength, sourcePort);
    this.#onPacket(frame.bytes, start, header.length + innerLength);
    this.#counters.mirrored(base, frame.wireLength);
  }

  flush(): void {}
}
