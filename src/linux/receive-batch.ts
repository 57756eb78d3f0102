/**
 * Messages for recvmmsg(2) in native memory, with the sender and the kernel's receive time of each:
 *
 *     messages [ mmsghdr ]           64 bytes each, points to
 *     vectors  [ iovec ]             16 bytes each, points to the slot
 *     senders  [ sockaddr ]          32 bytes each
 *     controls [ cmsghdr, timespec ] 32 bytes each
 *     slots    [ datagram ]          65,728 bytes each
 *     rest     memory of the caller's, since only within one memory bytes are copied without an allocation
 *
 * Pages have no memory before they are used, so short datagrams cost little of it.
 */
import { AF_INET6, SOL_SOCKET } from './constants.js';
import type { Address, Libc } from './libc.js';
import type { ReceiveCalls } from './receive-calls.js';

/** struct mmsghdr, and in it: addresses and lengths of sender, vectors and control data, and bytes received. */
const MESSAGE_BYTES = 64;
const NAME = 0;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_LENGTH = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const RECEIVED = 56;
/** struct iovec: address, length. */
const VECTOR_BYTES = 16;
/** struct sockaddr_in6 has 28 bytes. */
const SENDER_BYTES = 32;
const SENDER_IPV4 = 4;
const SENDER_IPV6 = 8;
/** struct cmsghdr: length, level, type; then struct timespec. */
const CONTROL_BYTES = 32;
const CONTROL_LEVEL = 8;
const CONTROL_TYPE = 12;
const CONTROL_SECONDS = 16;
const CONTROL_NANOSECONDS = 24;
/** SCM_TIMESTAMPNS has the number of the option that asks for it. */
export const SO_TIMESTAMPNS = 35;
/** A datagram has less than 64 KiB. An odd number of cache lines more, else all slots would share the same few sets. */
const SLOT_BYTES = 0x10000 + 192;
/** The third word of an IPv4 address as IPv6 has it, ::ffff:a.b.c.d, read as little-endian. */
const MAPPED_IPV4 = 0xffff_0000 | 0;
/** Indices in struct timespec as 32-bit words. */
const SECONDS = 0;
const NANOSECONDS = 2;

export class ReceiveBatch {
  readonly capacity: number;
  /** The whole memory, as bytes and as 32-bit words. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Index in `bytes` of the caller's part, a multiple of 64. */
  readonly rest: number;
  /** The sender that `readSender` read: 16 bytes of IPv6, as words in memory order. */
  readonly sender = new Int32Array(4);
  /** The time that `readTime` read, since 1970. */
  seconds = 0;
  nanoseconds = 0;
  readonly #libc: Libc;
  readonly #address: Address;
  readonly #length: number;
  readonly #senders: number;
  readonly #controls: number;
  readonly #slots: number;
  readonly #wallClock = new Uint32Array(4);

  /** @param restBytes of the caller's part */
  constructor(libc: Libc, capacity: number, restBytes: number) {
    this.#libc = libc;
    this.capacity = capacity;
    const vectors = capacity * MESSAGE_BYTES;
    this.#senders = vectors + capacity * VECTOR_BYTES;
    this.#controls = this.#senders + capacity * SENDER_BYTES;
    this.#slots = (this.#controls + capacity * CONTROL_BYTES + 63) & ~63;
    this.rest = this.#slots + capacity * SLOT_BYTES;
    this.#length = this.rest + restBytes;
    const { address, memory } = libc.mapMemory(this.#length);
    this.#address = address;
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory, 0, this.#length >>> 2);
    const view = new DataView(memory);
    const point = (at: number, to: number): void => view.setBigUint64(at, BigInt(address + to), true);
    for (let index = 0; index < capacity; index++) {
      const message = index * MESSAGE_BYTES;
      const vector = vectors + index * VECTOR_BYTES;
      point(message + NAME, this.#senders + index * SENDER_BYTES);
      point(message + VECTOR, vector);
      view.setBigUint64(message + VECTOR_LENGTH, 1n, true);
      point(message + CONTROL, this.#controls + index * CONTROL_BYTES);
      point(vector, this.offset(index));
      view.setBigUint64(vector + 8, BigInt(SLOT_BYTES), true);
    }
  }

  /** Receives what waits at a socket. @param count at most so many. @returns messages, or the negated errno */
  receive(calls: ReceiveCalls, descriptor: number, count: number): number {
    const { words } = this;
    // The kernel replaces both lengths by those of what it filled in.
    for (let index = 0; index < count; index++) {
      const message = (index * MESSAGE_BYTES) >>> 2;
      words[message + (NAME_LENGTH >>> 2)] = SENDER_BYTES;
      words[message + (CONTROL_LENGTH >>> 2)] = CONTROL_BYTES;
    }
    return calls.receiveMessages(descriptor, this.#address, count);
  }

  /** Index in `bytes` of a message's datagram, a multiple of 4. */
  offset(index: number): number {
    return this.#slots + index * SLOT_BYTES;
  }

  /** Bytes of a message's datagram. */
  length(index: number): number {
    return this.words[(index * MESSAGE_BYTES + RECEIVED) >>> 2];
  }

  /** The address of native memory at an index in `bytes`. */
  addressOf(offset: number): Address {
    return this.#address + offset;
  }

  /** Reads who sent a message into `sender`. */
  readSender(index: number): void {
    const { words, sender } = this;
    const at = (this.#senders + index * SENDER_BYTES) >>> 2;
    if ((words[at] & 0xffff) === AF_INET6) {
      for (let word = 0; word < 4; word++) sender[word] = words[at + (SENDER_IPV6 >>> 2) + word];
      return;
    }
    sender[0] = 0;
    sender[1] = 0;
    sender[2] = MAPPED_IPV4;
    sender[3] = words[at + (SENDER_IPV4 >>> 2)];
  }

  /** Reads when the kernel received a message into `seconds` and `nanoseconds`; without its stamp it is now. */
  readTime(index: number): void {
    const { words } = this;
    const message = (index * MESSAGE_BYTES) >>> 2;
    const control = (this.#controls + index * CONTROL_BYTES) >>> 2;
    if (
      words[message + (CONTROL_LENGTH >>> 2)] === CONTROL_BYTES &&
      words[control + (CONTROL_LEVEL >>> 2)] === SOL_SOCKET &&
      words[control + (CONTROL_TYPE >>> 2)] === SO_TIMESTAMPNS
    ) {
      this.seconds = words[control + (CONTROL_SECONDS >>> 2)] >>> 0;
      this.nanoseconds = words[control + (CONTROL_NANOSECONDS >>> 2)];
      return;
    }
    this.#libc.wallClock(this.#wallClock);
    this.seconds = this.#wallClock[SECONDS];
    this.nanoseconds = this.#wallClock[NANOSECONDS];
  }

  /** No view of the memory may be used afterwards. */
  free(): void {
    this.#libc.unmap(this.#address, this.#length);
  }
}
