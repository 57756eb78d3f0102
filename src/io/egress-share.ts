/** What others leave copies on their way out. A copy that finds no room is skipped; none ever waits. */
import { EgressMemory } from '../targets/egress-memory.js';

const BITS_PER_BYTE = 8;
/** Bursts of production are that long, and their copies are as well. */
const EGRESS_BURST_MS = 30;

/**
 * A token bucket. A packet goes as long as there is a token, whatever its length, and takes as many as it has bits; so in
 * no time can more go than the rate allows, a burst and one packet.
 */
export class TokenBucket {
  readonly #burstMs: number;
  #bitsPerSecond: number;
  #tokens: number;
  #filledMs = performance.now();

  constructor(bitsPerSecond: number, burstMs: number) {
    this.#bitsPerSecond = bitsPerSecond;
    this.#burstMs = burstMs;
    this.#tokens = this.#most;
  }

  get isEmpty(): boolean {
    return this.#tokens <= 0;
  }

  set bitsPerSecond(bitsPerSecond: number) {
    this.#bitsPerSecond = bitsPerSecond;
  }

  /** @param nowMs monotonic. */
  fill(nowMs: number): void {
    const tokens = this.#tokens + ((nowMs - this.#filledMs) * this.#bitsPerSecond) / 1000;
    this.#tokens = Math.min(tokens, this.#most);
    this.#filledMs = nowMs;
  }

  take(bits: number): void {
    this.#tokens -= bits;
  }

  get #most(): number {
    return (this.#bitsPerSecond * this.#burstMs) / 1000;
  }
}

/** The part of a device with a queue that copies may use: the main thread's side of `EgressMemory`. */
export class EgressShare {
  /** False: copies go without asking. */
  isLimited = false;
  readonly #memory: EgressMemory;
  readonly #bucket = new TokenBucket(0, EGRESS_BURST_MS);
  #isFresh = false;

  /** @param memory absent: nobody sets a limit. */
  constructor(memory = new EgressMemory()) {
    this.#memory = memory;
  }

  /** Whether a copy may go. */
  get hasRoom(): boolean {
    if (!this.isLimited || !this.#bucket.isEmpty) return true;
    if (this.#isFresh) return false;
    this.refresh();
    this.#isFresh = true;
    return !this.isLimited || !this.#bucket.isEmpty;
  }

  /** Only while it is limited. @param bytes of a packet with its Ethernet header. @returns whether it may go. */
  take(bytes: number): boolean {
    if (!this.hasRoom) return false;
    this.#bucket.take(bytes * BITS_PER_BYTE);
    return true;
  }

  /** Takes over what the target thread says now. To be called between batches. */
  refresh(): void {
    this.#isFresh = false;
    const { limit } = this.#memory;
    this.isLimited = limit !== 0;
    if (!this.isLimited) return;
    this.#bucket.bitsPerSecond = limit;
    this.#bucket.fill(performance.now());
  }

  /** Copies are about to be sent. */
  begin(): void {
    this.#memory.begin();
  }

  /** @param bytes of the copies that the kernel took, with Ethernet headers. @param isDirect they passed the queue by. */
  end(bytes: number, isDirect: boolean): void {
    this.#memory.end(bytes, isDirect);
  }
}
