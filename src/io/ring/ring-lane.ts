/**
 * A lane on ring I/O. It follows the name of its device: through down and up, deletion and a new device of that name,
 * and never to another name. In a namespace of its own it also follows the path of that, with a new ring for each
 * namespace, since a socket cannot move.
 */

import type { Counters } from '../../counters/counters.js';
import { LANE_RING_DROPPED, LANE_RING_FILL } from '../../counters/layout.js';
import { PeakGauge } from '../../counters/peak-gauge.js';
import { type BpfInstruction, REJECT_ALL } from '../../linux/classic-bpf.js';
import type { Libc } from '../../linux/libc.js';
import type { Link } from '../../linux/link-table.js';
import { LinuxError } from '../../linux/linux-error.js';
import { NamespaceError } from '../../linux/network-namespace.js';
import { WallClock } from '../../linux/wall-clock.js';
import { captureKey, deviceDirection } from '../../plan/lanes.js';
import { MAXIMUM_INSTRUCTIONS } from '../../wire/bpf-instruction.js';
import type { LaneOptions } from '../backend.js';
import { linkProblem } from '../device.js';
import type { FrameConsumer } from '../frame.js';
import type { LaneCondition } from '../lane-condition.js';
import { conditionOf, sameCondition, waiting } from '../lane-condition.js';
import type { SourceNamespace } from '../source-namespace.js';
import type { OrderedRing } from './ordered-rings.js';
import { ringFilter } from './ring-filter.js';
import { RingSource } from './ring-source.js';

/** Below it there is no use in trying: everything is kept. */
const LEAST_INSTRUCTIONS = 32;

interface OpenRing extends OrderedRing {
  /** Of the namespace that it is in. */
  readonly generation: number;
}

export class RingLane {
  /** What makes a lane another one: its ring cannot go on. */
  readonly key: string;
  readonly namespace: SourceNamespace;
  readonly #libc: Libc;
  readonly #megabytes: number;
  readonly #counters: Counters;
  readonly #clock: WallClock;
  readonly #fill = new PeakGauge();
  #options: LaneOptions;
  #ring: OpenRing | undefined;
  /** What the ring was bound to last; undefined: nothing, or nobody knows. */
  #bound: Link | undefined;
  /** Frames are let in. */
  #admitting = false;
  /** Lets the lane's frames in; undefined until it is known what the kernel takes. */
  #program: readonly BpfInstruction[] | undefined;
  /** Of the ring's drops, how many are in the counters. */
  #droppedCounted = 0;
  /** Drops of rings that were closed, not in the counters yet. */
  #droppedBefore = 0;
  #condition: LaneCondition | undefined;
  #isShut = false;

  /** @throws LinuxError: EPERM, ENOMEM; not in a namespace of its own, where it may become possible. */
  constructor(
    libc: Libc,
    options: LaneOptions,
    namespace: SourceNamespace,
    megabytes: number,
    counters: Counters,
  ) {
    this.key = captureKey(options.lane);
    this.namespace = namespace;
    this.#libc = libc;
    this.#options = options;
    this.#megabytes = megabytes;
    this.#counters = counters;
    this.#clock = new WallClock(libc);
    if (namespace.path === undefined) this.#openRing();
  }

  get sourceId(): string {
    return this.#options.lane.source.id;
  }

  /** Where its frames come from; undefined while there is no namespace to open one in. */
  get ring(): OrderedRing | undefined {
    return this.#ring;
  }

  /**
   * Binds to the device that has the name now, leaves one that has it no more, and tells what changed. To be called
   * when links or the namespace changed, between batches.
   */
  followDevice(): void {
    if (this.#isShut) return;
    const condition = this.#follow();
    if (this.#condition !== undefined && sameCondition(condition, this.#condition)) return;
    this.#condition = condition;
    this.#options.onCondition(condition);
  }

  /** Takes an error off the ring. @returns true when there was one: the device went down or away, and may be back. */
  forgetError(): boolean {
    if (this.#ring === undefined || this.#ring.source.load() || !this.#ring.source.clearError()) return false;
    this.#bound = undefined;
    return true;
  }

  collect(values: Float64Array): void {
    const { base } = this.#options.bases;
    const dropped = this.#ring?.source.dropped ?? 0;
    values[base + LANE_RING_FILL] = this.#fill.observe(this.#ring?.source.fill ?? 0, performance.now());
    values[base + LANE_RING_DROPPED] += this.#droppedBefore + dropped - this.#droppedCounted;
    this.#droppedBefore = 0;
    this.#droppedCounted = dropped;
  }

  /**
   * Keeps every frame whole from now on, if other options would want other frames: the consumers of both can judge
   * them then. @returns whether there was anything to do.
   */
  openFor(options: LaneOptions): boolean {
    if (options.filter === this.#options.filter) return false;
    this.#program = ringFilter(deviceDirection(options.lane));
    if (this.#admitting) this.#letIn();
    return true;
  }

  /** Lets nothing more in, for good. */
  shut(): void {
    this.#isShut = true;
    this.#ring?.source.setFilter(REJECT_ALL);
  }

  /** Goes over to other options of the same lane, between batches. */
  adopt(options: LaneOptions): void {
    const isSameFilter = options.filter === this.#options.filter;
    this.#options = options;
    if (isSameFilter) return;
    this.#program = undefined;
    if (this.#admitting) this.#letIn();
  }

  close(): void {
    if (this.#ring === undefined) return;
    this.#droppedBefore += this.#ring.source.dropped - this.#droppedCounted;
    this.#droppedCounted = 0;
    this.#ring.source.close();
    this.#ring = undefined;
    this.#bound = undefined;
    this.#admitting = false;
  }

  #follow(): LaneCondition {
    const { namespace } = this;
    if (this.#ring !== undefined && this.#ring.generation !== namespace.generation) {
      this.#dismiss();
      // What it holds was captured in time, and is still due.
      if (!isEmpty(this.#ring.source)) return waiting(`leaving the former ${namespace.path}`);
      this.close();
    }
    if (namespace.problem !== undefined) return waiting(namespace.problem);
    const link = namespace.find(this.#options.lane.source.device);
    return conditionOf(link, this.#problemWith(link));
  }

  /** @returns why nothing can be captured now, or undefined. */
  #problemWith(link: Link | undefined): string | undefined {
    const { device, netns } = this.#options.lane.source;
    if (link === undefined || !link.ethernet) {
      this.#dismiss();
      return linkProblem(device, netns, link);
    }
    try {
      this.#admit((this.#ring ?? this.#openRing()).source, link);
      return linkProblem(device, netns, link);
    } catch (error) {
      if (!(error instanceof LinuxError || error instanceof NamespaceError)) throw error;
      this.#dismiss();
      // It went away in between, of which an event is to tell.
      return error instanceof LinuxError && error.code === 'ENODEV'
        ? linkProblem(device, netns, undefined)
        : error.message;
    }
  }

  /** Every event of a link makes a new object of it: then the ring may have lost it, if only for a moment. */
  #admit(source: RingSource, link: Link): void {
    if (link !== this.#bound) {
      const replaces = this.#bound !== undefined && this.#bound.index !== link.index;
      if (replaces && this.#condition?.state === 'capturing') this.#tellReplaced(link);
      // Bound to it already, nothing happens: no frame is lost.
      source.bind(link.index);
      this.#bound = link;
    }
    if (this.#admitting) return;
    this.#letIn();
    this.#admitting = true;
  }

  /** Lets nothing more in. The ring stays bound: of the device, which has another name now, nothing is wanted. */
  #dismiss(): void {
    if (!this.#admitting) return;
    this.#ring?.source.setFilter(REJECT_ALL);
    this.#admitting = false;
  }

  /** The device behind the name is another one, and nothing came in between. */
  #tellReplaced(link: Link): void {
    const { device } = this.#options.lane.source;
    this.#condition = conditionOf(link, `device ${device} was replaced`);
    this.#options.onCondition(this.#condition);
  }

  /** Nothing comes in before it is bound, and nothing is let in before that. */
  #openRing(): OpenRing {
    const direction = deviceDirection(this.#options.lane);
    const source = this.namespace.enter(
      () => new RingSource(this.#libc, { direction, megabytes: this.#megabytes, filter: REJECT_ALL }),
    );
    const consumer = (): FrameConsumer => this.#options.consumer;
    this.#ring = {
      source,
      generation: this.namespace.generation,
      get consumer() {
        return consumer();
      },
      onBlock: (seconds, nanoseconds) =>
        this.#counters.delayed(this.#options.bases.base, this.#clock.microsecondsSince(seconds, nanoseconds)),
    };
    return this.#ring;
  }

  /** No frame passes but through the pre-filter. A smaller program keeps more, never less. */
  #letIn(): void {
    const source = this.#ring?.source;
    const { filter, lane } = this.#options;
    const direction = deviceDirection(lane);
    const before = ringFilter(direction, []).length;
    for (let limit = MAXIMUM_INSTRUCTIONS; this.#program === undefined; limit >>= 1) {
      const program =
        limit < LEAST_INSTRUCTIONS
          ? ringFilter(direction)
          : ringFilter(direction, filter.bpf({ maximumInstructions: limit - before }).instructions);
      try {
        source?.setFilter(program);
        this.#program = program;
        return;
      } catch (error) {
        // ENOMEM: beyond net.core.optmem_max.
        if (!(error instanceof LinuxError) || error.code !== 'ENOMEM' || limit < LEAST_INSTRUCTIONS)
          throw error;
      }
    }
    source?.setFilter(this.#program);
  }
}

/** Nothing in it, and nothing on the way into it. */
function isEmpty(source: RingSource): boolean {
  return !source.load() && !source.filling;
}
