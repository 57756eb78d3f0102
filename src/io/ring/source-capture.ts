/**
 * The capture of a source on ring I/O: one ring for both directions. It keeps to the name of the source's device,
 * through down and up and a new device of that name. In a namespace of its own it also keeps to the path of that
 * namespace, with a new ring for each, since a socket cannot move.
 */
import { LinuxError } from '../../linux/errors.js';
import type { Link } from '../../linux/link-table.js';
import { NamespaceError } from '../../linux/network-namespace.js';
import { deviceKey } from '../../plan/lanes.js';
import type { SourcePlan } from '../../plan/mirror-plan.js';
import type { CaptureRing } from '../capture-ring.js';
import { conditionOf, type LaneCondition, linkProblem, waiting } from '../lane-condition.js';
import { Admission } from './admission.js';
import type { CaptureNamespace, CaptureParts } from './capture-parts.js';
import type { TakesTurns } from './fair-share.js';
import { RingMemoryError } from './ring-memory.js';
import type { SourceLanes, WantedChange, WantedLanes } from './source-lanes.js';
import { SourceRings } from './source-rings.js';

export class SourceCapture implements TakesTurns {
  /** Equal for sources that can take over the ring. */
  readonly key: string;
  cost = 0;
  readonly namespace: CaptureNamespace;
  readonly #parts: CaptureParts;
  readonly #lanes: SourceLanes;
  readonly #admission: Admission;
  readonly #rings: SourceRings;
  /** The generation of the namespace that the rings are in. */
  #generation = 0;
  /** What the ring was bound to last; undefined: nothing, or the kernel may have let go of it. */
  #bound: Link | undefined;
  /** Drops of the rings that are in the counters already. */
  #droppedCounted = 0;
  #isShut = false;
  #isClosed = false;

  /** Has a new ring capture in place of the former one. @returns false when nothing is captured any more. */
  readonly #takePlace = (ring: CaptureRing, former: CaptureRing): boolean => {
    const isHere = this.#generation === this.namespace.generation;
    if (this.#bound === undefined || !isHere || !this.#canReplace) return false;
    ring.bindBeside(former, this.#bound.index);
    this.#admission.apply(ring);
    ring.takeOver();
    return true;
  };

  constructor(parts: CaptureParts) {
    this.#parts = parts;
    this.#lanes = parts.lanes;
    this.namespace = parts.namespace;
    this.#admission = new Admission(this.#lanes.filters);
    this.key = deviceKey(this.#lanes.source);
    const { namespace, openRing } = parts;
    this.#rings = new SourceRings({
      ...parts,
      onReplaced: () => !this.#isClosed && parts.onRing(),
      open: (megabytes, isReplaceable) => namespace.enter(() => openRing(megabytes, isReplaceable)),
    });
  }

  /**
   * Opens the ring if the device is there: one that is not costs none.
   * @throws LinuxError: EPERM, ENOMEM (rejects); not in a namespace of its own, where it may become possible.
   */
  async prepare(): Promise<void> {
    const { path, problem } = this.namespace;
    if (problem !== undefined || this.namespace.find(this.#lanes.source.device)?.ethernet !== true) return;
    try {
      await this.#open();
    } catch (error) {
      // It waits, and tries again.
      if (path === undefined && !(error instanceof RingMemoryError)) throw error;
    }
  }

  get source(): SourcePlan {
    return this.#lanes.source;
  }

  /** To poll; -1 while there is no ring. */
  get descriptor(): number {
    return this.#rings.descriptor;
  }

  /** There is no ring, since all memory for rings is taken. */
  get lacksMemory(): boolean {
    return this.#rings.lacksMemory;
  }

  /** What the ring could give up for a source that lacks memory, in MiB. */
  get spareMegabytes(): number {
    return this.#canReplace ? this.#rings.spareMegabytes : 0;
  }

  get isWaiting(): boolean {
    return this.#rings.load() !== undefined;
  }

  pull(budget: number): number {
    let cost = 0;
    for (let ring = this.#rings.load(); cost < budget && ring !== undefined; ring = this.#rings.load()) {
      cost += this.#lanes.take(ring, budget - cost);
      // A former ring that is read to its end is closed by the next look.
      if (ring !== this.#rings.current) this.#lanes.endBatch(this.#parts);
    }
    this.#lanes.endBatch(this.#parts);
    return cost;
  }

  /**
   * Binds to the device that has the name now, leaves one that has lost it, and reports what changed. To be called
   * between batches, when links or the namespace changed.
   * @returns whether it has another ring now.
   */
  checkDevice(): boolean {
    if (this.#isShut || this.#isClosed) return false;
    const ring = this.#rings.current;
    const condition = this.#rebind();
    if (condition !== undefined) this.#lanes.report(condition);
    return ring !== this.#rings.current;
  }

  /** Takes an error off the ring. @returns true when there was one: the device went down or away, and may be back. */
  clearError(): boolean {
    const hadError = this.#rings.clearErrors();
    if (hadError) this.#bound = undefined;
    return hadError;
  }

  collect(values: Float64Array): void {
    const { dropped, fill, megabytes } = this.#rings;
    const { sizing } = this.#parts;
    const added = dropped - this.#droppedCounted;
    this.#droppedCounted = dropped;
    sizing.observe(fill, added);
    this.#lanes.count(values, added, { fill, bytes: megabytes << 20, wantedBytes: sizing.wanted << 20 });
  }

  /** Has a ring of another size take the place of one that is too small or too large. @returns whether one is being opened. */
  resize(): boolean {
    return this.#canReplace && this.#rings.resize(this.#takePlace);
  }

  /** Halves the ring, for a source that lacks memory. @returns whether it is being done. */
  shrink(): boolean {
    return this.#canReplace && this.#rings.shrink(this.#takePlace);
  }

  /**
   * Lets in, from now on, what the rules of before and those of other lanes can both judge: of a direction whose rules
   * change every frame, whole; of one that only one of them wants, nothing. The other direction is not touched.
   * @returns whether the ring may hold frames that only the rules of before can judge.
   */
  openFor(wanted: WantedLanes): boolean {
    if (!this.#lanes.wantsOtherThan(wanted)) return false;
    this.#admission.change(this.#lanes.filtersSharedWith(wanted), this.#rings.current);
    return true;
  }

  /** Lets nothing more in, unless it is reopened. */
  shut(): void {
    this.#isShut = true;
    this.#admission.close(this.#rings.current);
  }

  /** Undoes `shut`. */
  reopen(): void {
    this.#isShut = false;
    this.checkDevice();
  }

  /**
   * Goes over to other lanes of the same source, between batches; before the first batch, to its own.
   * @returns what is different now. Unless that is nothing, `fit` is due: soon, when the ring lets in too little.
   */
  adopt(wanted: WantedLanes): WantedChange {
    return this.#lanes.adopt(wanted);
  }

  /** Lets in what the lanes want, and nothing more. */
  fit(): void {
    this.#admission.change(this.#lanes.filters, this.#rings.current);
  }

  /** @returns whether every frame that is in the rings now has been handed over, once it is called. */
  fence(): () => boolean {
    return this.#rings.fence();
  }

  /** For good. Resolves when the kernel is done with the rings. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#leaveRings();
  }

  #leaveRings(): Promise<void> {
    this.#bound = undefined;
    this.#admission.forget();
    return this.#rings.close();
  }

  /** @returns the source's condition after that; undefined while its ring is being opened. */
  #rebind(): LaneCondition | undefined {
    const { namespace } = this;
    if (this.#rings.current !== undefined && this.#generation !== namespace.generation) {
      this.#admission.close(this.#rings.current);
      // What it holds was captured in time, and is still due.
      if (!this.#rings.isEmpty) return waiting(`leaving the former ${namespace.path}`);
      void this.#leaveRings();
    }
    if (namespace.problem !== undefined) {
      this.#rings.needNone();
      return waiting(namespace.problem);
    }
    const link = namespace.find(this.#lanes.source.device);
    const problem = this.#bindTo(link);
    if (link?.ethernet !== true || this.#rings.current !== undefined) return conditionOf(link, problem);
    if (!this.#rings.isOpening) void this.#openAndTell(link);
    return undefined;
  }

  async #openAndTell(link: Link): Promise<void> {
    try {
      await this.#open();
      if (!this.#isClosed) this.#parts.onRing();
    } catch (error) {
      if (!isExpected(error)) throw error;
      // It is tried again when the device is looked at next.
      if (!this.#isClosed) this.#lanes.report(conditionOf(link, error.message));
    }
  }

  /** @returns why nothing can be captured now, or undefined. */
  #bindTo(link: Link | undefined): string | undefined {
    const { device, netns } = this.#lanes.source;
    if (link === undefined || !link.ethernet) {
      // Without a device it needs none.
      this.#rings.needNone();
      this.#admission.close(this.#rings.current);
      return linkProblem(device, netns, link);
    }
    try {
      if (this.#rings.current !== undefined) this.#bind(this.#rings.current, link);
      return linkProblem(device, netns, link);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.#admission.close(this.#rings.current);
      // The device went away in between; an event of it follows.
      return error.code === 'ENODEV' ? linkProblem(device, netns, undefined) : error.message;
    }
  }

  /** Every event of a link makes a new object of it: the ring may have lost the device, if only for a moment. */
  #bind(ring: CaptureRing, link: Link): void {
    if (link !== this.#bound) {
      const replaces = this.#bound !== undefined && this.#bound.index !== link.index;
      if (replaces && this.#lanes.condition?.state === 'capturing') {
        this.#lanes.report(conditionOf(link, `device ${this.#lanes.source.device} was replaced`));
      }
      // Bound to it already, nothing happens: no frame is lost.
      if (!ring.bind(link.index)) {
        // A replaceable ring stays with its device: nothing more comes into it, and what it holds is read first.
        this.#admission.close(ring);
        this.#bound = undefined;
        this.#rings.retire();
        return;
      }
      this.#bound = link;
    }
    this.#admission.open(ring);
  }

  /** The ring captures, and another may take its place. */
  get #canReplace(): boolean {
    return this.#admission.isOpen && !this.#isShut;
  }

  /** Nothing comes in before the ring is bound, and nothing is let in before that. */
  async #open(): Promise<void> {
    const { namespace } = this;
    const { generation } = namespace;
    await this.#rings.open(() => {
      const isWanted = !this.#isClosed && !this.#isShut && generation === namespace.generation;
      if (isWanted) this.#generation = generation;
      return isWanted;
    });
  }
}

function isExpected(error: unknown): error is Error {
  return error instanceof LinuxError || error instanceof NamespaceError || error instanceof RingMemoryError;
}
