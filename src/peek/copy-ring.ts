/**
 * Records of copies in shared memory, between the loop over frames, which writes and never waits, and the control thread,
 * which reads:
 *
 *      [ written: int32 | read: int32 | records ]
 *
 * Both numbers count bytes and wrap around. A record lies in one piece: where it would pass the end, a filler takes the
 * rest, and the record begins at the start.
 */
import { RECORD_FILLER, recordLength, recordType, startRecord } from './copy-records.js';

/** Each number has a cache line of its own. */
const WRITTEN = 0;
const READ = 16;
const HEADER_BYTES = 128;
/** A power of two, and room for several of the longest records. */
export const RING_BYTES = 1 << 22;

export class CopyRing {
  readonly memory: SharedArrayBuffer;
  /** The memory of the records. */
  readonly bytes: Uint8Array;
  readonly #ends: Int32Array;
  /** Of the writer; `publish` makes it known. */
  #written = 0;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#ends = new Int32Array(memory, 0, HEADER_BYTES >>> 2);
    this.bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  static create(): CopyRing {
    return new CopyRing(new SharedArrayBuffer(HEADER_BYTES + RING_BYTES));
  }

  /** The same records, in another thread. @param memory of the writer's. */
  static attach(memory: SharedArrayBuffer): CopyRing {
    return new CopyRing(memory);
  }

  /**
   * Finds room for the next record, which the writer writes there and then publishes.
   * @param length a multiple of 8, at most MAXIMUM_RECORD_BYTES.
   * @returns index in `bytes`; -1: there is no room.
   */
  reserve(length: number): number {
    const unread = (this.#written - Atomics.load(this.#ends, READ)) | 0;
    const at = this.#written & (RING_BYTES - 1);
    const toEnd = RING_BYTES - at;
    if (length <= toEnd) return unread + length <= RING_BYTES ? at : -1;
    if (unread + toEnd + length > RING_BYTES) return -1;
    startRecord(this.bytes, at, toEnd, RECORD_FILLER);
    this.#written = (this.#written + toEnd) | 0;
    return 0;
  }

  /** The record at the place that was reserved last is complete. */
  publish(length: number): void {
    this.#written = (this.#written + length) | 0;
    Atomics.store(this.#ends, WRITTEN, this.#written);
  }

  /**
   * Takes whole records out.
   * @param most bytes; at least one record comes when there is one.
   * @returns undefined when there is none.
   */
  take(most: number): Uint8Array | undefined {
    const written = Atomics.load(this.#ends, WRITTEN);
    let read = Atomics.load(this.#ends, READ);
    const start = read & (RING_BYTES - 1);
    let end = start;
    while (read !== written && (end === start || end - start < most)) {
      const at = read & (RING_BYTES - 1);
      const length = recordLength(this.bytes, at);
      const isFiller = recordType(this.bytes, at) === RECORD_FILLER;
      // What comes behind the end of memory is another piece.
      if (at < end || (isFiller && end > start)) break;
      read = (read + length) | 0;
      if (isFiller) return this.#takeFromStart(read, most);
      end = at + length;
    }
    if (end === start) return undefined;
    const taken = this.bytes.slice(start, end);
    Atomics.store(this.#ends, READ, read);
    return taken;
  }

  #takeFromStart(read: number, most: number): Uint8Array | undefined {
    Atomics.store(this.#ends, READ, read);
    return this.take(most);
  }
}
