/**
 * Copies out in batches: up to 256 packets for one sendmmsg(2). The frame's bytes are sent from where the kernel
 * put them; only the headers in front of them are written.
 */

import { constants } from 'node:os';
import type { Counters } from '../../counters/counters.js';
import { SESSION_CUT, SESSION_FRAGMENTED } from '../../counters/layout.js';
import { reasonOf, SKIP_INDEX, SKIP_REASONS, type SkipReason } from '../../counters/skip-reason.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import type { Libc } from '../../linux/libc.js';
import { LinuxError } from '../../linux/linux-error.js';
import { MessageBatch } from '../../linux/message-batch.js';
import type { Frame } from '../frame.js';
import type { TargetSink } from '../sink.js';
import type { TxSocket } from './tx-socket.js';

const BATCH_PACKETS = 256;
const NO_TROUBLE = -1;
/** Longer than what any way takes. */
const WHATEVER_LENGTH = 65535;
/**
 * After so many refusals in a row a batch is tried once and else skipped whole: a target that takes nothing
 * must not cost the others a system call per packet.
 */
const REFUSALS_BEFORE_PROBING = 64;

const { EAGAIN, ECONNREFUSED, EMSGSIZE, EHOSTUNREACH, ENETUNREACH } = constants.errno;
/** What ICMP messages about earlier packets turn into (ip(7), IP_RECVERR); the same may also be said of this one. */
const ANSWERS: readonly number[] = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, constants.errno.EPROTO];

/** Sends the copies for one address. Frames must lie in native memory and stay until `flush`. */
export class BatchSink implements TargetSink {
  maximumInnerLength = 0;
  isDown = false;
  readonly #connect: () => TxSocket;
  readonly #counters: Counters;
  #carrier: TxSocket | undefined;
  /** Why there is no carrier. */
  #unreachable = SKIP_INDEX['no-route'];
  readonly #batch: MessageBatch;
  readonly #headers: TunnelHeader[] = [];
  readonly #sourcePorts = new Int32Array(BATCH_PACKETS);
  readonly #bases = new Int32Array(BATCH_PACKETS);
  readonly #wireLengths = new Int32Array(BATCH_PACKETS);
  readonly #headLengths = new Int32Array(BATCH_PACKETS);
  /** 1: counted as cut before it came here. */
  readonly #cut = new Uint8Array(BATCH_PACKETS);
  /** 1: the kernel sends it in fragments. */
  readonly #fragmented = new Uint8Array(BATCH_PACKETS);
  /** Longest frame that goes without. */
  #room = 0;
  #count = 0;
  #refusals = 0;
  /** Index in SKIP_REASONS, or -1. */
  #trouble = NO_TROUBLE;

  /** @param connect finds the way to the target; throws LinuxError while there is no way to it. */
  constructor(libc: Libc, connect: () => TxSocket, counters: Counters) {
    this.#connect = connect;
    this.#counters = counters;
    this.#batch = new MessageBatch(libc, BATCH_PACKETS);
    this.reconnect();
  }

  /** Takes the route, source address and MTU of now; between batches. */
  reconnect(): void {
    this.#carrier?.close();
    this.#carrier = undefined;
    try {
      const carrier = this.#connect();
      this.#carrier = carrier;
      this.#batch.setHeaderLength(carrier.headerBytes);
      this.#measureRoom(carrier);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.#carrier?.close();
      this.#carrier = undefined;
      this.#unreachable = SKIP_INDEX[reasonOf(error.errno)];
      // Packets are counted, whatever their size.
      this.#room = WHATEVER_LENGTH;
      this.maximumInnerLength = WHATEVER_LENGTH;
    }
  }

  takeSendError(): SkipReason | undefined {
    const trouble = this.#trouble;
    this.#trouble = NO_TROUBLE;
    return trouble === NO_TROUBLE ? undefined : SKIP_REASONS[trouble];
  }

  /** Takes the MTU of now, or a way where there was none; between batches. */
  refreshRoom(): void {
    if (this.#carrier === undefined) this.reconnect();
    else this.#tryMeasureRoom(this.#carrier);
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    if (this.isDown) {
      this.#counters.skipped(base, SKIP_INDEX['target-down'], frame.wireLength);
      return;
    }
    const index = this.#count;
    this.#carrier?.writeHeader(this.#batch, index, header, innerLength, sourcePort);
    const headLength = Math.min(frame.headLength, innerLength);
    this.#batch.setHead(index, frame.head, headLength);
    this.#batch.setBody(index, frame.address + frame.offset, innerLength - headLength);
    this.#headLengths[index] = headLength;
    this.#headers[index] = header;
    this.#sourcePorts[index] = sourcePort;
    this.#bases[index] = base;
    this.#wireLengths[index] = frame.wireLength;
    this.#cut[index] = innerLength === this.maximumInnerLength && innerLength < frame.capturedLength ? 1 : 0;
    this.#fragmented[index] = innerLength > this.#room ? 1 : 0;
    this.#count = index + 1;
    if (this.#count === BATCH_PACKETS) this.flush();
  }

  flush(): void {
    const carrier = this.#carrier;
    const count = this.#count;
    let done = 0;
    if (carrier === undefined) {
      this.#countSkipped(0, count, this.#unreachable);
      done = count;
    }
    while (carrier !== undefined && done < count) {
      const sent = carrier.send(this.#batch.messageAddress(done), count - done);
      if (sent > 0) {
        this.#countMirrored(done, done + sent);
        done += sent;
        this.#refusals = 0;
      } else {
        done = this.#refused(carrier, done, -sent);
      }
    }
    this.#count = 0;
  }

  close(): void {
    this.#carrier?.close();
    this.#batch.free();
  }

  /** @param index of the packet that the kernel refused. @returns the index to go on with. */
  #refused(carrier: TxSocket, index: number, errno: number): number {
    const sent = this.#mend(carrier, index, errno)
      ? carrier.send(this.#batch.messageAddress(index), 1)
      : -errno;
    if (sent > 0) {
      this.#countMirrored(index, index + 1);
      return index + 1;
    }
    this.#refusals += 1;
    const next = this.#refusals > REFUSALS_BEFORE_PROBING || errno === EAGAIN ? this.#count : index + 1;
    this.#countSkipped(index, next, SKIP_INDEX[reasonOf(-sent)]);
    return next;
  }

  /** @returns true when the same packet may be sent again at once. */
  #mend(carrier: TxSocket, index: number, errno: number): boolean {
    // The answer to an earlier packet; this one was not tried.
    if (errno === ECONNREFUSED) this.#trouble = SKIP_INDEX.refused;
    if (ANSWERS.includes(errno)) return true;
    if (errno !== EMSGSIZE) return false;
    // The path MTU fell, or an earlier packet found it to be lower: this packet may fit all the same. Later ones
    // are cut in time, this one here.
    if (!this.#tryMeasureRoom(carrier)) return false;
    const length = this.maximumInnerLength;
    const headLength = this.#headLengths[index];
    if (headLength + this.#batch.bodyLength(index) <= length) return true;
    if (headLength > length) return false;
    if (this.#cut[index] === 0) this.#counters.values[this.#bases[index] + SESSION_CUT] += 1;
    carrier.writeHeader(this.#batch, index, this.#headers[index], length, this.#sourcePorts[index]);
    this.#batch.setBodyLength(index, length - headLength);
    return true;
  }

  /** @returns false when there is no way to the target any more: the last room stays. */
  #tryMeasureRoom(carrier: TxSocket): boolean {
    try {
      this.#measureRoom(carrier);
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return false;
    }
  }

  #measureRoom(carrier: TxSocket): void {
    this.#room = carrier.room;
    this.maximumInnerLength = Math.max(this.#room, carrier.fragmentedRoom);
  }

  #countSkipped(from: number, to: number, reason: number): void {
    if (to > from) this.#trouble = reason;
    for (let index = from; index < to; index++) {
      this.#counters.skipped(this.#bases[index], reason, this.#wireLengths[index]);
    }
  }

  #countMirrored(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      this.#counters.mirrored(this.#bases[index], this.#wireLengths[index]);
      this.#counters.values[this.#bases[index] + SESSION_FRAGMENTED] += this.#fragmented[index];
    }
  }
}
