/**
 * Frames in from a TPACKET_V3 ring: nothing is copied, a frame stays where the kernel put it until its block has
 * been worked through and goes back.
 */
import type { Libc } from '../linux/libc.js';
import {
  BLOCK_BYTES,
  BLOCK_FIRST_FRAME,
  BLOCK_FRAME_COUNT,
  BLOCK_STATUS,
  FRAME_CAPTURED,
  FRAME_MAC,
  FRAME_NEXT,
  FRAME_STATUS,
  FRAME_VLAN_TCI,
  FRAME_VLAN_TPID,
  FRAME_WIRE,
  PacketRing,
  type RingOptions,
  STATUS_KERNEL,
  STATUS_USER,
  STATUS_VLAN_TPID_VALID,
  STATUS_VLAN_VALID,
} from '../linux/packet-ring.js';
import { ETHERTYPE_VLAN, insertVlanTag, VLAN_TAG_LENGTH } from '../wire/vlan.js';
import { Frame, type FrameConsumer, type PullSource } from './frame-source.js';

const NO_MEMORY = new ArrayBuffer(0);

export class RingSource implements PullSource {
  readonly #ring: PacketRing;
  readonly #frame: Frame;
  #bytes: Uint8Array;
  #halves: Uint16Array;
  #words: Uint32Array;
  #status: Int32Array;
  #block = 0;
  #pulling = false;
  #closed = false;

  /** @throws LinuxError: EPERM, ENOMEM. */
  constructor(libc: Libc, options: RingOptions) {
    this.#ring = new PacketRing(libc, options);
    this.#bytes = new Uint8Array(this.#ring.memory);
    this.#halves = new Uint16Array(this.#ring.memory);
    this.#words = new Uint32Array(this.#ring.memory);
    this.#status = new Int32Array(this.#ring.memory);
    this.#frame = new Frame(this.#bytes, this.#ring.address);
  }

  /** To poll; -1 once closed. */
  get descriptor(): number {
    return this.#closed ? -1 : this.#ring.descriptor;
  }

  /** @throws LinuxError: ENODEV. */
  bind(device: string): void {
    this.#ring.bind(device);
  }

  /** Frames that the kernel had no room for since the ring was opened. */
  get dropped(): number {
    return this.#ring.statistics().dropped;
  }

  /** Forgets the error of a device that went down or away. */
  clearError(): void {
    if (!this.#closed) this.#ring.clearError();
  }

  /** True when a block is waiting. */
  get ready(): boolean {
    if (this.#closed) return false;
    const at = this.#block * BLOCK_BYTES + BLOCK_STATUS;
    return (Atomics.load(this.#status, at >>> 2) & STATUS_USER) !== 0;
  }

  /** Hands over the next block, whatever its number of frames; a block is a batch. */
  pull(consumer: FrameConsumer): number {
    if (!this.ready) return 0;
    const block = this.#block * BLOCK_BYTES;
    const count = this.#words[(block + BLOCK_FRAME_COUNT) >>> 2];
    this.#pulling = true;
    this.#handOver(consumer, block + this.#words[(block + BLOCK_FIRST_FRAME) >>> 2], count);
    consumer.endBatch();
    this.#pulling = false;
    Atomics.store(this.#status, (block + BLOCK_STATUS) >>> 2, STATUS_KERNEL);
    this.#block = (this.#block + 1) % this.#ring.blockCount;
    if (this.#closed) this.#release();
    return count;
  }

  /** Safe at any moment: inside `pull` the memory goes when the block is done. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#pulling) this.#release();
  }

  #handOver(consumer: FrameConsumer, first: number, count: number): void {
    const frame = this.#frame;
    const words = this.#words;
    const halves = this.#halves;
    let at = first;
    for (let index = 0; index < count; index++) {
      const word = at >>> 2;
      frame.offset = at + halves[(at + FRAME_MAC) >>> 1];
      frame.capturedLength = words[word + (FRAME_CAPTURED >>> 2)];
      frame.wireLength = words[word + (FRAME_WIRE >>> 2)];
      const status = words[word + (FRAME_STATUS >>> 2)];
      if ((status & STATUS_VLAN_VALID) !== 0) this.#putTagBack(at, status);
      consumer.consume(frame);
      at += words[word + (FRAME_NEXT >>> 2)];
    }
  }

  /** The kernel keeps the outermost tag beside the frame; on the wire it stood behind the addresses. */
  #putTagBack(at: number, status: number): void {
    const frame = this.#frame;
    const type =
      (status & STATUS_VLAN_TPID_VALID) === 0 ? ETHERTYPE_VLAN : this.#halves[(at + FRAME_VLAN_TPID) >>> 1];
    frame.offset -= VLAN_TAG_LENGTH;
    insertVlanTag(this.#bytes, frame.offset, type, this.#words[(at + FRAME_VLAN_TCI) >>> 2]);
    frame.capturedLength += VLAN_TAG_LENGTH;
    frame.wireLength += VLAN_TAG_LENGTH;
  }

  /** Views first, then the memory: what is unmapped must not be reachable. */
  #release(): void {
    this.#bytes = new Uint8Array(NO_MEMORY);
    this.#halves = new Uint16Array(NO_MEMORY);
    this.#words = new Uint32Array(NO_MEMORY);
    this.#status = new Int32Array(NO_MEMORY);
    this.#frame.bytes = this.#bytes;
    this.#ring.close();
  }
}
