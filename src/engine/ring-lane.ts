/** A lane on ring I/O: its ring follows the device by name, through down, up, deletion and a new device. */
import { readFileSync } from 'node:fs';
import { deviceProblem } from '../capture/device.js';
import type { FrameConsumer } from '../capture/frame-source.js';
import { RingSource } from '../capture/ring.js';
import { ringFilter } from '../capture/ring-filter.js';
import { LANE_RING_DROPPED } from '../counters/layout.js';
import { REJECT_ALL } from '../linux/classic-bpf.js';
import type { Libc } from '../linux/libc.js';
import { LinuxError } from '../linux/linux-error.js';
import { laneKey } from '../mirror/lane.js';
import { MAXIMUM_INSTRUCTIONS } from '../wire/bpf-instruction.js';
import type { LaneOptions } from './engine-io.js';

/** Below it there is no use in trying: the filter that keeps everything stands. */
const LEAST_INSTRUCTIONS = 32;

export class RingLane {
  /** What makes a lane another one: its ring cannot go on. */
  readonly key: string;
  readonly source: RingSource;
  #options: LaneOptions;
  /** Of the ring's drops, how many are in the counters. */
  #droppedCounted = 0;
  /** Of the device that the ring is bound to; 0: none yet. */
  #boundIndex = 0;
  #problem: string | undefined = 'starting';

  /** @throws LinuxError: EPERM, ENOMEM. */
  constructor(libc: Libc, options: LaneOptions, megabytes: number) {
    const { direction } = options.lane;
    this.#options = options;
    this.key = laneKey(options.lane);
    this.source = new RingSource(libc, { direction, megabytes, filter: ringFilter(direction) });
    this.#attachPreFilter();
  }

  get sourceId(): string {
    return this.#options.lane.source.id;
  }

  get consumer(): FrameConsumer {
    return this.#options.consumer;
  }

  /** Binds to the device that has the name now, and tells what changed. */
  followDevice(): void {
    const problem = this.#bind();
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onState(problem === undefined ? 'capturing' : 'waiting', problem ?? '');
  }

  collect(values: Float64Array): void {
    const { dropped } = this.source;
    values[this.#options.bases.base + LANE_RING_DROPPED] += dropped - this.#droppedCounted;
    this.#droppedCounted = dropped;
  }

  /**
   * Keeps every frame whole from now on, if other options would want other frames: the consumers of both can judge
   * them then. @returns whether there was anything to do.
   */
  openFor(options: LaneOptions): boolean {
    if (options.filter === this.#options.filter) return false;
    this.source.setFilter(ringFilter(options.lane.direction));
    return true;
  }

  /** Lets nothing more in. */
  shut(): void {
    this.source.setFilter(REJECT_ALL);
  }

  /** Goes over to other options of the same lane, between batches. */
  adopt(options: LaneOptions): void {
    const isSameFilter = options.filter === this.#options.filter;
    this.#options = options;
    if (!isSameFilter) this.#attachPreFilter();
  }

  /** No frame passes but through it. A smaller program keeps more, never less. */
  #attachPreFilter(): void {
    const { filter, lane } = this.#options;
    for (let limit = MAXIMUM_INSTRUCTIONS; limit >= LEAST_INSTRUCTIONS; limit >>= 1) {
      const room = limit - ringFilter(lane.direction, []).length;
      const { instructions } = filter.bpf({ maximumInstructions: room });
      try {
        this.source.setFilter(ringFilter(lane.direction, instructions));
        return;
      } catch (error) {
        // ENOMEM: beyond net.core.optmem_max.
        if (!(error instanceof LinuxError) || error.code !== 'ENOMEM') throw error;
      }
    }
  }

  /** @returns why nothing can be captured now, or undefined. */
  #bind(): string | undefined {
    const { device } = this.#options.lane.source;
    const index = interfaceIndex(device);
    if (index !== undefined && index !== this.#boundIndex) {
      try {
        this.source.bind(device);
        this.#boundIndex = index;
      } catch (error) {
        // It went away in between: the next look will tell.
        if (!(error instanceof LinuxError)) throw error;
        return error.message;
      }
    }
    return deviceProblem(device);
  }
}

function interfaceIndex(device: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/net/${device}/ifindex`, 'utf8'));
  } catch {
    return undefined;
  }
}
