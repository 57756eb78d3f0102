/**
 * I/O through kernel rings and batched raw sockets: one loop over all rings of the engine.
 *
 *     while there are frames    rounds of at most 5 ms, one block of each ring in turn, then the event loop
 *     a moment after them       a poll of 2 ms over all rings, then the event loop
 *     when there are none       an asynchronous poll over all rings
 *
 * An asynchronous poll waits on another thread: it costs two wake-ups instead of one, and twice the latency.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OrderedRings } from '../capture/ordered-rings.js';
import { type Libc, openLibc } from '../linux/libc.js';
import { PollSet } from '../linux/poll-set.js';
import { WakeUp } from '../linux/wake-up.js';
import type { PacketSink } from '../transmit/packet-sink.js';
import type { EngineIo, EngineIoOptions, LaneOptions } from './engine-io.js';
import { RingLane } from './ring-lane.js';
import type { TargetReport } from './route-watch.js';
import { TargetPaths } from './target-paths.js';

const ROUND_MS = 5;
/** How long after the last frame the next one is expected at any moment. */
const EXPECTING_MS = 20;
const SHORT_POLL_MS = 2;
const POLL_MS = 250;
/** While frames wait for older ones of the other direction. */
const ORDER_POLL_MS = 1;
const FOLLOW_INTERVAL_MS = 250;

export class RingIo implements EngineIo {
  readonly #options: EngineIoOptions;
  readonly #libc: Libc;
  readonly #paths: TargetPaths;
  readonly #lanes: RingLane[] = [];
  #sources: OrderedRings[] = [];
  readonly #follow: NodeJS.Timeout;
  /** Ends a poll that knows less rings than there are. */
  readonly #wakeUp: WakeUp;
  #closed = false;

  private constructor(options: EngineIoOptions, libc: Libc) {
    this.#options = options;
    this.#libc = libc;
    this.#wakeUp = new WakeUp(libc);
    this.#paths = new TargetPaths(libc, options.counters, options.plan.emit);
    this.#follow = setInterval(() => {
      for (const lane of this.#lanes) lane.followDevice();
      this.#paths.follow();
    }, FOLLOW_INTERVAL_MS);
  }

  /** @throws UnsupportedPlatformError, MissingPackageError. */
  static async open(options: EngineIoOptions): Promise<RingIo> {
    const io = new RingIo(options, await openLibc());
    void io.#loop();
    return io;
  }

  sinkOf(sourceAddress: string | undefined, targetAddress: string): PacketSink {
    return this.#paths.sinkOf(sourceAddress, targetAddress);
  }

  async openLane(options: LaneOptions): Promise<void> {
    const lane = new RingLane(this.#libc, options, this.#options.plan.ringMegabytes);
    this.#lanes.push(lane);
    const sourceIds = new Set(this.#lanes.map(({ sourceId }) => sourceId));
    this.#sources = [...sourceIds].map(
      (id) => new OrderedRings(this.#lanes.filter(({ sourceId }) => sourceId === id)),
    );
    lane.followDevice();
    this.#wakeUp.signal();
  }

  followRoute({ address }: TargetReport): void {
    this.#paths.reconnect(address);
  }

  collect(): void {
    for (const lane of this.#lanes) lane.collect(this.#options.counters.values);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#follow);
    this.collect();
    for (const { source } of this.#lanes) source.close();
    this.#paths.close();
    this.#wakeUp.signal();
  }

  async #loop(): Promise<void> {
    let expectedUntil = 0;
    while (!this.#closed) {
      if (this.#round()) expectedUntil = performance.now() + EXPECTING_MS;
      else if (performance.now() < expectedUntil) this.#waitHere();
      else await this.#waitForFrames();
      await nextTurn();
    }
    this.#wakeUp.close();
  }

  /** @returns false when no ring had a block. */
  #round(): boolean {
    const end = performance.now() + ROUND_MS;
    let any = false;
    let frames = 0;
    do {
      frames = 0;
      for (const source of this.#sources) frames += source.pull();
      any ||= frames > 0;
      this.#options.onFrames();
    } while (frames > 0 && !this.#closed && performance.now() < end);
    return any;
  }

  #waitHere(): void {
    const waiting = this.#sources.some((source) => source.waiting);
    const ready = this.#pollSet().waitHere(this.#libc, waiting ? ORDER_POLL_MS : SHORT_POLL_MS);
    if (ready > 0) this.#settle();
  }

  async #waitForFrames(): Promise<void> {
    const ready = await this.#pollSet().wait(this.#libc, POLL_MS);
    if (ready > 0 && !this.#closed) this.#settle();
  }

  #pollSet(): PollSet {
    const rings = this.#sources.flatMap(({ descriptors }) => descriptors);
    return new PollSet([...rings, this.#wakeUp.descriptor]);
  }

  /** Takes away what would end every further wait at once. */
  #settle(): void {
    this.#wakeUp.clear();
    // An error stays until it is read; `followDevice` sees its cause.
    for (const { source } of this.#lanes) if (!source.load()) source.clearError();
  }
}
