/**
 * An AF_XDP socket that only sends (linux/if_xdp.h, the kernel's af_xdp document). It sends out of registered memory
 * (UMEM): a descriptor names bytes of it, one copy is made in the kernel, and no queue, firewall or tap of the host
 * sees the frame. CAP_NET_RAW and a limit on locked memory suffice.
 *
 *     transmit ring    [ producer | consumer | descriptors: 16 bytes each: offset 8, length 4, options 4 ]
 *     completion ring  [ producer | consumer | offsets: 8 bytes each ]
 *
 * Packets are sent from pages: bytes across a page boundary need a descriptor for each page.
 */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SO_MARK, SO_SNDBUF, SOCK_CLOEXEC, SOCK_RAW, SOL_SOCKET } from './constants.js';
import { LinuxError } from './errors.js';
import type { Address, Libc } from './libc.js';
import { SOCKET_MARK } from './sending-sockets.js';
import { intValue } from './sockaddr.js';

const AF_XDP = 44;
const SOL_XDP = 283;
/** Options of SOL_XDP. */
const XDP_MMAP_OFFSETS = 1;
const XDP_TX_RING = 3;
const XDP_UMEM_REG = 4;
const XDP_UMEM_FILL_RING = 5;
const XDP_UMEM_COMPLETION_RING = 6;
const XDP_STATISTICS = 7;
const XDP_MAX_TX_SKB_BUDGET = 9;
/** Offsets of mmap(2). */
const TX_RING_OFFSET = 0x8000_0000;
const COMPLETION_RING_OFFSET = 0x1_8000_0000;
/** struct xdp_umem_reg up to its flags, its chunk size and flags. */
const UMEM_BYTES = 28;
const CHUNK_BYTES = 4096;
const UNALIGNED_CHUNKS = 1;
/** struct sockaddr_xdp: family, flags, interface index, queue, descriptor of a shared UMEM. */
const ADDRESS_BYTES = 16;
const COPY_MODE = 1 << 1;
const SEVERAL_DESCRIPTORS = 1 << 4;
/** struct xdp_mmap_offsets: for receive, transmit, fill and completion ring: producer, consumer, descriptors, flags. */
const OFFSETS = 16;
const OFFSETS_OF_TX = 4;
const OFFSETS_OF_COMPLETION = 12;
/** struct xdp_statistics: six 64-bit counts. */
const STATISTICS_BYTES = 48;
const INVALID_DESCRIPTORS = 2;

const DESCRIPTOR_WORDS = 4;
const DESCRIPTOR_BYTES = 16;
const COMPLETION_BYTES = 8;
/** Another descriptor of the same packet follows. */
const CONTINUED = 1;
/** Nothing is received: the smallest ring will do. */
const FILL_ENTRIES = 64;
/** Packets for each call, where the kernel has the option; else it sends 32. */
const PACKETS_PER_CALL = 1024;
/** For packets in flight below the socket; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 8 << 20;
const LOW_TO_HIGH = 2 ** -32;
/** A queue is free a moment after its socket was closed. */
const BIND_RETRY_MS = 2;
const BIND_PATIENCE_MS = 1000;

/** A page of memory, from the start of the UMEM: no descriptor may cross its end. */
export const PAGE_BYTES = 4096;
/** Descriptors that the transmit ring holds, and completions. */
export const XDP_ENTRIES = 4096;

/** Memory to send from: whole pages. */
export interface UmemArea {
  readonly address: Address;
  readonly length: number;
}

interface MappedRing {
  readonly address: Address;
  readonly words: Int32Array;
  /** Indices in `words`. */
  readonly producer: number;
  readonly consumer: number;
  readonly descriptors: number;
}

export class XdpSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #transmit: MappedRing;
  readonly #completion: MappedRing;
  /** Descriptors that were written, modulo 2^32 as an int32; the kernel sees them from `publish` on. */
  #written = 0;

  private constructor(libc: Libc, descriptor: number) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    const offsets = new BigUint64Array(OFFSETS);
    libc.getOption('XDP_MMAP_OFFSETS', descriptor, SOL_XDP, XDP_MMAP_OFFSETS, new Uint8Array(offsets.buffer));
    const ring = (from: number, entryBytes: number, mapOffset: number): MappedRing => {
      const [producer, consumer, descriptors] = [0, 1, 2].map((index) => Number(offsets[from + index]));
      const { address, memory } = libc.map(descriptor, descriptors + XDP_ENTRIES * entryBytes, mapOffset);
      const words = new Int32Array(memory);
      return {
        address,
        words,
        producer: producer >> 2,
        consumer: consumer >> 2,
        descriptors: descriptors >> 2,
      };
    };
    this.#transmit = ring(OFFSETS_OF_TX, DESCRIPTOR_BYTES, TX_RING_OFFSET);
    try {
      this.#completion = ring(OFFSETS_OF_COMPLETION, COMPLETION_BYTES, COMPLETION_RING_OFFSET);
    } catch (error) {
      // A mapping would keep the socket open, and the memory locked.
      libc.unmap(this.#transmit.address, this.#transmit.words.byteLength);
      throw error;
    }
  }

  /**
   * Opens one that can send from this memory, which the kernel pins off the main thread. It sends once it is bound.
   * @throws LinuxError: EAFNOSUPPORT and EINVAL without AF_XDP or these options of it, EPERM without CAP_NET_RAW,
   * ENOBUFS above the limit on locked memory (rejects)
   */
  static async open(libc: Libc, area: UmemArea): Promise<XdpSocket> {
    const descriptor = libc.socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    try {
      libc.setOption('SO_MARK', descriptor, SOL_SOCKET, SO_MARK, intValue(SOCKET_MARK));
      libc.setOption('SO_SNDBUF', descriptor, SOL_SOCKET, SO_SNDBUF, intValue(SEND_BUFFER_BYTES));
      await libc.setOptionAside('XDP_UMEM_REG', descriptor, SOL_XDP, XDP_UMEM_REG, umemRegistration(area));
      const set = (op: string, option: number, value: number): void =>
        libc.setOption(op, descriptor, SOL_XDP, option, intValue(value));
      set('XDP_UMEM_FILL_RING', XDP_UMEM_FILL_RING, FILL_ENTRIES);
      set('XDP_UMEM_COMPLETION_RING', XDP_UMEM_COMPLETION_RING, XDP_ENTRIES);
      set('XDP_TX_RING', XDP_TX_RING, XDP_ENTRIES);
      setBudget(libc, descriptor);
      return new XdpSocket(libc, descriptor);
    } catch (error) {
      libc.close(descriptor);
      throw error;
    }
  }

  /**
   * As `bind`, off the main thread, for it waits as long as others remove devices.
   * @returns false when the kernel refused.
   */
  bindAside(interfaceIndex: number, queue: number): Promise<boolean> {
    return this.#libc.bindAside(this.#descriptor, xdpAddress(interfaceIndex, queue));
  }

  /**
   * Sends from now on by a queue of a device.
   * @throws LinuxError: EBUSY while another socket has the queue, also for a moment after that one was closed;
   * ENODEV, ENETDOWN; EINVAL for a queue that the device does not have, or a kernel before 6.6
   */
  bind(interfaceIndex: number, queue: number): void {
    this.#libc.bind(this.#descriptor, xdpAddress(interfaceIndex, queue));
  }

  /** Descriptors that can be written now. */
  get room(): number {
    return XDP_ENTRIES - ((this.#written - this.consumed) | 0);
  }

  /** Descriptors written so far, modulo 2^32, as an int32. */
  get written(): number {
    return this.#written;
  }

  /** Descriptors that the kernel has taken, likewise. */
  get consumed(): number {
    return Atomics.load(this.#transmit.words, this.#transmit.consumer);
  }

  /** Descriptors whose bytes the kernel needs no longer, likewise. */
  get completed(): number {
    const { words, producer, consumer } = this.#completion;
    const completed = Atomics.load(words, producer);
    // The kernel stops at a full ring. What an entry says is not needed: they come in the order of sending.
    Atomics.store(words, consumer, completed);
    return completed;
  }

  /** Hot loop: writes a descriptor. There must be room. @param offset in the UMEM. @param continued more of the packet follows */
  write(offset: number, length: number, continued: boolean): void {
    const { words, descriptors } = this.#transmit;
    const at = descriptors + (this.#written & (XDP_ENTRIES - 1)) * DESCRIPTOR_WORDS;
    words[at] = offset;
    words[at + 1] = offset * LOW_TO_HIGH;
    words[at + 2] = length;
    words[at + 3] = continued ? CONTINUED : 0;
    this.#written = (this.#written + 1) | 0;
  }

  /** Hands what was written to the kernel: whole packets only. `send` sends it. */
  publish(): void {
    Atomics.store(this.#transmit.words, this.#transmit.producer, this.#written);
  }

  /**
   * Hot loop: has the kernel send what is published, as far as it does in one call.
   * @returns 0, or the negated errno: EBUSY: the last packet that was taken is lost; EAGAIN: nothing is, call again
   */
  send(): number {
    return this.#libc.sendNothing(this.#descriptor);
  }

  /** Descriptors that the kernel threw away since the socket was opened: 0 unless this program has a defect. */
  get invalidDescriptors(): number {
    const statistics = new Uint8Array(STATISTICS_BYTES);
    this.#libc.getOption('XDP_STATISTICS', this.#descriptor, SOL_XDP, XDP_STATISTICS, statistics);
    return Number(new BigUint64Array(statistics.buffer)[INVALID_DESCRIPTORS]);
  }

  /** The kernel keeps the pages of the UMEM until the last packet in flight is gone. */
  close(): void {
    for (const { address, words } of [this.#transmit, this.#completion])
      this.#libc.unmap(address, words.byteLength);
    this.#libc.close(this.#descriptor);
  }
}

function umemRegistration({ address, length }: UmemArea): Uint8Array {
  const value = new DataView(new ArrayBuffer(UMEM_BYTES));
  value.setBigUint64(0, BigInt(address), true);
  value.setBigUint64(8, BigInt(length), true);
  value.setUint32(16, CHUNK_BYTES, true);
  value.setUint32(24, UNALIGNED_CHUNKS, true);
  return new Uint8Array(value.buffer);
}

function xdpAddress(interfaceIndex: number, queue: number): Uint8Array {
  const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  address.setUint16(0, AF_XDP, true);
  address.setUint16(2, COPY_MODE | SEVERAL_DESCRIPTORS, true);
  address.setUint32(4, interfaceIndex, true);
  address.setUint32(8, queue, true);
  return new Uint8Array(address.buffer);
}

/** Kernels before 6.18 do not have the option. */
function setBudget(libc: Libc, descriptor: number): void {
  try {
    const budget = intValue(PACKETS_PER_CALL);
    libc.setOption('XDP_MAX_TX_SKB_BUDGET', descriptor, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, budget);
  } catch (error) {
    if (!(error instanceof LinuxError) || error.errno !== constants.errno.ENOPROTOOPT) throw error;
  }
}

/**
 * Binds a socket off the main thread. Until it is bound it is tried again, since another socket may have had the queue a
 * moment ago. Why it was refused is known on this thread alone, so that is asked once, at the end: here it waits as long
 * as others change devices.
 * @param isOver ends the waiting. @param patienceMs for how long, whatever the reason. @throws LinuxError as `bind` (rejects)
 */
export async function bindWhenFree(
  socket: Pick<XdpSocket, 'bind' | 'bindAside'>,
  interfaceIndex: number,
  queue: number,
  isOver: () => boolean,
  patienceMs = BIND_PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  if (await socket.bindAside(interfaceIndex, queue)) return;
  while (!isOver() && performance.now() <= end) {
    await sleep(BIND_RETRY_MS);
    if (await socket.bindAside(interfaceIndex, queue)) return;
  }
  socket.bind(interfaceIndex, queue);
}
