/**
 * A TPACKET_V3 receive ring (packet(7); the kernel's packet_mmap document): blocks of memory that the kernel
 * fills with frames and hands over one by one.
 *
 *     ring   [ block 0 | block 1 | ... ]
 *     block  [ descriptor: +8 status, +12 frames, +16 first frame | frame | frame | ... ]
 *     frame  [ tpacket3_hdr: +0 next, +4 time, +12 captured, +16 wire, +20 status, +24 mac
 *              | sockaddr_ll: +58 packet type | ... | offloads, 10 bytes | bytes at mac ]
 */

import { constants } from 'node:os';
import type { BpfInstruction } from '../wire/bpf-instruction.js';
import { attachFilter } from './classic-bpf.js';
import { AF_PACKET, SO_ERROR, SOCK_RAW, SOL_PACKET, SOL_SOCKET } from './constants.js';
import { LinuxError } from './errors.js';
import { FanoutGroup } from './fanout-group.js';
import type { Address, Libc } from './libc.js';
import { boundInterface, intValue, packetAddress } from './sockaddr.js';

const ETH_P_ALL = 3;

/** Options of SOL_PACKET: linux/if_packet.h. */
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_VNET_HDR = 15;
const PACKET_IGNORE_OUTGOING = 23;
const TPACKET_V3 = 2;

/** Offsets within a block and within a frame's header, in bytes. */
export const BLOCK_STATUS = 8;
export const BLOCK_FRAME_COUNT = 12;
export const BLOCK_FIRST_FRAME = 16;
export const FRAME_NEXT = 0;
export const FRAME_SECONDS = 4;
export const FRAME_NANOSECONDS = 8;
export const FRAME_CAPTURED = 12;
export const FRAME_WIRE = 16;
export const FRAME_STATUS = 20;
export const FRAME_MAC = 24;
export const FRAME_VLAN_TCI = 32;
export const FRAME_VLAN_TPID = 36;
/** sll_pkttype of the sockaddr_ll behind the header: one byte, such as PACKET_OUTGOING. */
export const FRAME_PACKET_TYPE = 58;

/** Block status: the block belongs to the kernel, or to us. */
export const STATUS_KERNEL = 0;
export const STATUS_USER = 1;
/** Frame status. */
export const STATUS_VLAN_VALID = 1 << 4;
export const STATUS_VLAN_TPID_VALID = 1 << 6;

/** The packet type of a frame that the device sends: linux/if_packet.h. All others are those of frames it received. */
export const PACKET_OUTGOING = 4;

/**
 * Size of a block: the largest GSO frame, 64 KiB, fits. Not larger: the timer hands over a block even when it holds
 * little, so the number of blocks is also how many milliseconds of sparse traffic fit while the engine does not read.
 */
export const BLOCK_BYTES = 1 << 17;
/** The kernel requires a frame size; frames of any size follow each other in a block. */
const FRAME_BYTES = 2048;
/**
 * Room in front of each frame, behind the kernel's own header, and a little more: for a VLAN tag that is put back, and
 * where copies are sent out of the ring for 192 bytes of outer headers. Multiples of 4: a frame begins at a word boundary.
 */
const PACKET_RESERVE = 12;
const TAG_BYTES = 8;
const HEADERS_BYTES = 176;

/** Indices in struct timespec as 32-bit words: the low words of seconds and nanoseconds. */
const SECONDS = 0;
const NANOSECONDS = 2;
const TIMESPEC_WORDS = 4;

export interface RingOptions {
  readonly megabytes: number;
  /** How long a frame may wait in a block that is not full; above 0. */
  readonly blockTimeoutMs: number;
  /** Decides for each frame whether it is copied into the ring, and how much of it. */
  readonly filter: readonly BpfInstruction[];
  /** Another ring may take its place: it goes into a fanout group, in which it cannot change its device. */
  readonly isReplaceable?: boolean;
  /** Each frame has room in front of it for the outer headers of its copy, at the price of memory. */
  readonly hasHeadroom?: boolean;
}

/** What the kernel made. */
interface MadeRing {
  readonly descriptor: number;
  readonly address: Address;
  readonly memory: ArrayBuffer;
}

/** A ring, which captures once it is bound to a device. */
export class PacketRing {
  readonly descriptor: number;
  readonly blockCount: number;
  readonly address: Address;
  #memory: ArrayBuffer;
  readonly #libc: Libc;
  /** struct tpacket_stats_v3, and the same as bytes. */
  readonly #statistics = new Uint32Array(3);
  readonly #statisticsBytes = new Uint8Array(this.#statistics.buffer);
  readonly #isReplaceable: boolean;
  #group: FanoutGroup | undefined;
  #received = 0;
  #dropped = 0;

  /**
   * Makes it here, unless it is given.
   * @throws LinuxError: EPERM without CAP_NET_RAW, ENOMEM when the ring does not fit.
   */
  constructor(libc: Libc, options: RingOptions, { descriptor, address, memory } = makeHere(libc, options)) {
    this.#libc = libc;
    this.#isReplaceable = options.isReplaceable ?? false;
    this.descriptor = descriptor;
    this.blockCount = memory.byteLength / BLOCK_BYTES;
    this.address = address;
    this.#memory = memory;
  }

  /**
   * Makes it off the main thread, where the kernel waits for its grace periods. Only the socket is opened at once, in
   * the namespace in which the calling thread is.
   * @throws LinuxError as the constructor (rejects).
   */
  static async open(libc: Libc, options: RingOptions): Promise<PacketRing> {
    return new PacketRing(libc, options, await makeAside(libc, options));
  }

  /** The ring's memory, not valid after `close`. */
  get memory(): ArrayBuffer {
    return this.#memory;
  }

  /** The group in which another ring can take its place; undefined: none can. */
  get group(): FanoutGroup | undefined {
    return this.#group;
  }

  /**
   * Starts to capture, or continues with another device. A second call with the same device loses no frame.
   * @returns false when it cannot: it is in a group, and that is another device
   * @throws LinuxError: ENODEV
   */
  bind(interfaceIndex: number): boolean {
    if (this.#group !== undefined) return boundInterface(this.#libc, this.descriptor) === interfaceIndex;
    this.#libc.bind(this.descriptor, packetAddress(ETH_P_ALL, interfaceIndex));
    if (this.#isReplaceable) this.#group = this.#openGroup();
    return true;
  }

  /** @returns undefined while the device is down, in kernels before 6.13: then it is tried again when the link is up. */
  #openGroup(): FanoutGroup | undefined {
    try {
      return new FanoutGroup(this.#libc, this.descriptor);
    } catch (error) {
      if (error instanceof LinuxError && error.errno === constants.errno.EINVAL) return undefined;
      throw error;
    }
  }

  /** Starts beside the ring whose place it is to take. @throws LinuxError: ENODEV. */
  bindBeside(group: FanoutGroup, interfaceIndex: number): void {
    this.#libc.bind(this.descriptor, packetAddress(ETH_P_ALL, interfaceIndex));
    group.add(this.descriptor);
    this.#group = group;
  }

  /** Takes the place of the other ring in its group: from here on every frame comes to this one. */
  takeOver(): void {
    this.#group?.handTo(this.descriptor);
  }

  /** Replaces the filter. @throws LinuxError when the kernel refuses the program; the old one stays */
  setFilter(program: readonly BpfInstruction[]): void {
    attachFilter(this.#libc, this.descriptor, program);
  }

  /** Has the kernel leave the ring out when the device sends, which costs less than a filter that rejects it. */
  ignoreOutgoing(isIgnored: boolean): void {
    this.#set('PACKET_IGNORE_OUTGOING', PACKET_IGNORE_OUTGOING, intValue(isIgnored ? 1 : 0));
  }

  /** Totals since the ring was opened. The kernel's counters start again at each read. */
  statistics(): { received: number; dropped: number } {
    const { descriptor } = this;
    const bytes = this.#statisticsBytes;
    this.#libc.getOption('PACKET_STATISTICS', descriptor, SOL_PACKET, PACKET_STATISTICS, bytes);
    this.#received += this.#statistics[0];
    this.#dropped += this.#statistics[1];
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Clears the socket's pending error, which poll(2) would report forever. @returns true when there was one */
  clearError(): boolean {
    const errno = new Int32Array(1);
    this.#libc.getOption('SO_ERROR', this.descriptor, SOL_SOCKET, SO_ERROR, new Uint8Array(errno.buffer));
    return errno[0] !== 0;
  }

  /**
   * Unmaps the memory: no view of it may be used afterwards. Resolves when the kernel, off the main thread, has done its
   * part.
   */
  close(): Promise<void> {
    const length = this.#memory.byteLength;
    this.#memory = new ArrayBuffer(0);
    this.#libc.close(this.descriptor);
    // The mapping holds the socket: this is where it is closed.
    return this.#libc.unmapAside(this.address, length);
  }

  #set(op: string, option: number, value: Uint8Array): void {
    this.#libc.setOption(op, this.descriptor, SOL_PACKET, option, value);
  }
}

function makeHere(libc: Libc, options: RingOptions): MadeRing {
  const descriptor = openSocket(libc, options);
  try {
    const request = ringRequest(options);
    libc.setOption('PACKET_RX_RING', descriptor, SOL_PACKET, PACKET_RX_RING, request);
    attachFilter(libc, descriptor, options.filter);
    return { descriptor, ...libc.map(descriptor, blocksOf(options.megabytes) * BLOCK_BYTES) };
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}

async function makeAside(libc: Libc, options: RingOptions): Promise<MadeRing> {
  const descriptor = openSocket(libc, options);
  try {
    const request = ringRequest(options);
    await libc.setOptionAside('PACKET_RX_RING', descriptor, SOL_PACKET, PACKET_RX_RING, request);
    attachFilter(libc, descriptor, options.filter);
    return { descriptor, ...(await libc.mapAside(descriptor, blocksOf(options.megabytes) * BLOCK_BYTES)) };
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}

/** Protocol 0: nothing comes in before the filter stands and `bind` names the device. */
function openSocket(libc: Libc, { hasHeadroom = false }: RingOptions): number {
  const descriptor = libc.socket(AF_PACKET, SOCK_RAW, 0);
  const set = (op: string, option: number, value: number): void =>
    libc.setOption(op, descriptor, SOL_PACKET, option, intValue(value));
  try {
    set('PACKET_VERSION', PACKET_VERSION, TPACKET_V3);
    // What was left to the network card: whole GSO frames, checksums that are not computed yet.
    set('PACKET_VNET_HDR', PACKET_VNET_HDR, 1);
    set('PACKET_RESERVE', PACKET_RESERVE, hasHeadroom ? HEADERS_BYTES : TAG_BYTES);
    return descriptor;
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}

/** How many blocks a ring of this size has. */
export function blocksOf(megabytes: number): number {
  return Math.max(2, Math.floor((megabytes << 20) / BLOCK_BYTES));
}

/** The clock of the frames' timestamps: clock_gettime(2), CLOCK_REALTIME. Node's has milliseconds only. */
export class WallClock {
  readonly #libc: Libc;
  readonly #now = new Uint32Array(TIMESPEC_WORDS);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Takes the time of now. */
  read(): void {
    this.#libc.wallClock(this.#now);
  }

  /** Microseconds from a timestamp of the kernel to the last `read`; 0 when the clock was set back meanwhile. */
  microsecondsSince(seconds: number, nanoseconds: number): number {
    const now = this.#now;
    const passed = (now[SECONDS] - seconds) * 1e6 + (now[NANOSECONDS] - nanoseconds) / 1e3;
    return Math.max(0, Math.round(passed));
  }
}

/** struct tpacket_req3. */
function ringRequest(options: RingOptions): Uint8Array {
  const blockCount = blocksOf(options.megabytes);
  const frameCount = (BLOCK_BYTES / FRAME_BYTES) * blockCount;
  const retirePrivateAndFeatures = [options.blockTimeoutMs, 0, 0];
  return new Uint8Array(
    Uint32Array.of(BLOCK_BYTES, blockCount, FRAME_BYTES, frameCount, ...retirePrivateAndFeatures).buffer,
  );
}
