/**
 * A lane on ring I/O. It keeps to the name of its device: through down and up, deletion and a new device of that name,
 * and never to another name. In a namespace of its own it also keeps to the path of that namespace, with a new ring for
 * each namespace, since a socket cannot move.
 */
import type { Counters } from '../../counters/counters.js';
import { PeakGauge } from '../../counters/gauges.js';
import { LANE_RING_DROPPED, LANE_RING_FILL } from '../../counters/layout.js';
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { LinuxError } from '../../linux/errors.js';
import type { Link } from '../../linux/link-table.js';
import { NamespaceError } from '../../linux/network-namespace.js';
import { captureKey, deviceDirection } from '../../plan/lanes.js';
import type { Direction } from '../../plan/mirror-plan.js';
import { type BpfInstruction, MAXIMUM_INSTRUCTIONS } from '../../wire/bpf-instruction.js';
import type { LaneOptions } from '../backend.js';
import type { CaptureRing } from '../capture-ring.js';
import type { FrameConsumer } from '../frame.js';
import { conditionOf, type LaneCondition, linkProblem, sameCondition, waiting } from '../lane-condition.js';
import type { SourceNamespace } from '../source-namespace.js';
import type { OrderedRing } from './ordered-rings.js';
import { ringFilter } from './ring-filter.js';

/** A program this short is not worth another try: the ring keeps every frame instead. */
const LEAST_INSTRUCTIONS = 32;

/** What a lane needs of the namespace that its device lives in. */
export type LaneNamespace = Pick<SourceNamespace, 'path' | 'problem' | 'generation' | 'find' | 'enter'>;

/** What a lane is made of. */
export interface RingLaneParts {
  readonly namespace: LaneNamespace;
  /** Opens a ring that lets nothing in, in the thread's current namespace. @throws LinuxError: EPERM, ENOMEM. */
  readonly openRing: (direction: Direction) => CaptureRing;
  /** How long ago a time of the kernel's was. */
  readonly microsecondsSince: (seconds: number, nanoseconds: number) => number;
  readonly counters: Counters;
}

interface OpenRing extends OrderedRing {
  readonly source: CaptureRing;
  /** The generation of the namespace that it is in. */
  readonly generation: number;
}

export class RingLane {
  /** Equal for lanes that can take over each other's ring. */
  readonly key: string;
  readonly #parts: RingLaneParts;
  readonly #fill = new PeakGauge();
  #options: LaneOptions;
  #ring: OpenRing | undefined;
  /** What the ring was bound to last; undefined: nothing, or the kernel may have let go of it. */
  #bound: Link | undefined;
  /** The ring lets frames in. */
  #admitting = false;
  /** The program that lets the lane's frames in; undefined until the kernel has taken one. */
  #program: readonly BpfInstruction[] | undefined;
  /** Drops of the ring that are in the counters already. */
  #droppedCounted = 0;
  /** Drops of rings that were closed, not in the counters yet. */
  #droppedBefore = 0;
  #condition: LaneCondition | undefined;
  #isShut = false;

  /** @throws LinuxError: EPERM, ENOMEM; not in a namespace of its own, where it may become possible. */
  constructor(options: LaneOptions, parts: RingLaneParts) {
    this.key = captureKey(options.lane);
    this.#options = options;
    this.#parts = parts;
    if (this.namespace.path === undefined) this.#openRing();
  }

  get namespace(): LaneNamespace {
    return this.#parts.namespace;
  }

  get sourceId(): string {
    return this.#options.lane.source.id;
  }

  /** Where its frames come from; undefined while there is no namespace to open a ring in. */
  get ring(): OpenRing | undefined {
    return this.#ring;
  }

  /**
   * Binds to the device that has the name now, leaves one that has lost it, and reports what changed. To be called
   * between batches, when links or the namespace changed.
   */
  checkDevice(): void {
    if (this.#isShut) return;
    const condition = this.#rebind();
    if (this.#condition !== undefined && sameCondition(condition, this.#condition)) return;
    this.#condition = condition;
    this.#options.onCondition(condition);
  }

  /** Takes an error off the ring. @returns true when there was one: the device went down or away, and may be back. */
  clearError(): boolean {
    if (this.#ring === undefined || this.#ring.source.load() || !this.#ring.source.clearError()) return false;
    this.#bound = undefined;
    return true;
  }

  /** Reads the counters that the kernel keeps. */
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
   * them then. @returns whether the pre-filter changed.
   */
  openFor(options: LaneOptions): boolean {
    if (options.filter === this.#options.filter) return false;
    this.#program = ringFilter(deviceDirection(options.lane));
    if (this.#admitting) this.#admitFrames();
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
    if (this.#admitting) this.#admitFrames();
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

  /** @returns the lane's condition after that. */
  #rebind(): LaneCondition {
    const { namespace } = this;
    if (this.#ring !== undefined && this.#ring.generation !== namespace.generation) {
      this.#rejectFrames();
      // What it holds was captured in time, and is still due.
      if (!isEmpty(this.#ring.source)) return waiting(`leaving the former ${namespace.path}`);
      this.close();
    }
    if (namespace.problem !== undefined) return waiting(namespace.problem);
    const link = namespace.find(this.#options.lane.source.device);
    return conditionOf(link, this.#bindTo(link));
  }

  /** @returns why nothing can be captured now, or undefined. */
  #bindTo(link: Link | undefined): string | undefined {
    const { device, netns } = this.#options.lane.source;
    if (link === undefined || !link.ethernet) {
      this.#rejectFrames();
      return linkProblem(device, netns, link);
    }
    try {
      this.#bind((this.#ring ?? this.#openRing()).source, link);
      return linkProblem(device, netns, link);
    } catch (error) {
      if (!(error instanceof LinuxError || error instanceof NamespaceError)) throw error;
      this.#rejectFrames();
      // The device went away in between; an event of it follows.
      return error instanceof LinuxError && error.code === 'ENODEV'
        ? linkProblem(device, netns, undefined)
        : error.message;
    }
  }

  /** Every event of a link makes a new object of it: the ring may have lost the device, if only for a moment. */
  #bind(source: CaptureRing, link: Link): void {
    if (link !== this.#bound) {
      const replaces = this.#bound !== undefined && this.#bound.index !== link.index;
      if (replaces && this.#condition?.state === 'capturing') this.#reportReplaced(link);
      // Bound to it already, nothing happens: no frame is lost.
      source.bind(link.index);
      this.#bound = link;
    }
    if (this.#admitting) return;
    this.#admitFrames();
    this.#admitting = true;
  }

  /** Lets nothing more in. The ring stays bound: of the device, which has another name now, nothing is wanted. */
  #rejectFrames(): void {
    if (!this.#admitting) return;
    this.#ring?.source.setFilter(REJECT_ALL);
    this.#admitting = false;
  }

  /** The device behind the name is another one, and nothing came in between. */
  #reportReplaced(link: Link): void {
    const { device } = this.#options.lane.source;
    this.#condition = conditionOf(link, `device ${device} was replaced`);
    this.#options.onCondition(this.#condition);
  }

  /** Nothing comes in before the ring is bound, and nothing is let in before that. */
  #openRing(): OpenRing {
    const { namespace, openRing, microsecondsSince, counters } = this.#parts;
    const source = namespace.enter(() => openRing(deviceDirection(this.#options.lane)));
    const consumer = (): FrameConsumer => this.#options.consumer;
    this.#ring = {
      source,
      generation: namespace.generation,
      get consumer() {
        return consumer();
      },
      onBlock: (seconds, nanoseconds) =>
        counters.delayed(this.#options.bases.base, microsecondsSince(seconds, nanoseconds)),
    };
    return this.#ring;
  }

  /** Sets the lane's pre-filter, the largest that the kernel takes: a smaller program keeps more, never less. */
  #admitFrames(): void {
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
function isEmpty(source: CaptureRing): boolean {
  return !source.load() && !source.filling;
}
