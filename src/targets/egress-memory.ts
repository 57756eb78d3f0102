/**
 * What two threads of an engine tell each other about a device with a queue, in shared memory. The main thread
 * counts the bytes of its copies; the target thread sets what they may take.
 *
 *     [ sequence: int32, odd while copies are being sent | limit: int32, kilobits a second, 0: none |
 *       bytes through the queue: double | bytes past it: double ]
 */

const SEQUENCE = 0;
const LIMIT = 1;
const COUNTERS_OFFSET = 8;
const BYTES = 24;
const QUEUED = 0;
const DIRECT = 1;
const BITS_PER_KILOBIT = 1000;
const MOST = 0x7fff_ffff;

/** Bytes of copies, with their Ethernet headers. */
export interface CopyBytes {
  readonly queued: number;
  readonly direct: number;
}

export class EgressMemory {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #counters: Float64Array;

  /** @param memory of the other thread's; absent: new. */
  constructor(memory = new SharedArrayBuffer(BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, 2);
    this.#counters = new Float64Array(memory, COUNTERS_OFFSET);
  }

  /** Copies are about to be sent. Between `begin` and `end` nobody can tell which of them the queue has already. */
  begin(): void {
    Atomics.add(this.#words, SEQUENCE, 1);
  }

  /** They were sent. @param bytes of those that the kernel took. @param isDirect they passed the queue by. */
  end(bytes: number, isDirect: boolean): void {
    this.#counters[isDirect ? DIRECT : QUEUED] += bytes;
    Atomics.add(this.#words, SEQUENCE, 1);
  }

  /** Runs `act`, such as a look at the queue. @returns the bytes of then; undefined: copies were sent meanwhile. */
  steadyBytes(act: () => void): CopyBytes | undefined {
    const before = Atomics.load(this.#words, SEQUENCE);
    act();
    const bytes = this.bytes;
    return (before & 1) === 0 && Atomics.load(this.#words, SEQUENCE) === before ? bytes : undefined;
  }

  get bytes(): CopyBytes {
    return { queued: this.#counters[QUEUED], direct: this.#counters[DIRECT] };
  }

  /** Bits per second, 0: no limit. */
  get limit(): number {
    return Atomics.load(this.#words, LIMIT) * BITS_PER_KILOBIT;
  }

  set limit(bitsPerSecond: number) {
    const kilobits = bitsPerSecond === 0 ? 0 : Math.max(1, Math.round(bitsPerSecond / BITS_PER_KILOBIT));
    Atomics.store(this.#words, LIMIT, Math.min(MOST, kilobits));
  }
}
