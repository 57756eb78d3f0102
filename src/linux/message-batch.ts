/**
 * Messages for sendmmsg(2) in native memory. Each has two parts: headers in a slot here, and bytes elsewhere.
 *
 *     messages [ mmsghdr 0 | mmsghdr 1 | ... ]      64 bytes each, points to
 *     vectors  [ iovec 0a | iovec 0b | ... ]        2 × 16 bytes each, point to
 *     slots    [ outer 0 | segment header 0 | ... ] mostly 64 + 192 bytes each, and to the caller's bytes
 *
 * The outer headers end where the segment header begins. A frame that is not a segment has no segment header.
 */
import type { Address, Libc } from './libc.js';

/** struct mmsghdr, and in its msghdr the address and length of the vectors. */
const MESSAGE_BYTES = 64;
const MESSAGE_VECTOR = 16;
const MESSAGE_VECTOR_LENGTH = 24;
/** struct iovec: address, length. A message has two. */
const VECTOR_BYTES = 16;
const VECTOR_LENGTH = 8;
const VECTORS_BYTES = 2 * VECTOR_BYTES;
/** A cache line: outer headers end where one begins. Ethernet, IPv4, UDP and VXLAN headers together fit into one. */
const LINE_BYTES = 64;
/** Bytes of the longest segment header. */
const SEGMENT_HEADER_BYTES = 192;
/** Moves the high half of an address into the low 32 bits. */
const LOW_TO_HIGH = 2 ** -32;

export class MessageBatch {
  readonly capacity: number;
  /** The whole memory, as 32-bit words and as bytes. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #libc: Libc;
  readonly #address: Address;
  readonly #vectors: number;
  /** Bytes of a slot for outer headers. */
  readonly #outerBytes: number;
  readonly #slotBytes: number;
  /** End of the outer headers of the first message. */
  readonly #firstHeaderEnd: number;
  /** Bytes of outer headers in each message. */
  #outerLength = 0;

  /** @param headerBytes the longest outer headers. */
  constructor(libc: Libc, capacity: number, headerBytes = LINE_BYTES) {
    this.#libc = libc;
    this.capacity = capacity;
    this.#vectors = capacity * MESSAGE_BYTES;
    this.#outerBytes = Math.ceil(headerBytes / LINE_BYTES) * LINE_BYTES;
    this.#slotBytes = this.#outerBytes + SEGMENT_HEADER_BYTES;
    const slots = this.#vectors + capacity * VECTORS_BYTES;
    this.#firstHeaderEnd = slots + this.#outerBytes;
    const { address, memory } = libc.allocate(slots + capacity * this.#slotBytes);
    this.#address = address;
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    const view = new DataView(memory);
    for (let index = 0; index < capacity; index++) {
      const vectors = BigInt(address + this.#vectors + index * VECTORS_BYTES);
      view.setBigUint64(index * MESSAGE_BYTES + MESSAGE_VECTOR, vectors, true);
      view.setBigUint64(index * MESSAGE_BYTES + MESSAGE_VECTOR_LENGTH, 2n, true);
    }
  }

  /** Sets the length of every message's outer headers. @throws RangeError for more than a slot holds */
  setHeaderLength(length: number): void {
    if (length > this.#outerBytes)
      throw new RangeError(`outer headers of ${length} bytes; a slot has ${this.#outerBytes}`);
    this.#outerLength = length;
    for (let index = 0; index < this.capacity; index++) {
      const start = this.#address + this.headerEnd(index) - length;
      this.#setVector(this.#vectors + index * VECTORS_BYTES, start, length);
    }
  }

  /** Index in `words` of the end of a message's outer headers. */
  headerEndWord(index: number): number {
    return this.headerEnd(index) >>> 2;
  }

  /** Index in `bytes` of the end of a message's outer headers. */
  headerEnd(index: number): number {
    return this.#firstHeaderEnd + index * this.#slotBytes;
  }

  /** Copies a segment header behind the outer headers. @param length 0 for a frame that is not a segment */
  setSegmentHeader(index: number, header: Uint8Array, length: number): void {
    const at = this.headerEnd(index);
    for (let byte = 0; byte < length; byte++) this.bytes[at + byte] = header[byte];
    this.words[(this.#vectors + index * VECTORS_BYTES + VECTOR_LENGTH) >>> 2] = this.#outerLength + length;
  }

  /** Points the second part of a message to bytes elsewhere. */
  setBody(index: number, address: Address, length: number): void {
    this.#setVector(this.#vectors + index * VECTORS_BYTES + VECTOR_BYTES, address, length);
  }

  /** Length of the second part, in bytes. */
  bodyLength(index: number): number {
    return this.words[this.#bodyLengthWord(index)];
  }

  setBodyLength(index: number, length: number): void {
    this.words[this.#bodyLengthWord(index)] = length;
  }

  /** Address of message `index`, for sendmmsg. */
  messageAddress(index: number): Address {
    return this.#address + index * MESSAGE_BYTES;
  }

  /** The memory may not be used afterwards. */
  free(): void {
    this.#libc.free(this.#address);
  }

  #bodyLengthWord(index: number): number {
    return (this.#vectors + index * VECTORS_BYTES + VECTOR_BYTES + VECTOR_LENGTH) >>> 2;
  }

  #setVector(offset: number, address: Address, length: number): void {
    const word = offset >>> 2;
    // A store to an Int32Array keeps the low 32 bits of a number of any size.
    this.words[word] = address;
    this.words[word + 1] = address * LOW_TO_HIGH;
    this.words[word + 2] = length;
  }
}
