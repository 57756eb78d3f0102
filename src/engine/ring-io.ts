/**
 * I/O through kernel rings and batched raw sockets: one loop over all rings of the engine.
 *
 *     while there are frames   rounds of at most 5 ms, one block of each ring in turn, then the event loop
 *     when there are none      an asynchronous poll over all rings
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OrderedRings } from '../capture/ordered-rings.js';
import { type Libc, openLibc } from '../linux/libc.js';
import { PollSet } from '../linux/poll-set.js';
import type { PacketSink } from '../transmit/packet-sink.js';
import type { EngineIo, EngineIoOptions, LaneOptions } from './engine-io.js';
import { RingLane } from './ring-lane.js';
import type { TargetReport } from './route-watch.js';
import { TargetPaths } from './target-paths.js';

const ROUND_MS = 5;
/** Also how soon a ring that opens during a poll joins the next one. */
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
  #closed = false;

  private constructor(options: EngineIoOptions, libc: Libc) {
    this.#options = options;
    this.#libc = libc;
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
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      if (this.#round()) await nextTurn();
      else await this.#waitForFrames();
    }
  }

  /** @returns false when no ring had a block. */
  #round(): boolean {
    const end = performance.now() + ROUND_MS;
    let frames = 0;
    do {
      frames = 0;
      for (const source of this.#sources) frames += source.pull();
      this.#options.onFrames();
    } while (frames > 0 && !this.#closed && performance.now() < end);
    return frames > 0;
  }

  async #waitForFrames(): Promise<void> {
    const waiting = this.#sources.some((source) => source.waiting);
    const polled = new PollSet(this.#sources.flatMap(({ descriptors }) => descriptors));
    const ready = await polled.wait(this.#libc, waiting ? ORDER_POLL_MS : POLL_MS);
    if (ready === 0 || this.#closed) return;
    // An error stays until it is read, and would end every wait at once. `followDevice` sees its cause.
    for (const { source } of this.#lanes) if (!source.load()) source.clearError();
  }
}
