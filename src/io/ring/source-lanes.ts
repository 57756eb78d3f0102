/**
 * The lanes of one source, which share a ring. A frame goes to the lane of its direction; the ring's condition and counts
 * go to both.
 */
import type { Counters } from '../../counters/counters.js';
import { PeakGauge } from '../../counters/gauges.js';
import {
  LANE_BEHIND,
  LANE_READ_PACKETS,
  LANE_RING_BYTES,
  LANE_RING_FILL,
  LANE_RING_WANTED_BYTES,
} from '../../counters/layout.js';
import type { WallClock } from '../../linux/packet-ring.js';
import { deviceDirection, deviceKey } from '../../plan/lanes.js';
import { DIRECTIONS, type Direction, type SourcePlan } from '../../plan/mirror-plan.js';
import type { LaneOptions } from '../backend.js';
import type { CaptureRing } from '../capture-ring.js';
import type { FrameConsumer } from '../frame.js';
import { type LaneCondition, sameCondition } from '../lane-condition.js';
import { DropShares } from './drop-shares.js';
import { type ByDirection, type EmitProgram, KEEP_ALL } from './ring-filter.js';

/** The lanes of a source that are wanted, one or both, by the direction of the device. */
export type WantedLanes = ByDirection<LaneOptions>;

/** What the lanes of all sources share. */
export interface Surroundings {
  readonly clock: Pick<WallClock, 'read' | 'microsecondsSince'>;
  /**
   * @returns whether the kernel, which sends out of the rings' memory, is done with what was sent so far, once it is called;
   * undefined: it is already.
   */
  readonly inFlight: () => (() => boolean) | undefined;
}

/** What other lanes of a source want: the same, other frames of the same directions, or another direction too. */
export type WantedChange = 'nothing' | 'frames' | 'direction';

/** Figures of a ring besides its frames. */
interface RingGauges {
  /** Share that waits to be read, 0–1. */
  readonly fill: number;
  readonly bytes: number;
  /** The size it would have without a bound. */
  readonly wantedBytes: number;
}

/** Stands for a direction that is not wanted. It gets no frame: the ring's filter rejects them. */
const UNWANTED: FrameConsumer = { consume: () => {}, endBatch: () => {} };

export class SourceLanes {
  readonly #counters: Counters;
  readonly #fill = new PeakGauge();
  readonly #shares = new DropShares();
  readonly #latency: ByDirection<LatencyPeak> = { ingress: new LatencyPeak(), egress: new LatencyPeak() };
  #wanted: WantedLanes;
  /** What was taken and not sent yet. */
  #batch: Batch | undefined;
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
   * @returns what they want that the lanes before did not.
   */
  adopt(wanted: WantedLanes): WantedChange {
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
    const isNew = (name: Direction): boolean => before[name] === undefined && wanted[name] !== undefined;
    if (DIRECTIONS.some(isNew)) return 'direction';
    const isOther = (name: Direction): boolean => before[name]?.filter !== wanted[name]?.filter;
    return DIRECTIONS.some(isOther) ? 'frames' : 'nothing';
  }

  /** Reports a condition to each lane when it has changed. */
  report(condition: LaneCondition): void {
    if (this.#condition !== undefined && sameCondition(condition, this.#condition)) return;
    this.#condition = condition;
    for (const { onCondition } of this.#lanes) onCondition(condition);
  }

  /**
   * Hands over of the ring's current block what the budget allows, as part of a batch. A block that was read to its end goes
   * back once the batch was sent.
   * @returns what the frames cost.
   */
  take(ring: CaptureRing, budget: number): number {
    const { ingress, egress } = this.#wanted;
    const receivedBefore = this.#readOf(ingress);
    const sentBefore = this.#readOf(egress);
    const cost = ring.handOver(ingress?.consumer ?? UNWANTED, egress?.consumer ?? UNWANTED, budget);
    this.#batch ??= new Batch();
    const batch = this.#batch;
    if (this.#readOf(ingress) > receivedBefore) batch.ingress.push(ring.firstSeconds, ring.firstNanoseconds);
    if (this.#readOf(egress) > sentBefore) batch.egress.push(ring.firstSeconds, ring.firstNanoseconds);
    ring.release(batch.isFree);
    return cost;
  }

  /** Sends what was taken. */
  endBatch({ clock, inFlight }: Surroundings): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    const { ingress, egress } = this.#wanted;
    ingress?.consumer.endBatch();
    egress?.consumer.endBatch();
    batch.sent(inFlight());
    clock.read();
    this.#countLatencies(ingress, batch.ingress, clock);
    this.#countLatencies(egress, batch.egress, clock);
  }

  /** Adds the kernel's counts of the ring to the counters. @param dropped since the last call. */
  count(values: Float64Array, dropped: number, { fill, bytes, wantedBytes }: RingGauges): void {
    const now = performance.now();
    const peak = this.#fill.observe(fill, now);
    for (const { bases, lane } of this.#lanes) {
      values[bases.base + LANE_RING_FILL] = peak;
      values[bases.base + LANE_RING_BYTES] = bytes;
      values[bases.base + LANE_RING_WANTED_BYTES] = wantedBytes;
      values[bases.base + LANE_BEHIND] = this.#latency[lane.direction]?.take(now) ?? 0;
    }
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

  #countLatencies(
    lane: LaneOptions | undefined,
    times: readonly number[],
    clock: Surroundings['clock'],
  ): void {
    if (lane === undefined) return;
    for (let index = 0; index < times.length; index += 2) {
      const microseconds = clock.microsecondsSince(times[index], times[index + 1]);
      this.#counters.delayed(lane.bases.base, microseconds);
      this.#latency[lane.lane.direction]?.observe(microseconds);
    }
  }
}

/** Blocks whose frames are sent together. */
class Batch {
  /** Of each block with frames of that direction: when its first frame passed the device, in seconds and nanoseconds. */
  readonly ingress: number[] = [];
  readonly egress: number[] = [];
  #isSent = false;
  #inFlight: (() => boolean) | undefined;

  /** Nothing refers to the memory of its blocks any more. */
  readonly isFree = (): boolean => this.#isSent && (this.#inFlight?.() ?? true);

  /** @param inFlight see `Surroundings`. */
  sent(inFlight: (() => boolean) | undefined): void {
    this.#isSent = true;
    this.#inFlight = inFlight;
  }
}

/** The largest latency of a lane's blocks in the last second or two. */
class LatencyPeak {
  readonly #peak = new PeakGauge();
  /** Since it was taken last. */
  #microseconds = 0;

  observe(microseconds: number): void {
    this.#microseconds = Math.max(this.#microseconds, microseconds);
  }

  /** @returns seconds. */
  take(nowMs: number): number {
    const seconds = this.#peak.observe(this.#microseconds / 1e6, nowMs);
    this.#microseconds = 0;
    return seconds;
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

/** The lanes of each source, by its `deviceKey`. */
export function lanesBySource(lanes: readonly LaneOptions[]): Map<string, WantedLanes> {
  const bySource = new Map<string, WantedLanes>();
  for (const options of lanes) {
    const key = deviceKey(options.lane.source);
    bySource.set(key, { ...bySource.get(key), [deviceDirection(options.lane)]: options });
  }
  return bySource;
}
