/**
 * The blocks of a ring in turn: which one is read, which wait behind it, and which were read but are still sent from.
 *
 *     [ held | held | current | waiting | waiting | the kernel's ... ]
 */
import {
  BLOCK_BYTES,
  BLOCK_FIRST_FRAME,
  BLOCK_FRAME_COUNT,
  BLOCK_STATUS,
  STATUS_KERNEL,
  STATUS_USER,
} from '../../linux/packet-ring.js';

const isFreeAtOnce = (): boolean => true;

export class RingBlocks {
  readonly #words: Uint32Array;
  readonly #status: Int32Array;
  readonly #count: number;
  /** The block that is current or comes next. */
  #block = 0;
  /** `#block` was loaded: only then may it be released. */
  #loaded = false;
  /** Blocks read to their end since the ring was opened. */
  #read = 0;
  /** Whether memory is free again of the blocks that were read last, oldest first, and are not given back yet. */
  readonly #held: (() => boolean)[] = [];

  /** @param memory of the ring: whole blocks. */
  constructor(memory: ArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.#status = new Int32Array(memory);
    this.#count = memory.byteLength / BLOCK_BYTES;
  }

  /** Makes the next block current. @returns how many frames it has; -1: the kernel has not handed one over. */
  load(): number {
    this.#giveBack();
    if (!this.#isWaiting) return -1;
    this.#loaded = true;
    return this.#frameCount(this.#block);
  }

  /** Offset in the ring of the current block's first frame. */
  get firstFrame(): number {
    const block = this.#block * BLOCK_BYTES;
    return block + this.#words[(block + BLOCK_FIRST_FRAME) >>> 2];
  }

  /** The kernel has frames in the block that comes next, which it has not handed over yet. */
  get filling(): boolean {
    return this.#frameCount(this.#block) > 0;
  }

  /**
   * Gives the current block back, once its memory is free.
   * @param isFree whether the kernel, which still sends from this memory, is done with it; absent: it does not.
   * @returns true when there was one.
   */
  release(isFree = isFreeAtOnce): boolean {
    if (!this.#loaded) return false;
    this.#loaded = false;
    // The kernel sets it anew only when it gets to the block: until then nothing is being filled.
    this.#words[(this.#block * BLOCK_BYTES + BLOCK_FRAME_COUNT) >>> 2] = 0;
    this.#block = (this.#block + 1) % this.#count;
    this.#read += 1;
    this.#held.push(isFree);
    this.#giveBack();
    return true;
  }

  /** @returns a point behind every frame that is in the ring now, for `isPast`. */
  fence(): number {
    const blocks = this.#waiting();
    const next = (this.#block + blocks) % this.#count;
    const isFilling = blocks < this.#count && this.#frameCount(next) > 0;
    return this.#read + blocks + (isFilling ? 1 : 0);
  }

  /** Every block in front of the fence was read. */
  isPast(fence: number): boolean {
    return this.#read >= fence;
  }

  /** The share of blocks that the kernel cannot fill: those that wait to be read, or to be free; 0–1. */
  get fill(): number {
    return (this.#waiting() + this.#held.length) / this.#count;
  }

  /** The block that comes next waits to be read. */
  get #isWaiting(): boolean {
    return this.#held.length < this.#count && this.#isOurs(this.#block);
  }

  /** Counts the blocks that wait. They follow each other from the current one on, so a binary search finds the last. */
  #waiting(): number {
    if (!this.#isWaiting) return 0;
    let fewest = 1;
    let most = this.#count - this.#held.length;
    while (fewest < most) {
      const middle = (fewest + most) >>> 1;
      if (this.#isOurs((this.#block + middle) % this.#count)) fewest = middle + 1;
      else most = middle;
    }
    return fewest;
  }

  /** Gives the blocks back whose memory is free, in their order. */
  #giveBack(): void {
    while (this.#held.length > 0 && this.#held[0]()) {
      const block = (this.#block - this.#held.length + this.#count) % this.#count;
      this.#held.shift();
      Atomics.store(this.#status, (block * BLOCK_BYTES + BLOCK_STATUS) >>> 2, STATUS_KERNEL);
    }
  }

  #isOurs(block: number): boolean {
    const status = Atomics.load(this.#status, (block * BLOCK_BYTES + BLOCK_STATUS) >>> 2);
    return (status & STATUS_USER) !== 0;
  }

  /** Frames in a block; while the kernel fills it, those so far. */
  #frameCount(block: number): number {
    return this.#words[(block * BLOCK_BYTES + BLOCK_FRAME_COUNT) >>> 2];
  }
}
