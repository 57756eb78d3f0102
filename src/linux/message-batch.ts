/**
 * Messages for sendmmsg(2) in native memory, each of two parts: a header slot here, and bytes elsewhere.
 *
 *     messages [ mmsghdr 0 | mmsghdr 1 | ... ]      64 bytes each, points to
 *     vectors  [ iovec 0a | iovec 0b | ... ]        2 × 16 bytes each, point to
 *     headers  [ slot 0 | slot 1 | ... ]            and to the caller's bytes
 */
import type { Address, Libc } from './libc.js';

/** struct mmsghdr, and in its msghdr the vector's address and length. */
const MESSAGE_BYTES = 64;
const MESSAGE_VECTOR = 16;
const MESSAGE_VECTOR_LENGTH = 24;
/** struct iovec: address, length; two a message. */
const VECTOR_BYTES = 16;
const VECTORS_BYTES = 2 * VECTOR_BYTES;
/** Moves the high half of an address into the low 32 bits. */
const LOW_TO_HIGH = 2 ** -32;

export class MessageBatch {
  readonly capacity: number;
  /** The header slots as 32-bit words; slot i starts at `headerWord(i)`. */
  readonly words: Int32Array;
  readonly #libc: Libc;
  readonly #address: Address;
  readonly #vectors: number;
  readonly #headers: number;
  readonly #headerBytes: number;

  /** @param headerBytes of every slot, a multiple of 4. */
  constructor(libc: Libc, capacity: number, headerBytes: number) {
    this.#libc = libc;
    this.capacity = capacity;
    this.#vectors = capacity * MESSAGE_BYTES;
    this.#headers = this.#vectors + capacity * VECTORS_BYTES;
    this.#headerBytes = headerBytes;
    const { address, memory } = libc.allocate(this.#headers + capacity * headerBytes);
    this.#address = address;
    this.words = new Int32Array(memory);
    const view = new DataView(memory);
    for (let index = 0; index < capacity; index++) {
      const vectors = this.#vectors + index * VECTORS_BYTES;
      view.setBigUint64(index * MESSAGE_BYTES + MESSAGE_VECTOR, BigInt(address + vectors), true);
      view.setBigUint64(index * MESSAGE_BYTES + MESSAGE_VECTOR_LENGTH, 2n, true);
      view.setBigUint64(vectors, BigInt(address + this.#headers + index * headerBytes), true);
      view.setBigUint64(vectors + 8, BigInt(headerBytes), true);
    }
  }

  /** Index in `words` of a header slot. */
  headerWord(index: number): number {
    return (this.#headers + index * this.#headerBytes) >>> 2;
  }

  /** Points the second part of a message to bytes elsewhere. */
  setBody(index: number, base: Address, offset: number, length: number): void {
    const word = (this.#vectors + index * VECTORS_BYTES + VECTOR_BYTES) >>> 2;
    const address = base + offset;
    // Storing keeps the low 32 bits of a number, whatever its size.
    this.words[word] = address;
    this.words[word + 1] = address * LOW_TO_HIGH;
    this.words[word + 2] = length;
  }

  /** Bytes of the second part. */
  bodyLength(index: number): number {
    return this.words[((this.#vectors + index * VECTORS_BYTES + VECTOR_BYTES) >>> 2) + 2];
  }

  /** Shortens the second part. */
  setBodyLength(index: number, length: number): void {
    this.words[((this.#vectors + index * VECTORS_BYTES + VECTOR_BYTES) >>> 2) + 2] = length;
  }

  /** Of message `index`, for sendmmsg. */
  messageAddress(index: number): Address {
    return this.#address + index * MESSAGE_BYTES;
  }

  /** `words` must not be touched afterwards. */
  free(): void {
    this.#libc.free(this.#address);
  }
}
