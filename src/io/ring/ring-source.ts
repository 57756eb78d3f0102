/**
 * Reads frames from a TPACKET_V3 ring, those of both directions in the order in which they passed the device. Nothing is copied: a frame stays where the kernel put it until its block is
 * released.
 */
import { constants } from 'node:os';
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { LinuxError } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import * as packetRing from '../../linux/packet-ring.js';
import { PacketRing, type RingOptions } from '../../linux/packet-ring.js';
import type { BpfInstruction } from '../../wire/bpf-instruction.js';
import * as virtioNet from '../../wire/virtio-net.js';
import * as vlan from '../../wire/vlan.js';
import type { CaptureRing } from '../capture-ring.js';
import { Frame, type FrameConsumer } from '../frame.js';
import * as fairShare from './fair-share.js';
import { RingBlocks } from './ring-blocks.js';

// Constants of this module, as in decode/: V8 folds them into the code.
const {
  FRAME_CAPTURED,
  FRAME_MAC,
  FRAME_NANOSECONDS,
  FRAME_NEXT,
  FRAME_PACKET_TYPE,
  FRAME_SECONDS,
  FRAME_STATUS,
  FRAME_VLAN_TCI,
  FRAME_VLAN_TPID,
  FRAME_WIRE,
  PACKET_OUTGOING,
  STATUS_VLAN_TPID_VALID,
  STATUS_VLAN_VALID,
} = packetRing;
const { ETHERTYPE_VLAN, insertVlanTag, VLAN_TAG_LENGTH } = vlan;
const { costOf } = fairShare;
const {
  OFFLOAD_CHECKSUM_OFFSET,
  OFFLOAD_CHECKSUM_START,
  OFFLOAD_HEADER_LENGTH,
  OFFLOAD_NEEDS_CHECKSUM,
  OFFLOAD_GSO_SIZE,
} = virtioNet;

const NO_MEMORY = new ArrayBuffer(0);

/** What is the ring's own, and not the kernel's. */
interface OwnOptions extends Required<Pick<CaptureRing, 'workerShare'>> {
  /** Called before its memory is unmapped. */
  readonly onClose?: () => void;
}

/** What a ring is opened with, beside the filter. */
type OpenOptions = Omit<RingOptions, 'filter'> & OwnOptions;

export class RingSource implements CaptureRing {
  readonly #ring: PacketRing;
  readonly #onClose: (() => void) | undefined;
  readonly #frame: Frame;
  #bytes: Uint8Array;
  #halves: Uint16Array;
  #words: Int32Array;
  #blocks: RingBlocks;
  /** Frames of the current block that were not handed over yet. */
  remaining = 0;
  /** Frames of all blocks that were loaded since the ring was opened. */
  framesRead = 0;
  /** See `CaptureRing`. */
  readonly workerShare: readonly BpfInstruction[];
  /** When the first frame of the current block passed the device; once it is released, of the last one. */
  firstSeconds = 0;
  firstNanoseconds = 0;
  /** Where the current block's next frame stands. */
  #next = 0;
  #closed = false;

  /** @throws LinuxError: EPERM, ENOMEM. */
  constructor(
    libc: Libc,
    options: RingOptions,
    ring = new PacketRing(libc, options),
    { workerShare, onClose }: OwnOptions = { workerShare: [] },
  ) {
    this.#onClose = onClose;
    this.#ring = ring;
    this.workerShare = workerShare;
    this.#bytes = new Uint8Array(this.#ring.memory);
    this.#halves = new Uint16Array(this.#ring.memory);
    this.#words = new Int32Array(this.#ring.memory);
    this.#blocks = new RingBlocks(this.#ring.memory);
    this.#frame = new Frame(this.#bytes, this.#ring.address);
    this.#frame.words = this.#words;
  }

  /** Opens one that lets nothing in, off the main thread, see `PacketRing.open`. @throws LinuxError: EPERM, ENOMEM (rejects). */
  static async open(libc: Libc, { workerShare, onClose, ...rest }: OpenOptions): Promise<RingSource> {
    const options = { ...rest, filter: REJECT_ALL };
    return new RingSource(libc, options, await PacketRing.open(libc, options), {
      workerShare,
      ...(onClose && { onClose }),
    });
  }

  /** Bytes of the ring's memory. */
  get byteLength(): number {
    return this.#ring.memory.byteLength;
  }

  /** Where the ring begins in the memory that AF_XDP sends from; -1: it is not in it. */
  get umemOffset(): number {
    return this.#frame.umemOffset;
  }

  set umemOffset(offset: number) {
    this.#frame.umemOffset = offset;
  }

  /** To poll; -1 once closed. */
  get descriptor(): number {
    return this.#closed ? -1 : this.#ring.descriptor;
  }

  /** Judges every frame from now on. @throws LinuxError when the kernel does not take it; the one before stays. */
  setFilter(program: readonly BpfInstruction[]): void {
    this.#ring.setFilter(program);
  }

  /** Whether the kernel leaves the ring out when the device sends. */
  ignoreOutgoing(isIgnored: boolean): void {
    this.#ring.ignoreOutgoing(isIgnored);
  }

  /** @returns false for a replaceable ring that is bound to another device, or was. @throws LinuxError: ENODEV. */
  bind(interfaceIndex: number): boolean {
    return this.#ring.bind(interfaceIndex);
  }

  /** Binds beside a replaceable ring of the same device, and gets nothing yet. @throws LinuxError: ENODEV. */
  bindBeside(ring: CaptureRing, interfaceIndex: number): void {
    const group = ring instanceof RingSource ? ring.#ring.group : undefined;
    if (group === undefined) throw new LinuxError('PACKET_FANOUT', constants.errno.ENODEV);
    this.#ring.bindBeside(group, interfaceIndex);
  }

  /** Every frame comes to this ring from here on. */
  takeOver(): void {
    this.#ring.takeOver();
  }

  /** Frames that the kernel had no room for since the ring was opened. */
  get dropped(): number {
    return this.#ring.statistics().dropped;
  }

  /** Forgets the error of a device that went down or away. @returns true when there was one. */
  clearError(): boolean {
    return !this.#closed && this.#ring.clearError();
  }

  /**
   * Makes the next block current unless one is.
   * @returns true when there is a current block, and so `remaining` above 0.
   */
  load(): boolean {
    if (this.remaining > 0) return true;
    if (this.#closed) return false;
    const frames = this.#blocks.load();
    if (frames < 0) return false;
    this.remaining = frames;
    this.framesRead += frames;
    this.#next = this.#blocks.firstFrame;
    // A block that the timer closed may be empty.
    if (this.remaining === 0) {
      this.release();
      return false;
    }
    this.firstSeconds = this.#words[(this.#next + FRAME_SECONDS) >>> 2] >>> 0;
    this.firstNanoseconds = this.#words[(this.#next + FRAME_NANOSECONDS) >>> 2];
    return true;
  }

  /** The kernel has frames of this ring in a block that it has not handed over yet. */
  get filling(): boolean {
    return !this.#closed && this.#blocks.filling;
  }

  /**
   * Hands over the frames of the current block, until they have cost what they may: the last may cost more.
   * @param received of the frames that the device received. @param sent of those that it sent.
   * @returns what they cost, see `costOf`.
   */
  handOver(received: FrameConsumer, sent: FrameConsumer, budget = Number.POSITIVE_INFINITY): number {
    const frame = this.#frame;
    const bytes = this.#bytes;
    const words = this.#words;
    const halves = this.#halves;
    let cost = 0;
    let at = this.#next;
    let { remaining } = this;
    while (remaining > 0 && cost < budget) {
      const word = at >>> 2;
      frame.timeWord = word + (FRAME_SECONDS >>> 2);
      frame.offset = at + halves[(at + FRAME_MAC) >>> 1];
      frame.capturedLength = words[word + (FRAME_CAPTURED >>> 2)];
      frame.wireLength = words[word + (FRAME_WIRE >>> 2)];
      this.#readOffloads((frame.offset - OFFLOAD_HEADER_LENGTH) >>> 1);
      const status = words[word + (FRAME_STATUS >>> 2)];
      if ((status & STATUS_VLAN_VALID) !== 0) this.#putTagBack(at, status);
      cost += costOf(frame);
      const consumer = bytes[at + FRAME_PACKET_TYPE] === PACKET_OUTGOING ? sent : received;
      consumer.consume(frame);
      at += words[word + (FRAME_NEXT >>> 2)];
      remaining -= 1;
    }
    this.remaining = remaining;
    this.#next = at;
    return cost;
  }

  /**
   * Gives a block that was read to its end back, once its memory is free; nothing of this process may refer to its
   * frames any more.
   * @param isFree whether the kernel, which still sends from this memory, is done with it; absent: it does not.
   * @returns true when there was such a block.
   */
  release(isFree?: () => boolean): boolean {
    return this.remaining === 0 && !this.#closed && this.#blocks.release(isFree);
  }

  /** @returns a point behind every frame that is in the ring now, for `isPast`. */
  fence(): number {
    return this.#blocks.fence();
  }

  /** Every frame in front of the fence was handed over. */
  isPast(fence: number): boolean {
    return this.#closed || this.#blocks.isPast(fence);
  }

  /** The share of the ring's blocks that the kernel cannot fill: those that wait to be read, or to be free; 0–1. */
  get fill(): number {
    return this.#closed ? 0 : this.#blocks.fill;
  }

  /** Drops the views before the memory is unmapped: nothing may reach it then. Not inside `handOver`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose?.();
    this.remaining = 0;
    this.#bytes = new Uint8Array(NO_MEMORY);
    this.#halves = new Uint16Array(NO_MEMORY);
    this.#words = new Int32Array(NO_MEMORY);
    this.#blocks = new RingBlocks(NO_MEMORY);
    this.#frame.bytes = this.#bytes;
    this.#frame.words = undefined;
    await this.#ring.close();
  }

  /** @param at index of the header's first 16-bit word. */
  #readOffloads(at: number): void {
    const frame = this.#frame;
    const halves = this.#halves;
    const flagsAndKind = halves[at];
    frame.gsoType = flagsAndKind >>> 8;
    frame.checksumStart = 0;
    if (flagsAndKind === 0) return;
    frame.gsoSize = halves[at + OFFLOAD_GSO_SIZE];
    if ((flagsAndKind & OFFLOAD_NEEDS_CHECKSUM) !== 0) {
      frame.checksumStart = halves[at + OFFLOAD_CHECKSUM_START];
      frame.checksumOffset = halves[at + OFFLOAD_CHECKSUM_OFFSET];
    }
  }

  /** The kernel keeps the outermost VLAN tag beside the frame; on the wire it follows the addresses. */
  #putTagBack(at: number, status: number): void {
    const frame = this.#frame;
    const type =
      (status & STATUS_VLAN_TPID_VALID) === 0 ? ETHERTYPE_VLAN : this.#halves[(at + FRAME_VLAN_TPID) >>> 1];
    frame.offset -= VLAN_TAG_LENGTH;
    insertVlanTag(this.#bytes, frame.offset, type, this.#words[(at + FRAME_VLAN_TCI) >>> 2]);
    frame.capturedLength += VLAN_TAG_LENGTH;
    frame.wireLength += VLAN_TAG_LENGTH;
    if (frame.checksumStart !== 0) frame.checksumStart += VLAN_TAG_LENGTH;
  }
}
