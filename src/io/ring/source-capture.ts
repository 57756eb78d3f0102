/**
 * The capture of a source on ring I/O: one ring for both directions. It keeps to the name of the source's device:
 * through down and up, deletion and a new device of that name, and never to another name. In a namespace of its own it
 * also keeps to the path of that namespace, with a new ring for each namespace, since a socket cannot move.
 */
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { LinuxError } from '../../linux/errors.js';
import type { Link } from '../../linux/link-table.js';
import { NamespaceError } from '../../linux/network-namespace.js';
import { deviceKey } from '../../plan/lanes.js';
import type { BpfInstruction } from '../../wire/bpf-instruction.js';
import type { CaptureRing } from '../capture-ring.js';
import { conditionOf, type LaneCondition, linkProblem, waiting } from '../lane-condition.js';
import type { SourceNamespace } from '../source-namespace.js';
import { type ByDirection, type EmitProgram, setRingFilter } from './ring-filter.js';
import type { SourceLanes, WantedLanes } from './source-lanes.js';

/** What a capture needs of the namespace that its device lives in. */
export type CaptureNamespace = Pick<SourceNamespace, 'path' | 'problem' | 'generation' | 'find' | 'enter'>;

/** What a capture is made of. */
export interface CaptureParts {
  readonly lanes: SourceLanes;
  readonly namespace: CaptureNamespace;
  /** Opens a ring that lets nothing in, in the thread's current namespace. @throws LinuxError: EPERM, ENOMEM. */
  readonly openRing: () => CaptureRing;
  /** How long ago a time of the kernel's was. */
  readonly microsecondsSince: (seconds: number, nanoseconds: number) => number;
}

export class SourceCapture {
  /** Equal for sources that can take over each other's ring. */
  readonly key: string;
  readonly #parts: CaptureParts;
  readonly #lanes: SourceLanes;
  /** What the ring is to let in. */
  #filters: ByDirection<EmitProgram>;
  #ring: CaptureRing | undefined;
  /** The generation of the namespace that the ring is in. */
  #generation = 0;
  /** What the ring was bound to last; undefined: nothing, or the kernel may have let go of it. */
  #bound: Link | undefined;
  /** The ring lets frames in. */
  #admitting = false;
  /** The program that does so; undefined until the kernel has taken one. */
  #program: readonly BpfInstruction[] | undefined;
  /** Drops of the ring that are in the counters already. */
  #droppedCounted = 0;
  /** Drops of rings that were closed, not in the counters yet. */
  #droppedBefore = 0;
  #isShut = false;

  /** @throws LinuxError: EPERM, ENOMEM; not in a namespace of its own, where it may become possible. */
  constructor(parts: CaptureParts) {
    this.#parts = parts;
    this.#lanes = parts.lanes;
    this.#filters = this.#lanes.filters;
    this.key = deviceKey(this.#lanes.source);
    if (this.namespace.path === undefined) this.#openRing();
  }

  get namespace(): CaptureNamespace {
    return this.#parts.namespace;
  }

  /** To poll; -1 while there is no ring. */
  get descriptor(): number {
    return this.#ring?.descriptor ?? -1;
  }

  /** Hands over a block of frames, as one batch. @returns how many frames. */
  pull(): number {
    const ring = this.#ring;
    if (ring === undefined || !ring.load()) return 0;
    return this.#lanes.take(ring, this.#parts.microsecondsSince);
  }

  /**
   * Binds to the device that has the name now, leaves one that has lost it, and reports what changed. To be called
   * between batches, when links or the namespace changed.
   * @returns whether it has another ring now.
   */
  checkDevice(): boolean {
    if (this.#isShut) return false;
    const ring = this.#ring;
    this.#lanes.report(this.#rebind());
    return ring !== this.#ring;
  }

  /** Takes an error off the ring. @returns true when there was one: the device went down or away, and may be back. */
  clearError(): boolean {
    if (this.#ring === undefined || this.#ring.load() || !this.#ring.clearError()) return false;
    this.#bound = undefined;
    return true;
  }

  /** Reads the counters that the kernel keeps. */
  collect(values: Float64Array): void {
    const dropped = this.#ring?.dropped ?? 0;
    this.#lanes.count(values, this.#droppedBefore + dropped - this.#droppedCounted, this.#ring?.fill ?? 0);
    this.#droppedBefore = 0;
    this.#droppedCounted = dropped;
  }

  /**
   * Lets in, from now on, what the rules of before and those of other lanes can both judge: of a direction whose rules
   * change every frame, whole; of one that only one of them wants, nothing. The other direction is not touched.
   * @returns whether the ring may hold frames that only the rules of before can judge.
   */
  openFor(wanted: WantedLanes): boolean {
    if (!this.#lanes.wantsOtherThan(wanted)) return false;
    this.#letIn(this.#lanes.filtersSharedWith(wanted));
    return true;
  }

  /** Lets nothing more in, for good. */
  shut(): void {
    this.#isShut = true;
    this.#ring?.setFilter(REJECT_ALL);
  }

  /** Goes over to other lanes of the same source, between batches; before the first batch, to its own. */
  adopt(wanted: WantedLanes): void {
    if (this.#lanes.adopt(wanted)) this.#letIn(this.#lanes.filters);
  }

  /** @returns whether every frame that is in the ring now has been handed over, once it is called. */
  fence(): () => boolean {
    const ring = this.#ring;
    const fence = ring?.fence() ?? 0;
    return () => ring?.isPast(fence) ?? true;
  }

  close(): void {
    if (this.#ring === undefined) return;
    this.#droppedBefore += this.#ring.dropped - this.#droppedCounted;
    this.#droppedCounted = 0;
    this.#ring.close();
    this.#ring = undefined;
    this.#bound = undefined;
    this.#admitting = false;
  }

  /** @returns the source's condition after that. */
  #rebind(): LaneCondition {
    const { namespace } = this;
    if (this.#ring !== undefined && this.#generation !== namespace.generation) {
      this.#rejectFrames();
      // What it holds was captured in time, and is still due.
      if (!isEmpty(this.#ring)) return waiting(`leaving the former ${namespace.path}`);
      this.close();
    }
    if (namespace.problem !== undefined) return waiting(namespace.problem);
    const link = namespace.find(this.#lanes.source.device);
    return conditionOf(link, this.#bindTo(link));
  }

  /** @returns why nothing can be captured now, or undefined. */
  #bindTo(link: Link | undefined): string | undefined {
    const { device, netns } = this.#lanes.source;
    if (link === undefined || !link.ethernet) {
      this.#rejectFrames();
      return linkProblem(device, netns, link);
    }
    try {
      this.#bind(this.#ring ?? this.#openRing(), link);
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
  #bind(ring: CaptureRing, link: Link): void {
    if (link !== this.#bound) {
      const replaces = this.#bound !== undefined && this.#bound.index !== link.index;
      if (replaces && this.#lanes.condition?.state === 'capturing') this.#reportReplaced(link);
      // Bound to it already, nothing happens: no frame is lost.
      ring.bind(link.index);
      this.#bound = link;
    }
    if (this.#admitting) return;
    this.#admitFrames(ring);
    this.#admitting = true;
  }

  /** Lets nothing more in. The ring stays bound: of the device, which has another name now, nothing is wanted. */
  #rejectFrames(): void {
    if (!this.#admitting) return;
    this.#ring?.setFilter(REJECT_ALL);
    this.#admitting = false;
  }

  /** The device behind the name is another one, and nothing came in between. */
  #reportReplaced(link: Link): void {
    this.#lanes.report(conditionOf(link, `device ${this.#lanes.source.device} was replaced`));
  }

  /** Nothing comes in before the ring is bound, and nothing is let in before that. */
  #openRing(): CaptureRing {
    const { namespace, openRing } = this.#parts;
    this.#ring = namespace.enter(openRing);
    this.#generation = namespace.generation;
    return this.#ring;
  }

  /** Changes what the ring lets in, if it lets in anything now. */
  #letIn(filters: ByDirection<EmitProgram>): void {
    this.#filters = filters;
    this.#program = undefined;
    if (this.#admitting && this.#ring !== undefined) this.#admitFrames(this.#ring);
  }

  #admitFrames(ring: CaptureRing): void {
    if (this.#program === undefined) this.#program = setRingFilter(ring, this.#filters);
    else ring.setFilter(this.#program);
    ring.ignoreOutgoing(this.#filters.egress === undefined);
  }
}

/** Nothing in it, and nothing on the way into it. */
function isEmpty(ring: CaptureRing): boolean {
  return !ring.load() && !ring.filling;
}
