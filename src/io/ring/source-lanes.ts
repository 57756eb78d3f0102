/**
 * The lanes of one source, which share a ring. A frame goes to the lane of its direction; the ring's condition and counts
 * go to both.
 */
import type { Counters } from '../../counters/counters.js';
import { PeakGauge } from '../../counters/gauges.js';
import { LANE_READ_PACKETS, LANE_RING_FILL } from '../../counters/layout.js';
import { DIRECTIONS, type Direction, type SourcePlan } from '../../plan/mirror-plan.js';
import type { LaneOptions } from '../backend.js';
import type { CaptureRing } from '../capture-ring.js';
import type { FrameConsumer } from '../frame.js';
import { type LaneCondition, sameCondition } from '../lane-condition.js';
import { DropShares } from './drop-shares.js';
import { type ByDirection, type EmitProgram, KEEP_ALL } from './ring-filter.js';

/** The lanes of a source that are wanted, one or both, by the direction of the device. */
export type WantedLanes = ByDirection<LaneOptions>;

/** Stands for a direction that is not wanted. It gets no frame: the ring's filter rejects them. */
const UNWANTED: FrameConsumer = { consume: () => {}, endBatch: () => {} };

export class SourceLanes {
  readonly #counters: Counters;
  readonly #fill = new PeakGauge();
  readonly #shares = new DropShares();
  #wanted: WantedLanes;
  #condition: LaneCondition | undefined;

  constructor(wanted: WantedLanes, counters: Counters) {
    this.#wanted = wanted;
    this.#counters = counters;
  }

  get source(): SourcePlan {
    return this.#lanes[0].lane.source;
  }

  /** The condition that was reported last. */
  get condition(): LaneCondition | undefined {
    return this.#condition;
  }

  /** The pre-filters of the wanted directions. */
  get filters(): ByDirection<EmitProgram> {
    return sharedFilters(this.#wanted, this.#wanted);
  }

  /** Pre-filters for frames that both these lanes and others can judge: see `SourceCapture.openFor`. */
  filtersSharedWith(others: WantedLanes): ByDirection<EmitProgram> {
    return sharedFilters(this.#wanted, others);
  }

  /** @returns whether other lanes want other frames of a direction that is wanted now. */
  wantsOtherThan(others: WantedLanes): boolean {
    return DIRECTIONS.some((direction) => {
      const filter = this.#wanted[direction]?.filter;
      return filter !== undefined && filter !== others[direction]?.filter;
    });
  }

  /**
   * Goes over to other lanes, and the counters of now.
   * @returns whether they want other frames.
   */
  adopt(wanted: WantedLanes): boolean {
    const before = this.#wanted;
    this.#wanted = wanted;
    const inOrder = DIRECTIONS.flatMap((name) => this.#lanes.filter(({ lane }) => lane.direction === name));
    this.#shares.restart(
      this.#counters.values,
      inOrder.map(({ bases }) => bases.base),
    );
    for (const direction of DIRECTIONS) {
      const isNew = before[direction] === undefined;
      if (isNew && this.#condition !== undefined) wanted[direction]?.onCondition(this.#condition);
    }
    return DIRECTIONS.some((direction) => before[direction]?.filter !== wanted[direction]?.filter);
  }

  /** Reports a condition to each lane when it has changed. */
  report(condition: LaneCondition): void {
    if (this.#condition !== undefined && sameCondition(condition, this.#condition)) return;
    this.#condition = condition;
    for (const { onCondition } of this.#lanes) onCondition(condition);
  }

  /**
   * Hands over the ring's current block as one batch, and gives it back.
   * @param microsecondsSince how long ago a time of the kernel's was.
   * @returns how many frames.
   */
  take(ring: CaptureRing, microsecondsSince: (seconds: number, nanoseconds: number) => number): number {
    const { ingress, egress } = this.#wanted;
    const received = ingress?.consumer ?? UNWANTED;
    const sent = egress?.consumer ?? UNWANTED;
    const receivedBefore = this.#readOf(ingress);
    const sentBefore = this.#readOf(egress);
    const frames = ring.handOver(received, sent);
    received.endBatch();
    sent.endBatch();
    ring.release();
    const microseconds = microsecondsSince(ring.firstSeconds, ring.firstNanoseconds);
    if (this.#readOf(ingress) > receivedBefore) this.#countLatency(ingress, microseconds);
    if (this.#readOf(egress) > sentBefore) this.#countLatency(egress, microseconds);
    return frames;
  }

  /** Adds the kernel's counts of the ring to the counters. @param dropped since the last call. @param fill now, 0–1. */
  count(values: Float64Array, dropped: number, fill: number): void {
    const now = performance.now();
    const peak = this.#fill.observe(fill, now);
    for (const { bases } of this.#lanes) values[bases.base + LANE_RING_FILL] = peak;
    this.#shares.count(values, dropped, now);
  }

  get #lanes(): readonly LaneOptions[] {
    const { ingress, egress } = this.#wanted;
    return [ingress, egress].filter((lane) => lane !== undefined);
  }

  /** Frames that a lane read so far. */
  #readOf(lane: LaneOptions | undefined): number {
    return lane === undefined ? 0 : this.#counters.values[lane.bases.base + LANE_READ_PACKETS];
  }

  #countLatency(lane: LaneOptions | undefined, microseconds: number): void {
    if (lane !== undefined) this.#counters.delayed(lane.bases.base, microseconds);
  }
}

/** For each direction that both want: its pre-filter if both have the same, else one that keeps every frame. */
function sharedFilters(some: WantedLanes, others: WantedLanes): ByDirection<EmitProgram> {
  const filters: Partial<Record<Direction, EmitProgram>> = {};
  for (const direction of DIRECTIONS) {
    const filter = some[direction]?.filter;
    const other = others[direction]?.filter;
    if (filter === undefined || other === undefined) continue;
    filters[direction] =
      filter === other
        ? (maximumInstructions) => filter.bpf({ maximumInstructions }).instructions
        : () => KEEP_ALL;
  }
  return filters;
}
