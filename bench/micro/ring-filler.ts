/** The kernel's side of a capture ring: the same blocks of frames are handed over again and again. */
import {
  BLOCK_BYTES,
  BLOCK_FIRST_FRAME,
  BLOCK_FRAME_COUNT,
  BLOCK_STATUS,
  FRAME_CAPTURED,
  FRAME_MAC,
  FRAME_NEXT,
  FRAME_WIRE,
  STATUS_USER,
} from '../../src/linux/packet-ring.js';

/** struct tpacket_block_desc, and where a frame begins that has room for the headers of its copy: a word boundary. */
const DESCRIPTOR_BYTES = 48;
const FRAME_START = 268;
const ALIGNMENT = 16;

/** Memory of the process. */
interface Mapped {
  readonly address: number;
  readonly memory: ArrayBuffer;
}

export class RingFiller {
  #words = new Int32Array(0);
  /** Frames of each block. */
  readonly #counts: number[] = [];

  /** Takes the memory of the ring. */
  keep(mapped: Mapped): Mapped {
    this.#words = new Int32Array(mapped.memory);
    return mapped;
  }

  /** Fills every block with these frames in turn. @returns how many times one of them is in the ring. */
  fill(frames: readonly Uint8Array[]): number {
    const bytes = new Uint8Array(this.#words.buffer);
    let total = 0;
    for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
      this.#set(block + BLOCK_FIRST_FRAME, DESCRIPTOR_BYTES);
      let at = block + DESCRIPTOR_BYTES;
      let count = 0;
      for (;;) {
        const frame = frames[(total + count) % frames.length];
        const size = Math.ceil((FRAME_START + frame.length) / ALIGNMENT) * ALIGNMENT;
        if (at + size > block + BLOCK_BYTES) break;
        this.#set(at + FRAME_NEXT, size);
        this.#set(at + FRAME_CAPTURED, frame.length);
        this.#set(at + FRAME_WIRE, frame.length);
        this.#set(at + FRAME_MAC, FRAME_START);
        bytes.set(frame, at + FRAME_START);
        at += size;
        count += 1;
      }
      this.#counts.push(count);
      total += count;
    }
    return total;
  }

  /** Hands all of them over. The ring must have been read to its end. */
  handOver(): void {
    for (const [block, count] of this.#counts.entries()) {
      this.#set(block * BLOCK_BYTES + BLOCK_FRAME_COUNT, count);
      this.#set(block * BLOCK_BYTES + BLOCK_STATUS, STATUS_USER);
    }
  }

  #set(offset: number, value: number): void {
    this.#words[offset >>> 2] = value;
  }
}
