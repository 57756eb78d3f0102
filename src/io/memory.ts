/** Frames in from memory: for tests and benches. */
import { Frame, type FrameConsumer, HEADROOM_BYTES, type PullSource } from './frame.js';

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
