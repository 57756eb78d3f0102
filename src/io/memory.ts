/** Frames from memory, and copies into memory: for tests and benches, and for `replay`, which writes them to a file. */
import type { Counters } from '../counters/counters.js';
import type { OuterHeader } from '../encapsulate/outer-header.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import { Frame, type FrameConsumer, HEADROOM_BYTES, type PullSource } from './frame.js';
import type { PacketSink } from './sink.js';

/** Hands over a list of frames once, or for ever. */
export class MemorySource implements PullSource {
  readonly #frames: Frame[];
  readonly #repeat: boolean;
  #next = 0;

  /** Copies the frames into memory of its own, each with headroom. @param repeat start again after the last. */
  constructor(frames: readonly Uint8Array[], repeat = false) {
    this.#repeat = repeat;
    this.#frames = frames.map((bytes) => {
      const memory = new Uint8Array(HEADROOM_BYTES + bytes.length);
      memory.set(bytes, HEADROOM_BYTES);
      const frame = new Frame(memory);
      frame.offset = HEADROOM_BYTES;
      frame.capturedLength = bytes.length;
      frame.wireLength = bytes.length;
      return frame;
    });
  }

  pull(consumer: FrameConsumer, budget: number): number {
    let count = 0;
    while (count < budget) {
      if (this.#next === this.#frames.length) {
        if (!this.#repeat || this.#frames.length === 0) break;
        this.#next = 0;
      }
      consumer.consume(this.#frames[this.#next]);
      this.#next += 1;
      count += 1;
    }
    consumer.endBatch();
    return count;
  }

  close(): void {}
}

/** Called with each packet, from its outer IP header on; the bytes are borrowed until it returns. */
export type PacketListener = (bytes: Uint8Array, offset: number, length: number) => void;

/** Calls `onPacket` with every packet, put together in the headroom of its frame. */
export class MemorySink implements PacketSink {
  readonly maximumInnerLength: number;
  readonly isOpen = true;
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
