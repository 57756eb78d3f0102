/**
 * Counters in shared memory, written by the main thread and read by the control thread, under a sequence lock: the
 * writer never waits, and a reader never sees half of an update.
 *
 *     [ sequence: int32, odd while being written | layout: int32 | counters: doubles ]
 *
 * The number of the layout says which lanes lie where: a reader that does not know it yet cannot read anything.
 */

const HEADER_BYTES = 8;
const LAYOUT = 1;

/** A block of counters in shared memory. */
export class SharedCounters {
  readonly memory: SharedArrayBuffer;
  readonly #sequence: Int32Array;
  readonly #values: Float64Array;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#sequence = new Int32Array(memory, 0, 2);
    this.#values = new Float64Array(memory, HEADER_BYTES);
  }

  /** @param length how many counters. */
  static create(length: number): SharedCounters {
    return new SharedCounters(new SharedArrayBuffer(HEADER_BYTES + length * Float64Array.BYTES_PER_ELEMENT));
  }

  /** The same counters, in another thread. @param memory of the writer's. */
  static attach(memory: SharedArrayBuffer): SharedCounters {
    return new SharedCounters(memory);
  }

  /** How many counters there is room for. */
  get length(): number {
    return this.#values.length;
  }

  /** @param layout number of the layout of the values. */
  write(values: Float64Array, layout = 0): void {
    Atomics.add(this.#sequence, 0, 1);
    this.#sequence[LAYOUT] = layout;
    this.#values.set(values);
    Atomics.add(this.#sequence, 0, 1);
  }

  /** Copies the counters; all are of the same update. @returns undefined when they are of another layout. */
  read(layout = 0): Float64Array | undefined {
    for (;;) {
      const before = Atomics.load(this.#sequence, 0);
      const found = this.#sequence[LAYOUT];
      const values = Float64Array.from(this.#values);
      if ((before & 1) === 0 && Atomics.load(this.#sequence, 0) === before) {
        return found === layout ? values : undefined;
      }
    }
  }
}
