/**
 * Copies for one address, by AF_XDP where that is possible: the headers are written in front of the frame, in the memory
 * of its ring, and the kernel sends both from there. All else goes by the packet socket, in the order of the frames.
 */
import type { SkipReason } from '../../counters/skip-reason.js';
import type { DirectHeader } from '../../encapsulate/direct-header.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import { PAGE_BYTES } from '../../linux/xdp-socket.js';
import type { Frame } from '../frame.js';
import type { TargetSink } from '../sink.js';
import type { XdpDevice } from './xdp-devices.js';
import { MAXIMUM_PIECES } from './xdp-sender.js';

export class XdpSink implements TargetSink {
  readonly #other: TargetSink;
  #header: DirectHeader | undefined;
  #device: XdpDevice | undefined;
  /** The other sink holds copies. */
  #isOtherHolding = false;

  /** @param other sends what AF_XDP does not. */
  constructor(other: TargetSink) {
    this.#other = other;
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

  takeSendError(): SkipReason | undefined {
    return this.#other.takeSendError();
  }

  /** Goes over to the headers and the device of the next hop of now; between batches. @param device undefined: the other sink sends all. */
  use(header: DirectHeader | undefined, device: XdpDevice | undefined): void {
    this.#header = header;
    this.#device = device;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    if (this.#post(frame, innerLength, header, sourcePort, base)) return;
    this.#device?.sender?.flush();
    this.#isOtherHolding = true;
    this.#other.send(frame, innerLength, header, sourcePort, base);
  }

  flush(): void {
    this.#device?.sender?.flush();
    this.#flushOther();
  }

  /** @returns false for a copy that AF_XDP cannot send now. */
  #post(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): boolean {
    const device = this.#device;
    const sender = device?.sender;
    const direct = this.#header;
    const { umemOffset, words } = frame;
    if (device === undefined || sender === undefined || direct === undefined) return false;
    if (umemOffset < 0 || this.#other.isDown || direct.length + innerLength > device.maximumLength)
      return false;
    const segmentHeaderLength = Math.min(frame.segmentHeaderLength, innerLength);
    const bodyLength = innerLength - segmentHeaderLength;
    const body = umemOffset + frame.offset;
    if (segmentHeaderLength === 0) {
      const start = body - direct.length;
      if (words === undefined || (frame.offset & 3) !== 0) return false;
      if (piecesOf(start, bodyLength + direct.length) > MAXIMUM_PIECES || !sender.hasRoom()) return false;
      this.#flushOther();
      direct.writeWords(words, frame.offset >>> 2, innerLength, header, sourcePort);
      sender.post(start, bodyLength + direct.length, false);
    } else {
      if (piecesOf(body, bodyLength) >= MAXIMUM_PIECES || !sender.hasHeaderSlot()) return false;
      this.#flushOther();
      const { slots } = sender;
      slots.take(frame.segmentHeader, segmentHeaderLength);
      direct.writeWords(slots.words, slots.segmentWord, innerLength, header, sourcePort);
      const start = slots.segmentOffset - direct.length;
      sender.post(start, direct.length + segmentHeaderLength, bodyLength > 0);
      if (bodyLength > 0) sender.post(body, bodyLength, false);
    }
    sender.end(base, frame.wireLength);
    return true;
  }

  #flushOther(): void {
    if (!this.#isOtherHolding) return;
    this.#isOtherHolding = false;
    this.#other.flush();
  }
}

/** Pages that bytes of the UMEM lie in. */
function piecesOf(offset: number, length: number): number {
  return Math.floor((offset + length - 1) / PAGE_BYTES) - Math.floor(offset / PAGE_BYTES) + 1;
}
