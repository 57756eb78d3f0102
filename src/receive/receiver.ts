/**
 * The loop of `receive`: datagrams of all sockets in batches, the frame of each counted, and put where it is wanted.
 *
 *     sockets --recvmmsg--> ReceiveBatch --decapsulate--> Tally
 *                                            `--> CaptureStream, TapDevice
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { PollSet, WakeUp } from '../linux/poll.js';
import type { ReceiveBatch } from '../linux/receive-batch.js';
import type { ReceiveCalls } from '../linux/receive-calls.js';
import { CaptureRecord } from '../wire/capture-bytes.js';
import { setTimestamp } from '../wire/pcapng-records.js';
import type { CaptureStream } from './capture-stream.js';
import { ACCEPTED, Inner, PROTOCOL_NAMES, PROTOCOLS, type ReceivedProtocolName } from './decapsulate.js';
import type { Tally } from './tally.js';

/** Messages of one call. */
export const BATCH_MESSAGES = 64;
/** Until signals and timers have their turn. */
const ROUND_MS = 5;
/** Rounds without a datagram until it waits for one; before that it looks again after a moment, which wakes nobody. */
const QUIET_ROUNDS = 100;
const MOMENT_MS = 1;
/** A buffer of this size holds what comes in a moment at a million datagrams a second. */
const LARGE_BUFFER_BYTES = 4 << 20;
/** Files whose time is over are ended at least so often. */
const WAIT_MS = 250;
/** Rounds between two readings of the kernel's counts, which have 32 bits. */
const COUNT_ROUNDS = 256;
/** After a stop: for what waits at the sockets. */
const LAST_ROUNDS_MS = 500;
const NANOSECONDS = 1e9;
/** errno(3): the device of a TAP descriptor was removed. */
const EBADFD = 77;

/** A socket, and what comes in on it. */
export interface ReceivingSocket {
  readonly descriptor: number;
  readonly bufferBytes: number;
  readonly protocol: ReceivedProtocolName;
  /** Datagrams that the kernel threw away so far. */
  drops(): number;
}

/** Takes frames one by one, from native memory. */
export interface FrameDevice {
  readonly descriptor: number;
}

export interface ReceiverOptions {
  readonly libc: Libc;
  readonly calls: ReceiveCalls;
  readonly batch: ReceiveBatch;
  readonly sockets: readonly ReceivingSocket[];
  readonly tally: Tally;
  /** VNIs whose frames are taken; undefined: all. */
  readonly wanted?: ReadonlySet<number>;
  readonly stream?: CaptureStream;
  readonly device?: FrameDevice;
  /** Frames until it ends by itself; undefined: it does not. */
  readonly limit?: number;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #inner = new Inner();
  /** A capture time of a sender, divided into seconds and nanoseconds. */
  readonly #record = new CaptureRecord();
  readonly #polled: PollSet;
  readonly #wakeUp: WakeUp;
  readonly #hasLargeBuffers: boolean;
  /** Frames until the limit. In an array: a field that holds no small integer costs a heap object at each change. */
  readonly #left: Float64Array;
  #isStopping = false;
  /** When it ends, whatever still waits. */
  #lastAt = Number.POSITIVE_INFINITY;
  #deviceTaken = 0;
  #deviceRefused = 0;
  #deviceErrno = 0;

  /** @throws LinuxError */
  constructor(options: ReceiverOptions) {
    this.#options = options;
    const { libc, sockets, limit = Number.POSITIVE_INFINITY } = options;
    this.#wakeUp = new WakeUp(libc);
    this.#polled = new PollSet([this.#wakeUp.descriptor, ...sockets.map(({ descriptor }) => descriptor)]);
    this.#hasLargeBuffers = sockets.every(({ bufferBytes }) => bufferBytes >= LARGE_BUFFER_BYTES);
    this.#left = Float64Array.of(limit);
  }

  /** Frames that the device took and refused. */
  get device(): { taken: number; refused: number } {
    return { taken: this.#deviceTaken, refused: this.#deviceRefused };
  }

  /** Somebody removed the device, which has ended the loop. */
  get isDeviceGone(): boolean {
    return this.#deviceErrno === EBADFD;
  }

  /** Datagrams that the kernel threw away. */
  get rxDropped(): number {
    return this.#options.sockets.reduce((sum, socket) => sum + socket.drops(), 0);
  }

  /** Has `run` take what waits at the sockets, and end. */
  stop(): void {
    this.#isStopping = true;
    this.#lastAt = performance.now() + LAST_ROUNDS_MS;
    this.#options.stream?.wake();
    this.#wakeUp.signal();
  }

  /** Receives until it is stopped, has what it was to get, or the output fails. @throws LinuxError of a socket (rejects) */
  async run(): Promise<void> {
    let quietRounds = 0;
    for (let round = 0; !this.#isOver(); round++) {
      const isLast = this.#isStopping;
      const taken = this.round();
      this.#options.stream?.tick();
      if (isLast && taken === 0) break;
      if (round % COUNT_ROUNDS === 0) void this.rxDropped;
      quietRounds = taken > 0 ? 0 : quietRounds + 1;
      await this.#pause(taken > 0 || isLast, quietRounds);
    }
  }

  /** Takes from all sockets in turn, until none has a datagram or its time is over. @returns datagrams */
  round(): number {
    const end = performance.now() + ROUND_MS;
    let all = 0;
    for (;;) {
      let taken = 0;
      for (const socket of this.#options.sockets) taken += this.#receive(socket);
      all += taken;
      if (taken === 0 || performance.now() >= end) return all;
    }
  }

  close(): void {
    this.#wakeUp.close();
  }

  #isOver(): boolean {
    return (
      this.#left[0] <= 0 ||
      this.isDeviceGone ||
      this.#options.stream?.failure !== undefined ||
      performance.now() >= this.#lastAt
    );
  }

  /** One batch of a socket. @returns datagrams */
  #receive({ descriptor, protocol }: ReceivingSocket): number {
    const { batch, calls, stream } = this.#options;
    const room = stream === undefined ? batch.capacity : Math.min(batch.capacity, stream.room);
    const count = Math.min(room, this.#left[0]);
    if (count <= 0) return 0;
    const received = batch.receive(calls, descriptor, count);
    if (received < 0) throw new LinuxError('recvmmsg', -received);
    const index = PROTOCOL_NAMES.indexOf(protocol);
    for (let message = 0; message < received; message++) this.#take(index, message);
    return received;
  }

  #take(protocol: number, message: number): void {
    const { batch, tally, wanted, stream, device } = this.#options;
    const inner = this.#inner;
    const start = batch.offset(message);
    const end = start + batch.length(message);
    const read = protocol === 0 ? PROTOCOLS.vxlan.read : PROTOCOLS.geneve.read;
    const result = read(batch.bytes, start, end, inner);
    if (result !== ACCEPTED) {
      tally.reject(result);
      return;
    }
    if (wanted !== undefined && !wanted.has(inner.vni)) {
      tally.leaveOut();
      return;
    }
    batch.readSender(message);
    const row = tally.take(protocol, inner.vni, batch.sender, inner.length);
    this.#left[0] -= 1;
    if (stream !== undefined) this.#write(stream, row, message);
    if (device !== undefined) this.#show(device);
  }

  #write(stream: CaptureStream, row: number, message: number): void {
    const inner = this.#inner;
    const { batch } = this.#options;
    if (inner.hasCaptureTime) {
      const record = this.#record;
      setTimestamp(record, inner.captureTimeHigh >>> 0, inner.captureTimeLow >>> 0, NANOSECONDS);
      stream.put(row, record.seconds, record.nanoseconds, inner);
    } else {
      batch.readTime(message);
      stream.put(row, batch.seconds, batch.nanoseconds, inner);
    }
  }

  #show({ descriptor }: FrameDevice): void {
    const { calls, batch } = this.#options;
    const written = calls.writeFrom(descriptor, batch.addressOf(this.#inner.offset), this.#inner.length);
    if (written >= 0) this.#deviceTaken += 1;
    else {
      this.#deviceRefused += 1;
      this.#deviceErrno = -written;
    }
  }

  /** Waits for room or datagrams. A wait on another thread costs more than a look a moment later, while they come. */
  async #pause(isBusy: boolean, quietRounds: number): Promise<void> {
    const { stream, libc } = this.#options;
    if (stream?.room === 0 && !this.#isStopping) await stream.progress();
    else if (isBusy) await nextTurn();
    else if (this.#hasLargeBuffers && quietRounds < QUIET_ROUNDS) await sleep(MOMENT_MS);
    else await this.#polled.wait(libc, WAIT_MS);
  }
}
