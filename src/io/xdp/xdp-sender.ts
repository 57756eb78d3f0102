/**
 * Sends copies by AF_XDP over one device. What is posted is a packet of one or more pieces of the UMEM; the outcome of
 * each is counted once the kernel has taken it.
 *
 *     post piece, ..., end packet    flush: the kernel sends; the outcomes are counted    completed: memory is free again
 *
 * Drivers that take pages without a copy (IFF_TX_SKB_NO_LINEAR, such as virtio_net) still read memory of what they took when
 * a socket has failed. So the socket stays open until that is completed, and only then is the memory free.
 */
import { constants } from 'node:os';
import type { Counters } from '../../counters/counters.js';
import { reasonOf } from '../../counters/send-error.js';
import { SKIP_INDEX } from '../../counters/skip-reason.js';
import type { XdpSocket } from '../../linux/xdp-socket.js';
import * as xdpSocket from '../../linux/xdp-socket.js';
import { HEADER_SLOTS, type HeaderSlots } from './umem.js';

// A constant of this module, see decode/decode.ts.
const { PAGE_BYTES, XDP_ENTRIES } = xdpSocket;
/** The kernel drops a packet of more pieces: MAX_SKB_FRAGS, of which the first piece is none. */
export const MAXIMUM_PIECES = 16;
/** Packets in a batch, before the kernel is called. */
const BATCH_PACKETS = 1024;
/** Calls without progress in one flush. Then the copies wait for the next flush. */
const MAXIMUM_RETRIES = 8;
/** How long copies may wait for the device to take them, or memory for the device to be done with it. */
const PATIENCE_MS = 1000;
/** For how long what is in flight is waited for behind a failure. */
const LAST_PATIENCE_MS = 5000;
const { EAGAIN, EBUSY, ETIMEDOUT } = constants.errno;

/** What a sender needs of its socket. */
export type SendingSocket = Pick<
  XdpSocket,
  | 'room'
  | 'written'
  | 'consumed'
  | 'completed'
  | 'invalidDescriptors'
  | 'write'
  | 'publish'
  | 'send'
  | 'close'
>;

/** What was lost of one target's copies, as `TargetSink.takeSendError` tells. */
export interface LostCopies {
  /** Index in SKIP_REASONS of the last one; -1: none. */
  lost: number;
}

export class XdpSender {
  readonly slots: HeaderSlots;
  readonly #socket: SendingSocket;
  readonly #counters: Counters;
  readonly #onFailure: (errno: number) => void;
  readonly #isGone: () => boolean;
  /** What each copy was that the kernel has not taken, in a circle: where its descriptors end, and what it counts for. */
  readonly #ends = new Int32Array(XDP_ENTRIES);
  readonly #bases = new Int32Array(XDP_ENTRIES);
  readonly #wireLengths = new Int32Array(XDP_ENTRIES);
  readonly #losses: (LostCopies | undefined)[] = new Array(XDP_ENTRIES).fill(undefined);
  /** Copies that were posted, and those of them that were counted, modulo 2^32 as int32. */
  #posted = 0;
  #counted = 0;
  /** Descriptors that can be written at least; there may be more by now. */
  #room = 0;
  /** Since when the device takes nothing of what is posted, performance.now(); 0: it does. */
  #stuckMs = 0;
  /** What was completed when it was looked at last, and since when it is that; 0: not looked at since. */
  #completed = 0;
  #completedMs = 0;
  /** Nothing is posted any more. */
  #isClosed = false;
  #closedMs = 0;
  /** The kernel is done with all memory, and the socket is closed. */
  #isReleased = false;
  #thrownAway = 0;

  /**
   * @param onFailure called once, when the socket has failed: nothing is posted any more then, and its copies are counted.
   * @param isGone whether there is no such device any more, which would read memory.
   */
  constructor(
    socket: SendingSocket,
    slots: HeaderSlots,
    counters: Counters,
    onFailure: (errno: number) => void,
    isGone: () => boolean = () => false,
  ) {
    this.#socket = socket;
    this.slots = slots;
    this.#counters = counters;
    this.#onFailure = onFailure;
    this.#isGone = isGone;
  }

  /** False: nothing may be posted any more. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Copies were posted that the kernel has not taken. */
  get isHolding(): boolean {
    return this.#posted !== this.#counted;
  }

  /** Copies that were posted so far, for `hasCounted`. */
  get posted(): number {
    return this.#posted;
  }

  /** The kernel has taken the copies posted before, or they are skipped. @param posted of any time: the count may have gone round since. */
  hasCounted(posted: number): boolean {
    return !this.isHolding || ((this.#counted - posted) | 0) >= 0;
  }

  /** Hot loop. @returns whether there is room for a packet; flushes to make some. */
  hasRoom(): boolean {
    if (this.#room < MAXIMUM_PIECES || ((this.#posted - this.#counted) | 0) >= BATCH_PACKETS)
      this.#makeRoom();
    return !this.#isClosed && this.#room >= MAXIMUM_PIECES;
  }

  /** Hot loop. @returns whether there is room for a segment, and a header slot that the kernel is done with. */
  hasHeaderSlot(): boolean {
    if (!this.hasRoom()) return false;
    if (this.#unfinished < HEADER_SLOTS - MAXIMUM_PIECES) return true;
    this.flush();
    return !this.#isClosed && this.#unfinished < HEADER_SLOTS - MAXIMUM_PIECES;
  }

  /** Descriptors that the kernel threw away: 0 unless this program has a defect. */
  get invalidDescriptors(): number {
    return this.#isReleased ? this.#thrownAway : this.#socket.invalidDescriptors;
  }

  /** Hot loop: posts bytes of the UMEM, split at its pages. @param continued more of the packet follows. */
  post(offset: number, length: number, continued: boolean): void {
    let at = offset;
    let left = length;
    let room = PAGE_BYTES - (at & (PAGE_BYTES - 1));
    while (left > room) {
      this.#socket.write(at, room, true);
      this.#room -= 1;
      at += room;
      left -= room;
      room = PAGE_BYTES;
    }
    this.#socket.write(at, left, continued);
    this.#room -= 1;
  }

  /** Hot loop: the packet is complete. @param base of the session's counters. @param losses where it is noted if the copy is lost. */
  end(base: number, wireLength: number, losses?: LostCopies): void {
    const index = this.#posted & (XDP_ENTRIES - 1);
    this.#ends[index] = this.#socket.written;
    this.#bases[index] = base;
    this.#wireLengths[index] = wireLength;
    this.#losses[index] = losses;
    this.#posted = (this.#posted + 1) | 0;
  }

  /** Sends what was posted, and counts it. What the device does not take now is tried again at the next flush. */
  flush(): void {
    if (this.#isClosed || this.#posted === this.#counted) return;
    const socket = this.#socket;
    socket.publish();
    let retries = 0;
    while (this.#posted !== this.#counted) {
      const before = this.#counted;
      const errno = -socket.send();
      this.#countTaken(errno === EBUSY);
      // Before it has sent one, a kernel does not tell that it has taken the copy which it lost.
      if (errno === EBUSY && this.#counted === before) this.#countSkipped(SKIP_INDEX.buffers);
      if (errno !== 0 && errno !== EBUSY && errno !== EAGAIN) {
        this.fail(errno);
        return;
      }
      if (this.#counted !== before) {
        retries = 0;
        this.#stuckMs = 0;
        continue;
      }
      retries += 1;
      if (retries > MAXIMUM_RETRIES) {
        this.#stuckMs = this.#since(this.#stuckMs);
        return;
      }
    }
  }

  /** Descriptors posted so far, as a mark for `isPast`. */
  mark(): number {
    return this.#socket.written;
  }

  /** The kernel is done with the memory of everything that was posted before the mark. */
  isPast(mark: number): boolean {
    if (this.#isClosed) return this.release();
    const { completed } = this.#socket;
    if (((completed - mark) | 0) >= 0) {
      this.#completedMs = 0;
      return true;
    }
    if (completed !== this.#completed) this.#completedMs = 0;
    this.#completed = completed;
    this.#completedMs = this.#since(this.#completedMs);
    return this.#isReleased;
  }

  /**
   * Of one that failed or was closed: closes the socket once the kernel is done with all memory, its device is gone, or that
   * took too long. @returns whether it is closed.
   */
  release(): boolean {
    if (this.#isReleased || !this.#isClosed) return this.#isReleased;
    const socket = this.#socket;
    const isDone = ((socket.completed - socket.consumed) | 0) >= 0;
    if (!isDone && !this.#isGone() && performance.now() - this.#closedMs <= LAST_PATIENCE_MS) return false;
    this.abandon();
    return true;
  }

  /** Nothing is sent any more. Copies that the kernel has not taken are skipped, and `onFailure` is called. */
  fail(errno: number): void {
    if (this.#isClosed) return;
    this.close(errno);
    this.#onFailure(errno);
  }

  /** Nothing is sent any more; see `release`. @param errno why copies are skipped that the kernel has not taken. */
  close(errno: number = EAGAIN): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closedMs = performance.now();
    this.#countTaken(false);
    while (this.#counted !== this.#posted) this.#countSkipped(SKIP_INDEX[reasonOf(errno)]);
    this.release();
  }

  /** Closes the socket at once: nothing of the memory is written any more. */
  abandon(): void {
    this.close();
    if (this.#isReleased) return;
    this.#thrownAway = this.#socket.invalidDescriptors;
    this.#isReleased = true;
    this.#socket.close();
  }

  /** Descriptors whose memory is still needed. */
  get #unfinished(): number {
    return (this.#socket.written - this.#socket.completed) | 0;
  }

  #makeRoom(): void {
    const isFull = ((this.#posted - this.#counted) | 0) >= BATCH_PACKETS;
    if (isFull || this.#socket.room < MAXIMUM_PIECES) this.flush();
    this.#room = this.#isClosed ? 0 : this.#socket.room;
  }

  /** @param lastIsLost the last copy that the kernel took was not sent. */
  #countTaken(lastIsLost: boolean): void {
    const consumed = this.#socket.consumed;
    const first = this.#counted;
    let end = first;
    while (end !== this.#posted && ((consumed - this.#ends[end & (XDP_ENTRIES - 1)]) | 0) >= 0)
      end = (end + 1) | 0;
    const isLost = lastIsLost && end !== first;
    this.#counted = isLost ? (end - 1) | 0 : end;
    this.#counters.allMirrored(this.#bases, this.#wireLengths, first, this.#counted, XDP_ENTRIES - 1);
    if (isLost) this.#countSkipped(SKIP_INDEX.buffers);
  }

  /** Counts the next copy as skipped. */
  #countSkipped(reason: number): void {
    const index = this.#counted & (XDP_ENTRIES - 1);
    this.#counters.skipped(this.#bases[index], reason, this.#wireLengths[index]);
    const losses = this.#losses[index];
    if (losses !== undefined) losses.lost = reason;
    this.#counted = (this.#counted + 1) | 0;
  }

  /** Gives a device up that makes no progress for too long. @param startMs 0: from now on. @returns since when. */
  #since(startMs: number): number {
    const now = performance.now();
    if (startMs === 0) return now;
    if (now - startMs > PATIENCE_MS) this.fail(ETIMEDOUT);
    return startMs;
  }
}
