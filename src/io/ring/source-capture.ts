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
import { halved, type RingMemory, RingMemoryError } from './ring-memory.js';
import type { RingSizing } from './ring-sizing.js';
import type { SourceLanes, WantedLanes } from './source-lanes.js';
import { SourceRings } from './source-rings.js';

/** What a capture needs of the namespace that its device lives in. */
export type CaptureNamespace = Pick<SourceNamespace, 'path' | 'problem' | 'generation' | 'find' | 'enter'>;

/** What a capture is made of. */
export interface CaptureParts {
  readonly lanes: SourceLanes;
  readonly namespace: CaptureNamespace;
  readonly memory: RingMemory;
  readonly sizing: RingSizing;
  /** Most that the first ring may have, in MiB. */
  readonly share: number;
  /** Opens a ring that lets nothing in, in the thread's current namespace. @throws LinuxError: EPERM, ENOMEM. */
  readonly openRing: (megabytes: number, isReplaceable: boolean) => CaptureRing;
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
  readonly #rings: SourceRings;
  /** The generation of the namespace that the rings are in. */
  #generation = 0;
  /** What the ring was bound to last; undefined: nothing, or the kernel may have let go of it. */
  #bound: Link | undefined;
  /** The ring lets frames in. */
  #admitting = false;
  /** The program that does so; undefined until the kernel has taken one. */
  #program: readonly BpfInstruction[] | undefined;
  /** Drops of the rings that are in the counters already. */
  #droppedCounted = 0;
  /** There is no ring, since all memory for rings is taken. */
  #lacksMemory = false;
  #isShut = false;

  /** @throws LinuxError: EPERM, ENOMEM; not in a namespace of its own, where it may become possible. */
  constructor(parts: CaptureParts) {
    this.#parts = parts;
    this.#lanes = parts.lanes;
    this.#filters = this.#lanes.filters;
    this.key = deviceKey(this.#lanes.source);
    const { namespace, openRing } = parts;
    this.#rings = new SourceRings({
      ...parts,
      open: (megabytes, isReplaceable) => namespace.enter(() => openRing(megabytes, isReplaceable)),
    });
    try {
      if (namespace.path === undefined) this.#openRing();
    } catch (error) {
      // It waits, and tries again.
      if (!(error instanceof RingMemoryError)) throw error;
    }
  }

  get namespace(): CaptureNamespace {
    return this.#parts.namespace;
  }

  /** To poll. */
  get descriptors(): number[] {
    return this.#rings.descriptors;
  }

  /** There is no ring, since all memory for rings is taken. */
  get lacksMemory(): boolean {
    return this.#lacksMemory;
  }

  /** What the ring could give up for a source that lacks memory, in MiB. */
  get spareMegabytes(): number {
    const { isReplaceable, megabytes } = this.#rings;
    return this.#admitting && isReplaceable ? megabytes - halved(megabytes) : 0;
  }

  /** Hands over a block of frames, as one batch. @returns how many frames. */
  pull(): number {
    const ring = this.#rings.load();
    return ring === undefined ? 0 : this.#lanes.take(ring, this.#parts.microsecondsSince);
  }

  /**
   * Binds to the device that has the name now, leaves one that has lost it, and reports what changed. To be called
   * between batches, when links or the namespace changed.
   * @returns whether it has another ring now.
   */
  checkDevice(): boolean {
    if (this.#isShut) return false;
    const ring = this.#rings.current;
    this.#lanes.report(this.#rebind());
    return ring !== this.#rings.current;
  }

  /** Takes an error off the ring. @returns true when there was one: the device went down or away, and may be back. */
  clearError(): boolean {
    const ring = this.#rings.current;
    if (ring === undefined || ring.load() || !ring.clearError()) return false;
    this.#bound = undefined;
    return true;
  }

  /** Reads the counters that the kernel keeps. */
  collect(values: Float64Array): void {
    const { dropped, fill, megabytes } = this.#rings;
    const { sizing } = this.#parts;
    const added = dropped - this.#droppedCounted;
    this.#droppedCounted = dropped;
    sizing.observe(fill, added);
    this.#lanes.count(values, added, { fill, bytes: megabytes << 20, wantedBytes: sizing.wanted << 20 });
  }

  /** Puts a ring of another size in place of one that is too small or too large. @returns whether it did. */
  resize(): boolean {
    const { sizing } = this.#parts;
    if (!this.#admitting || this.#isShut || !this.#rings.isReplaceable) return false;
    const now = performance.now();
    const megabytes = sizing.next(this.#rings.megabytes, now);
    if (megabytes === undefined) return false;
    const isReplaced = this.#replaceRing(megabytes, false);
    if (!isReplaced) sizing.refused(now);
    return isReplaced;
  }

  /** Halves the ring, for a source that lacks memory. @returns whether it did. */
  shrink(): boolean {
    if (this.spareMegabytes === 0 || this.#isShut) return false;
    this.#parts.sizing.shrunk(performance.now());
    return this.#replaceRing(halved(this.#rings.megabytes), true);
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
    this.#rings.current?.setFilter(REJECT_ALL);
  }

  /** Goes over to other lanes of the same source, between batches; before the first batch, to its own. */
  adopt(wanted: WantedLanes): void {
    if (this.#lanes.adopt(wanted)) this.#letIn(this.#lanes.filters);
  }

  /** @returns whether every frame that is in the rings now has been handed over, whenever it is called. */
  fence(): () => boolean {
    return this.#rings.fence();
  }

  close(): void {
    this.#rings.close();
    this.#bound = undefined;
    this.#admitting = false;
  }

  /** @returns the source's condition after that. */
  #rebind(): LaneCondition {
    const { namespace } = this;
    if (this.#rings.current !== undefined && this.#generation !== namespace.generation) {
      this.#rejectFrames();
      // What it holds was captured in time, and is still due.
      if (!this.#rings.isEmpty) return waiting(`leaving the former ${namespace.path}`);
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
      this.#bind(this.#rings.current ?? this.#openRing(), link);
      return linkProblem(device, netns, link);
    } catch (error) {
      if (!isExpected(error)) throw error;
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
      if (!ring.bind(link.index)) this.#openAnother().bind(link.index);
      this.#bound = link;
    }
    if (this.#admitting) return;
    this.#admitFrames(this.#rings.current ?? ring);
    this.#admitting = true;
  }

  /** A replaceable ring stays with its device. It has nothing more to come, and what it holds is read first. */
  #openAnother(): CaptureRing {
    this.#rejectFrames();
    this.#bound = undefined;
    this.#rings.retire();
    return this.#openRing();
  }

  #replaceRing(megabytes: number, isForced: boolean): boolean {
    const index = this.#bound?.index;
    if (index === undefined) return false;
    return this.#rings.replace(megabytes, index, (ring) => this.#admitFrames(ring), isForced);
  }

  /** Lets nothing more in. The ring stays bound: of the device, which has another name now, nothing is wanted. */
  #rejectFrames(): void {
    if (!this.#admitting) return;
    this.#rings.current?.setFilter(REJECT_ALL);
    this.#admitting = false;
  }

  /** The device behind the name is another one, and nothing came in between. */
  #reportReplaced(link: Link): void {
    this.#lanes.report(conditionOf(link, `device ${this.#lanes.source.device} was replaced`));
  }

  /** Nothing comes in before the ring is bound, and nothing is let in before that. */
  #openRing(): CaptureRing {
    try {
      this.#lacksMemory = false;
      const ring = this.#rings.open();
      this.#generation = this.namespace.generation;
      return ring;
    } catch (error) {
      this.#lacksMemory = error instanceof RingMemoryError;
      throw error;
    }
  }

  /** Changes what the ring lets in, if it lets in anything now. */
  #letIn(filters: ByDirection<EmitProgram>): void {
    this.#filters = filters;
    this.#program = undefined;
    const ring = this.#rings.current;
    if (this.#admitting && ring !== undefined) this.#admitFrames(ring);
  }

  #admitFrames(ring: CaptureRing): void {
    if (this.#program === undefined) this.#program = setRingFilter(ring, this.#filters);
    else ring.setFilter(this.#program);
    ring.ignoreOutgoing(this.#filters.egress === undefined);
  }
}

function isExpected(error: unknown): error is Error {
  return error instanceof LinuxError || error instanceof NamespaceError || error instanceof RingMemoryError;
}
