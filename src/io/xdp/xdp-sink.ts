/**
 * Copies for one address, by AF_XDP where that is possible: the headers are written in front of the frame, in the memory
 * of its ring, and the kernel sends both from there. All else goes by the packet socket, in the order of the frames.
 */
import type { Counters } from '../../counters/counters.js';
import { SKIP_INDEX, SKIP_REASONS, type SkipReason } from '../../counters/skip-reason.js';
import type { DirectHeader } from '../../encapsulate/direct-header.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import * as xdpSocket from '../../linux/xdp-socket.js';
import type { EgressShare } from '../egress-share.js';
import type { Frame } from '../frame.js';
import type { TargetSink } from '../sink.js';
import type { XdpDevice } from './xdp-device.js';
import type { LostCopies, XdpSender } from './xdp-sender.js';
import * as xdpSender from './xdp-sender.js';

// Constants of this module, see decode/decode.ts.
const { PAGE_BYTES } = xdpSocket;
const { MAXIMUM_PIECES } = xdpSender;
const NO_LOSS = -1;
/** What is left of a count of copies at the next look. */
const FADING = 0.8;

/** Copies that left lately, by way; older ones count less. */
export interface XdpUse {
  readonly byXdp: number;
  /** By the other sink, because their ring is not in the memory that AF_XDP sends from. */
  readonly outside: number;
}

export class XdpSink implements TargetSink {
  readonly #other: TargetSink;
  readonly #counters: Counters;
  #header: DirectHeader | undefined;
  #device: XdpDevice | undefined;
  /** The other sink holds copies. */
  #isOtherHolding = false;
  /** Bytes of the packets that were posted since the last flush. */
  #postedBytes = 0;
  readonly #losses: LostCopies = { lost: NO_LOSS };
  #byXdp = 0;
  #outside = 0;
  /** By which sender copies went at the last flush, and how many it had been given by then. */
  #lastSender: XdpSender | undefined;
  #last = 0;

  /** @param other sends what AF_XDP does not. */
  constructor(other: TargetSink, counters: Counters) {
    this.#other = other;
    this.#counters = counters;
  }

  get maximumInnerLength(): number {
    return this.#other.maximumInnerLength;
  }

  get isDown(): boolean {
    return this.#other.isDown;
  }

  set isDown(isDown: boolean) {
    this.#other.isDown = isDown;
  }

  get isOpen(): boolean {
    return this.#other.isOpen;
  }

  get share(): EgressShare {
    return this.#other.share;
  }

  set share(share: EgressShare) {
    this.#other.share = share;
  }

  takeSendError(): SkipReason | undefined {
    const { lost } = this.#losses;
    this.#losses.lost = NO_LOSS;
    return this.#other.takeSendError() ?? (lost === NO_LOSS ? undefined : SKIP_REASONS[lost]);
  }

  /** To be asked a few times a second. */
  takeUse(): XdpUse {
    const use = { byXdp: this.#byXdp, outside: this.#outside };
    this.#byXdp *= FADING;
    this.#outside = this.#outside < 1 ? 0 : this.#outside * FADING;
    return use;
  }

  /** Goes over to the headers and the device of the next hop of now; between batches. @param device undefined: the other sink sends all. */
  use(header: DirectHeader | undefined, device: XdpDevice | undefined): void {
    this.#header = header;
    this.#device = device;
  }

  /** All copies go by the other sink from now on. They do not wait for those that the device has not taken, and may overtake them. */
  leave(): void {
    this.use(undefined, undefined);
    this.#lastSender = undefined;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    if (this.#post(frame, innerLength, header, sourcePort, base)) return;
    if (this.#postedBytes > 0) this.#flushPosted();
    if (this.#lastSender?.hasCounted(this.#last) === false) {
      // The device does not take those before it: sent the other way, it would overtake them.
      this.#counters.skipped(base, SKIP_INDEX.backlog, frame.wireLength);
      this.#losses.lost = SKIP_INDEX.backlog;
      return;
    }
    this.#isOtherHolding = true;
    this.#other.send(frame, innerLength, header, sourcePort, base);
  }

  flush(): void {
    if (this.#postedBytes > 0) this.#flushPosted();
    else this.#device?.sender?.flush();
    // Kept for long, its count would go round, and the sender would be kept with it.
    if (this.#lastSender?.hasCounted(this.#last) === true) this.#lastSender = undefined;
    this.#flushOther();
    this.share.refresh();
  }

  /** @returns false for a copy that AF_XDP cannot send now. */
  #post(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): boolean {
    const device = this.#device;
    const sender = device?.sender;
    const direct = this.#header;
    if (device === undefined || sender === undefined || direct === undefined) return false;
    if (frame.umemOffset < 0) {
      this.#outside += 1;
      return false;
    }
    if (this.#other.isDown || direct.length + innerLength > device.maximumLength) return false;
    return frame.segmentHeaderLength === 0
      ? this.#postFrame(sender, direct, frame, innerLength, header, sourcePort, base)
      : this.#postSegment(sender, direct, frame, innerLength, header, sourcePort, base);
  }

  #postFrame(
    sender: XdpSender,
    direct: DirectHeader,
    frame: Frame,
    innerLength: number,
    header: TunnelHeader,
    sourcePort: number,
    base: number,
  ): boolean {
    const { words } = frame;
    const length = direct.length + innerLength;
    const start = frame.umemOffset + frame.offset - direct.length;
    if (words === undefined || (frame.offset & 3) !== 0) return false;
    if (piecesOf(start, length) > MAXIMUM_PIECES || !sender.hasRoom()) return false;
    if (!this.#isAdmitted(length, base, frame.wireLength)) return true;
    direct.writeWords(words, frame.offset >>> 2, innerLength, header, sourcePort);
    sender.post(start, length, false);
    this.#end(sender, base, frame.wireLength);
    return true;
  }

  #postSegment(
    sender: XdpSender,
    direct: DirectHeader,
    frame: Frame,
    innerLength: number,
    header: TunnelHeader,
    sourcePort: number,
    base: number,
  ): boolean {
    const headerLength = Math.min(frame.segmentHeaderLength, innerLength);
    const bodyLength = innerLength - headerLength;
    const body = frame.umemOffset + frame.offset;
    if (piecesOf(body, bodyLength) >= MAXIMUM_PIECES || !sender.hasHeaderSlot()) return false;
    if (!this.#isAdmitted(direct.length + innerLength, base, frame.wireLength)) return true;
    const { slots } = sender;
    slots.take(frame.segmentHeader, headerLength);
    direct.writeWords(slots.words, slots.segmentWord, innerLength, header, sourcePort);
    sender.post(slots.segmentOffset - direct.length, direct.length + headerLength, bodyLength > 0);
    if (bodyLength > 0) sender.post(body, bodyLength, false);
    this.#end(sender, base, frame.wireLength);
    return true;
  }

  #end(sender: XdpSender, base: number, wireLength: number): void {
    sender.end(base, wireLength, this.#losses);
    this.#byXdp += 1;
  }

  /** Takes room on the link, and makes way for a copy behind those that the other sink holds. @returns false: it is skipped. */
  #isAdmitted(bytes: number, base: number, wireLength: number): boolean {
    const { share } = this.#other;
    if (share.isLimited && !share.take(bytes)) {
      this.#counters.skipped(base, SKIP_INDEX.priority, wireLength);
      return false;
    }
    this.#flushOther();
    this.#postedBytes += bytes;
    return true;
  }

  #flushPosted(): void {
    const { share } = this.#other;
    const sender = this.#device?.sender;
    share.begin();
    sender?.flush();
    share.end(this.#postedBytes, true);
    this.#postedBytes = 0;
    // One that failed meanwhile has ended: what an earlier flush noted of it still holds.
    if (sender === undefined) return;
    this.#lastSender = sender;
    this.#last = sender.posted;
  }

  #flushOther(): void {
    if (!this.#isOtherHolding) return;
    this.#isOtherHolding = false;
    this.#other.flush();
  }
}

/** Pages that bytes of the UMEM lie in. */
function piecesOf(offset: number, length: number): number {
  return ((((offset & (PAGE_BYTES - 1)) + length - 1) / PAGE_BYTES) | 0) + 1;
}
