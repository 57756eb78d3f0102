/**
 * A TPACKET_V3 receive ring (packet(7); the kernel's packet_mmap document): blocks of memory that the kernel
 * fills with frames and hands over one by one.
 *
 *     ring   [ block 0 | block 1 | ... ]
 *     block  [ descriptor: +8 status, +12 frames, +16 first frame | frame | frame | ... ]
 *     frame  [ tpacket3_hdr: +0 next, +4 time, +12 captured, +16 wire, +20 status, +24 mac
 *              | sockaddr_ll: +58 packet type | ... | offloads, 10 bytes | bytes at mac ]
 */

import type { BpfInstruction } from '../wire/bpf-instruction.js';
import { attachFilter } from './classic-bpf.js';
import { AF_PACKET, SO_ERROR, SOCK_RAW, SOL_PACKET, SOL_SOCKET } from './constants.js';
import type { Address, Libc } from './libc.js';
import { intValue, packetAddress } from './sockaddr.js';

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
/** How long a frame may wait in a block that is not full. */
const BLOCK_TIMEOUT_MS = 1;
/** Room in front of each frame, for a VLAN tag that is put back. */
const PACKET_RESERVE = 12;
const RESERVED_BYTES = 8;

/** Indices in struct timespec as 32-bit words: the low words of seconds and nanoseconds. */
const SECONDS = 0;
const NANOSECONDS = 2;
const TIMESPEC_WORDS = 4;

export interface RingOptions {
  readonly megabytes: number;
  /** Decides for each frame whether it is copied into the ring, and how much of it. */
  readonly filter: readonly BpfInstruction[];
}

/** A ring, which captures once it is bound to a device. */
export class PacketRing {
  readonly descriptor: number;
  readonly blockCount: number;
  readonly address: Address;
  #memory: ArrayBuffer;
  readonly #libc: Libc;
  #received = 0;
  #dropped = 0;

  /** @throws LinuxError: EPERM without CAP_NET_RAW, ENOMEM when the ring does not fit */
  constructor(libc: Libc, options: RingOptions) {
    this.#libc = libc;
    // Protocol 0: no frame arrives before the filter is attached and `bind` names the device.
    this.descriptor = libc.socket(AF_PACKET, SOCK_RAW, 0);
    try {
      this.#set('PACKET_VERSION', PACKET_VERSION, intValue(TPACKET_V3));
      // A header for the work left to the network card: whole GSO frames, and checksums not computed yet.
      this.#set('PACKET_VNET_HDR', PACKET_VNET_HDR, intValue(1));
      this.#set('PACKET_RESERVE', PACKET_RESERVE, intValue(RESERVED_BYTES));
      this.blockCount = Math.max(2, Math.floor((options.megabytes << 20) / BLOCK_BYTES));
      this.#set('PACKET_RX_RING', PACKET_RX_RING, ringRequest(this.blockCount));
      this.setFilter(options.filter);
      const { address, memory } = libc.map(this.descriptor, this.blockCount * BLOCK_BYTES);
      this.address = address;
      this.#memory = memory;
    } catch (error) {
      libc.close(this.descriptor);
      throw error;
    }
  }

  /** The ring's memory, not valid after `close`. */
  get memory(): ArrayBuffer {
    return this.#memory;
  }

  /**
   * Starts to capture, or continues with another device. A second call with the same device loses no frame.
   * @throws LinuxError: ENODEV
   */
  bind(interfaceIndex: number): void {
    this.#libc.bind(this.descriptor, packetAddress(ETH_P_ALL, interfaceIndex));
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
    const value = new Uint32Array(3);
    this.#libc.getOption(
      'PACKET_STATISTICS',
      this.descriptor,
      SOL_PACKET,
      PACKET_STATISTICS,
      new Uint8Array(value.buffer),
    );
    this.#received += value[0];
    this.#dropped += value[1];
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Clears the socket's pending error, which poll(2) would report forever. @returns true when there was one */
  clearError(): boolean {
    const errno = new Int32Array(1);
    this.#libc.getOption('SO_ERROR', this.descriptor, SOL_SOCKET, SO_ERROR, new Uint8Array(errno.buffer));
    return errno[0] !== 0;
  }

  /** Unmaps the memory: no view of it may be used afterwards. */
  close(): void {
    const length = this.#memory.byteLength;
    this.#memory = new ArrayBuffer(0);
    this.#libc.close(this.descriptor);
    this.#libc.unmap(this.address, length);
  }

  #set(op: string, option: number, value: Uint8Array): void {
    this.#libc.setOption(op, this.descriptor, SOL_PACKET, option, value);
  }
}

/** The clock of the frames' timestamps: clock_gettime(2), CLOCK_REALTIME. Node's has milliseconds only. */
export class WallClock {
  readonly #libc: Libc;
  readonly #now = new Uint32Array(TIMESPEC_WORDS);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Microseconds since a timestamp of the kernel; 0 when the clock was set back meanwhile. */
  microsecondsSince(seconds: number, nanoseconds: number): number {
    const now = this.#now;
    this.#libc.wallClock(now);
    const passed = (now[SECONDS] - seconds) * 1e6 + (now[NANOSECONDS] - nanoseconds) / 1e3;
    return Math.max(0, Math.round(passed));
  }
}

/** struct tpacket_req3. */
function ringRequest(blockCount: number): Uint8Array {
  const frameCount = (BLOCK_BYTES / FRAME_BYTES) * blockCount;
  const retirePrivateAndFeatures = [BLOCK_TIMEOUT_MS, 0, 0];
  return new Uint8Array(
    Uint32Array.of(BLOCK_BYTES, blockCount, FRAME_BYTES, frameCount, ...retirePrivateAndFeatures).buffer,
  );
}
