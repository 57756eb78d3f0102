/**
 * Copies out in batches: up to 256 packets for one sendmmsg(2). The frame's bytes are sent from where the kernel
 * put them; only the headers in front of them are written.
 */
import { constants } from 'node:os';
import type { Counters } from '../../counters/counters.js';
import * as layout from '../../counters/layout.js';
import { reasonOf } from '../../counters/send-error.js';
import { SKIP_INDEX, SKIP_REASONS, type SkipReason } from '../../counters/skip-reason.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import { LinuxError } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import { MessageBatch } from '../../linux/message-batch.js';
import { EgressShare } from '../egress-share.js';
import type { Frame } from '../frame.js';
import type { TargetSink } from '../sink.js';
import type { TxSocket } from './tx-socket.js';

// Constants of this module, see decode/decode.ts.
const { SESSION_CUT, SESSION_FRAGMENTED } = layout;
const BATCH_PACKETS = 256;
const NO_ERROR = -1;
/** Longer than any frame that a route takes. */
const ANY_LENGTH = 65535;
/**
 * After so many refusals in a row only one packet of a batch is tried, and all are skipped when it is refused: a target
 * that takes nothing must not cost the others a system call per packet.
 */
const REFUSALS_BEFORE_PROBING = 64;

const { EAGAIN, ECONNREFUSED, EMSGSIZE, EHOSTUNREACH, ENETUNREACH } = constants.errno;
/** Errors that may come from an ICMP message about an earlier packet (ip(7), IP_RECVERR), or be of this one. */
const ICMP_ERRORS: readonly number[] = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, constants.errno.EPROTO];

/** Sends the copies for one address. Frames must lie in native memory and stay until `flush`. */
export class BatchSink implements TargetSink {
  maximumInnerLength = 0;
  isDown = false;
  share = new EgressShare();
  readonly #connect: () => TxSocket;
  readonly #counters: Counters;
  #socket: TxSocket | undefined;
  /** Why there is no socket: index in SKIP_REASONS. */
  #unreachable = SKIP_INDEX['no-route'];
  readonly #batch: MessageBatch;
  readonly #headers: TunnelHeader[] = [];
  readonly #sourcePorts = new Int32Array(BATCH_PACKETS);
  readonly #bases = new Int32Array(BATCH_PACKETS);
  readonly #wireLengths = new Int32Array(BATCH_PACKETS);
  readonly #segmentHeaderLengths = new Int32Array(BATCH_PACKETS);
  /** Bytes of the frame, or of what is sent of it. */
  readonly #innerLengths = new Int32Array(BATCH_PACKETS);
  /** 1: counted as cut before it came here. */
  readonly #cut = new Uint8Array(BATCH_PACKETS);
  /** 1: the kernel sends it in fragments. */
  readonly #fragmented = new Uint8Array(BATCH_PACKETS);
  /** Longest frame that goes in one packet. */
  #unfragmentedLength = 0;
  #count = 0;
  /** Bytes of this flush that the kernel took, with all headers. */
  #takenBytes = 0;
  #refusals = 0;
  /** Index in SKIP_REASONS, or -1. */
  #sendError = NO_ERROR;

  /**
   * @param connect opens a socket by the route of now; throws LinuxError while there is none.
   * @param headerBytes the longest headers that its sockets write; absent: those of VXLAN.
   */
  constructor(libc: Libc, connect: () => TxSocket, counters: Counters, headerBytes?: number) {
    this.#connect = connect;
    this.#counters = counters;
    this.#batch = new MessageBatch(libc, BATCH_PACKETS, headerBytes);
    this.reconnect();
  }

  get isOpen(): boolean {
    return !this.isDown && this.#socket !== undefined && this.share.hasRoom;
  }

  /** Goes over to the route, source address and MTU of now; between batches. */
  reconnect(): void {
    this.#socket?.close();
    this.#socket = undefined;
    try {
      const socket = this.#connect();
      this.#socket = socket;
      this.#batch.setHeaderLength(socket.headerBytes);
      this.#measure(socket);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.#socket?.close();
      this.#socket = undefined;
      this.#unreachable = SKIP_INDEX[reasonOf(error.errno)];
      // Every packet is skipped with that reason, whatever its length.
      this.#unfragmentedLength = ANY_LENGTH;
      this.maximumInnerLength = ANY_LENGTH;
    }
  }

  takeSendError(): SkipReason | undefined {
    const reason = this.#sendError;
    this.#sendError = NO_ERROR;
    return reason === NO_ERROR ? undefined : SKIP_REASONS[reason];
  }

  /** Goes over to the MTU of now, or to a route where there was none; between batches. */
  remeasure(): void {
    if (this.#socket === undefined) this.reconnect();
    else this.#tryMeasure(this.#socket);
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    if (this.isDown) {
      this.#counters.skipped(base, SKIP_INDEX['target-down'], frame.wireLength);
      return;
    }
    const { share } = this;
    if (share.isLimited && this.#socket !== undefined && !share.take(this.#socket.linkBytes(innerLength))) {
      this.#counters.skipped(base, SKIP_INDEX.priority, frame.wireLength);
      return;
    }
    const index = this.#count;
    this.#socket?.writeHeader(this.#batch, index, header, innerLength, sourcePort);
    const segmentHeaderLength = Math.min(frame.segmentHeaderLength, innerLength);
    this.#batch.setSegmentHeader(index, frame.segmentHeader, segmentHeaderLength);
    this.#batch.setBody(index, frame.address + frame.offset, innerLength - segmentHeaderLength);
    this.#segmentHeaderLengths[index] = segmentHeaderLength;
    this.#innerLengths[index] = innerLength;
    this.#headers[index] = header;
    this.#sourcePorts[index] = sourcePort;
    this.#bases[index] = base;
    this.#wireLengths[index] = frame.wireLength;
    this.#cut[index] = innerLength === this.maximumInnerLength && innerLength < frame.capturedLength ? 1 : 0;
    this.#fragmented[index] = innerLength > this.#unfragmentedLength ? 1 : 0;
    this.#count = index + 1;
    if (this.#count === BATCH_PACKETS) this.flush();
  }

  flush(): void {
    const socket = this.#socket;
    const count = this.#count;
    if (socket === undefined) this.#countSkipped(0, count, this.#unreachable);
    if (socket !== undefined && count > 0) this.#sendAll(socket, count);
    this.#count = 0;
    this.share.refresh();
  }

  close(): void {
    this.#socket?.close();
    this.#batch.free();
  }

  #sendAll(socket: TxSocket, count: number): void {
    const { share } = this;
    let done = 0;
    this.#takenBytes = 0;
    share.begin();
    while (done < count) {
      const sent = socket.send(this.#batch.messageAddress(done), count - done);
      if (sent > 0) {
        this.#countMirrored(socket, done, done + sent);
        done += sent;
        this.#refusals = 0;
      } else {
        done = this.#refused(socket, done, -sent);
      }
    }
    share.end(this.#takenBytes, socket.isDirect);
  }

  /** @param index of the packet that the kernel refused. @returns the index to go on with. */
  #refused(socket: TxSocket, index: number, errno: number): number {
    const sent = this.#prepareRetry(socket, index, errno)
      ? socket.send(this.#batch.messageAddress(index), 1)
      : -errno;
    if (sent > 0) {
      this.#countMirrored(socket, index, index + 1);
      return index + 1;
    }
    this.#refusals += 1;
    const next = this.#refusals > REFUSALS_BEFORE_PROBING || errno === EAGAIN ? this.#count : index + 1;
    this.#countSkipped(index, next, SKIP_INDEX[reasonOf(-sent)]);
    return next;
  }

  /** Cuts the packet if it must. @returns true when it may be sent again at once. */
  #prepareRetry(socket: TxSocket, index: number, errno: number): boolean {
    // This answers an earlier packet; the one at `index` was not tried.
    if (errno === ECONNREFUSED) this.#sendError = SKIP_INDEX.refused;
    if (ICMP_ERRORS.includes(errno)) return true;
    if (errno !== EMSGSIZE) return false;
    // The path MTU fell, or an earlier packet found it to be lower; then this packet may fit all the same. Later
    // packets are cut by the mirror, this one here.
    if (!this.#tryMeasure(socket)) return false;
    const length = this.maximumInnerLength;
    const segmentHeaderLength = this.#segmentHeaderLengths[index];
    if (segmentHeaderLength + this.#batch.bodyLength(index) <= length) return true;
    if (segmentHeaderLength > length) return false;
    if (this.#cut[index] === 0) this.#counters.values[this.#bases[index] + SESSION_CUT] += 1;
    const header = this.#headers[index];
    header.setFrameAsWritten(this.#batch.words, this.#batch.headerEndWord(index));
    socket.writeHeader(this.#batch, index, header, length, this.#sourcePorts[index]);
    this.#batch.setBodyLength(index, length - segmentHeaderLength);
    this.#innerLengths[index] = length;
    return true;
  }

  /** @returns false when there is no route any more: the last lengths stay. */
  #tryMeasure(socket: TxSocket): boolean {
    try {
      this.#measure(socket);
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return false;
    }
  }

  #measure(socket: TxSocket): void {
    this.#unfragmentedLength = socket.maxInnerLength;
    this.maximumInnerLength = Math.max(this.#unfragmentedLength, socket.maxFragmentedLength);
  }

  #countSkipped(from: number, to: number, reason: number): void {
    if (to > from) this.#sendError = reason;
    for (let index = from; index < to; index++) {
      this.#counters.skipped(this.#bases[index], reason, this.#wireLengths[index]);
    }
  }

  #countMirrored(socket: TxSocket, from: number, to: number): void {
    let linkBytes = 0;
    for (let index = from; index < to; index++) {
      linkBytes += socket.linkBytes(this.#innerLengths[index]);
      if (this.#fragmented[index] === 1) this.#counters.values[this.#bases[index] + SESSION_FRAGMENTED] += 1;
    }
    this.#counters.allMirrored(this.#bases, this.#wireLengths, from, to);
    this.#takenBytes += linkBytes;
  }
}
