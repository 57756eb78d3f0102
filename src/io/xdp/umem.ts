/**
 * The memory that AF_XDP sockets send from: rings, mapped once more side by side, behind an area of header slots for
 * segments, whose headers do not stand in front of their payload.
 *
 *     [ header slots of device 0 | of device 1 | ... | ring | ring | ... ]
 */
import type { Address, Libc } from '../../linux/libc.js';
import type { UmemArea } from '../../linux/xdp-socket.js';

/** The longest headers: outer ones, up to HEADERS_END, and those of the segment behind it. */
const SLOT_BYTES = 512;
const HEADERS_END = 256;
/** Copies of segments that can be on their way by one device. */
export const HEADER_SLOTS = 1024;
const SLOTS_BYTES = HEADER_SLOTS * SLOT_BYTES;

/** Memory of a ring that can be part of a UMEM. */
export interface UmemRing {
  /** What the ring is mapped from; -1 once it is closed. */
  readonly descriptor: number;
  /** Bytes; whole pages; 0 once it is closed. */
  readonly byteLength: number;
  /** Where the ring begins in the UMEM that is in use; -1: in none. */
  umemOffset: number;
}

/** Such a ring, and how much is copied out of it. */
export interface CopiedRing extends UmemRing {
  /** Frames of all blocks that were loaded since it was opened. */
  readonly framesRead: number;
  /** Frames of the current block that were not handed over yet; 0 once it is closed. */
  readonly remaining: number;
}

/** Header slots of one device: written by `HEADER_SLOTS` copies in turn. */
export class HeaderSlots {
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  #next = 0;

  /** @param offset in the UMEM, and in its memory. */
  constructor(memory: ArrayBuffer, offset: number) {
    this.words = new Int32Array(memory, offset, SLOTS_BYTES / 4);
    this.#bytes = new Uint8Array(memory, offset, SLOTS_BYTES);
    this.#offset = offset;
  }

  /** Goes to the next slot, and copies the header of a segment to where it begins. */
  take(segmentHeader: Uint8Array, length: number): void {
    this.#next = (this.#next + 1) & (HEADER_SLOTS - 1);
    const at = this.#next * SLOT_BYTES + HEADERS_END;
    for (let index = 0; index < length; index++) this.#bytes[at + index] = segmentHeader[index];
  }

  /** Index in `words` of the slot's segment header. */
  get segmentWord(): number {
    return (this.#next * SLOT_BYTES + HEADERS_END) >>> 2;
  }

  /** Offset in the UMEM of the slot's segment header. */
  get segmentOffset(): number {
    return this.#offset + this.#next * SLOT_BYTES + HEADERS_END;
  }
}

export class Umem implements UmemArea {
  readonly address: Address;
  readonly length: number;
  readonly slots: readonly HeaderSlots[];
  readonly #libc: Libc;
  readonly #parts = new Map<UmemRing, { readonly offset: number; readonly length: number }>();

  /** @param devices how many need header slots. @throws LinuxError: ENOMEM */
  constructor(libc: Libc, rings: readonly UmemRing[], devices: number) {
    this.#libc = libc;
    this.length = umemBytes(rings, devices);
    const { address, memory } = libc.mapMemory(this.length);
    this.address = address;
    try {
      let offset = devices * SLOTS_BYTES;
      for (const ring of rings) {
        const length = ring.byteLength;
        libc.mapAt(address + offset, ring.descriptor, length);
        this.#parts.set(ring, { offset, length });
        offset += length;
      }
    } catch (error) {
      libc.unmap(address, this.length);
      throw error;
    }
    this.slots = Array.from({ length: devices }, (_, index) => new HeaderSlots(memory, index * SLOTS_BYTES));
  }

  get rings(): ReadonlySet<UmemRing> {
    return new Set(this.#parts.keys());
  }

  /** Frames of its rings are sent from it, from now on. */
  use(): void {
    for (const [ring, { offset }] of this.#parts) ring.umemOffset = offset;
  }

  /** They are not, from now on. */
  leave(): void {
    for (const ring of this.#parts.keys()) ring.umemOffset = -1;
  }

  /**
   * Lets a ring go that is to be closed, or was closed a moment ago: a mapping would keep it open, and capturing. Other memory takes its place: in a
   * gap the kernel could map what is not ours, and `close` would unmap that.
   */
  forget(ring: UmemRing): void {
    const part = this.#parts.get(ring);
    if (part === undefined) return;
    this.#parts.delete(ring);
    ring.umemOffset = -1;
    this.#libc.mapMemoryAt(this.address + part.offset, part.length);
  }

  /** Every socket that was opened with it must be closed, and no header slot is to be written any more. */
  close(): void {
    this.leave();
    this.#parts.clear();
    this.#libc.unmap(this.address, this.length);
  }
}

/** How long the UMEM of these rings is, with the header slots of so many devices. */
export function umemBytes(rings: readonly UmemRing[], devices: number): number {
  return rings.reduce((sum, { byteLength }) => sum + byteLength, devices * SLOTS_BYTES);
}
