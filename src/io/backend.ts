/** The border between the engine and its I/O: kernel rings, or libpcap. */

import type { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/lane-bases.js';
import type { CompiledFilter } from '../match/compile.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { LanePlan } from '../plan/lanes.js';
import type { EngineOptions } from '../plan/mirror-plan.js';
import type { RouteReport } from '../targets/route-watch.js';
import type { SendError } from '../targets/target-states.js';
import type { FrameConsumer } from './frame.js';
import type { LaneCondition } from './lane-condition.js';
import type { PacketSink } from './sink.js';

export interface BackendOptions {
  readonly counters: Counters;
  /** To be called a few times a second by what moves frames, and every few milliseconds while there are frames. */
  readonly onRound: () => void;
}

export interface LaneOptions {
  readonly lane: LanePlan;
  readonly bases: LaneBases;
  readonly consumer: FrameConsumer;
  /** What the consumer decides by; its pre-filter may spare it frames that nobody wants. */
  readonly filter: CompiledFilter;
  /** Called whenever it changes, and once at the start. */
  readonly onCondition: (condition: LaneCondition) => void;
}

export interface Backend {
  /**
   * The sink of a target address for the copies of a source; one per plan's way of sending and pair of addresses.
   * @param sourceAddress of the target's family; undefined: the kernel's choice by route.
   */
  sinkOf(options: EngineOptions, sourceAddress: string | undefined, targetAddress: string): PacketSink;
  /**
   * Runs these lanes and no others. What they need is opened first; then, between two batches, `commit` is called and
   * every lane goes over to its new options; then what is no longer used is closed. No frame is judged by both plans,
   * nor by the rules of one after the pre-filter of the other. Rejects, with the lanes before going on, when something
   * cannot be opened.
   */
  replaceLanes(plan: EnginePlan, lanes: readonly LaneOptions[], commit: () => void): Promise<void>;
  updateRoute(route: RouteReport): void;
  /** Copies for these addresses are skipped as `target-down`, all others are sent. */
  skipTargets(addresses: ReadonlySet<string>): void;
  /** Of the sinks that had any since the last call. */
  sendErrors(): SendError[];
  /** Brings counters that the kernel keeps up to date. */
  collect(): void;
  /** Lets nothing more in, for good, hands over what was captured, and calls `done`: within a second. Between frames. */
  drain(done: () => void): void;
  /** Safe between frames. */
  close(): void;
}
