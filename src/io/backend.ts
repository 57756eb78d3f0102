/** The interface between the engine and a backend: a way to capture and send (`backends.ts`). */
import type { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/lane-bases.js';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import type { CompiledFilter } from '../match/compile.js';
import type { WorkerShare } from '../plan/engine-plan.js';
import type { LanePlan } from '../plan/lanes.js';
import type { EngineOptions, SourcePlan } from '../plan/mirror-plan.js';
import type { RouteReport } from '../targets/route.js';
import type { Emission, SendError } from '../targets/target-states.js';
import type { NextHop } from '../targets/ways.js';
import type { EgressShare } from './egress-share.js';
import type { FrameConsumer } from './frame.js';
import type { LaneCondition } from './lane-condition.js';
import type { PacketSink } from './sink.js';

export interface BackendOptions {
  readonly counters: Counters;
  /** The part of the frames that is this engine's; absent: all of them. */
  readonly worker?: WorkerShare | undefined;
  /** Of direct copies, by target. They change while it runs. */
  readonly nextHops: ReadonlyMap<string, NextHop>;
  /** To be called between frames: a few times a second when idle, every few milliseconds under load. */
  readonly onRound: () => void;
}

export interface LaneOptions {
  readonly lane: LanePlan;
  readonly bases: LaneBases;
  readonly consumer: FrameConsumer;
  /** The consumer's filter; a backend may drop frames early by its pre-filter. */
  readonly filter: CompiledFilter;
  /** Called whenever it changes, and once at the start. */
  readonly onCondition: (condition: LaneCondition) => void;
}

/** What changes of the lanes that a backend runs. */
export interface LaneChange {
  /** Every lane of the sources that are new or changed. */
  readonly put: readonly LaneOptions[];
  /** The plans before of sources that are changed or not mirrored any more. */
  readonly before: readonly SourcePlan[];
  /** Of the whole plan. */
  readonly engine: EngineOptions;
  readonly targetAddresses: readonly string[];
}

/** How copies reach their targets. To be called between frames. */
export interface BackendTargets {
  updateRoute(route: RouteReport): void;
  /** The next hop of this target is another one now. */
  updateNextHop(address: string): void;
  /** Copies for these addresses are skipped as `target-down`, all others are sent. */
  skip(addresses: ReadonlySet<string>): void;
  /** Sets what copies may take of the devices that they leave by. @param shares by target; absent: all. */
  giveWay(shares: ReadonlyMap<string, EgressShare>): void;
  /** With `emit: auto`: sets why copies are routed, by target. @param ways empty: they may leave straight to the device; absent: routed. */
  goDirect(ways: ReadonlyMap<string, string>): void;
  /** The last error of each sink that had one since the last call. */
  sendErrors(): SendError[];
  /** How the copies for each address leave now. */
  emissions(): Emission[];
}

export interface Backend {
  /**
   * The sink for an encapsulation and a pair of source and target address; the same one for options that send the same
   * way.
   * @param sourceAddress of the target's family; undefined: the kernel's choice by route.
   */
  sinkOf(
    options: EngineOptions,
    encapsulation: Encapsulation,
    sourceAddress: string | undefined,
    targetAddress: string,
  ): PacketSink;
  /**
   * Changes some lanes; the others are not touched. First everything that the change needs is opened. Then, between two
   * batches, `commit` is called and the lanes change to their new options. Then what is no longer used is closed. No
   * frame is judged by both plans, nor by the rules of one after the pre-filter of the other. When something cannot be
   * opened, it rejects, and the earlier lanes go on.
   */
  changeLanes(change: LaneChange, commit: () => void): Promise<void>;
  readonly targets: BackendTargets;
  /** Reads the counters that the kernel keeps. @param sourceIds of these sources at least; absent: of all. */
  collect(sourceIds?: ReadonlySet<string>): void;
  /** Captures nothing more, hands over what was captured, and calls `done` within a second. To be called between frames. */
  drain(done: () => void): void;
  /** To be called between frames. Captures nothing more at once; resolves when everything is given back. */
  close(): Promise<void>;
}
