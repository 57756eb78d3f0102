/** The border between the engine and its I/O: kernel rings, or libpcap. */
import type { FrameConsumer } from '../capture/frame-source.js';
import type { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/snapshot.js';
import type { CompiledFilter } from '../match/compile.js';
import type { LanePlan } from '../mirror/lane.js';
import type { PacketSink } from '../transmit/packet-sink.js';
import type { EnginePlan, LaneState } from './messages.js';
import type { TargetReport } from './route-watch.js';

export interface EngineIoOptions {
  readonly plan: EnginePlan;
  readonly counters: Counters;
  /** How each target can be reached at the start. */
  readonly routes: readonly TargetReport[];
  /** To be called at least every few milliseconds while there are frames. */
  readonly onFrames: () => void;
}

export interface LaneOptions {
  readonly lane: LanePlan;
  readonly bases: LaneBases;
  readonly consumer: FrameConsumer;
  /** What the consumer decides by; its pre-filter may spare it frames that nobody wants. */
  readonly filter: CompiledFilter;
  readonly onState: (state: LaneState, reason: string) => void;
}

export interface EngineIo {
  /** The sink of a target address for the copies of a source; one per pair of addresses. */
  sinkOf(sourceAddress: string | undefined, targetAddress: string): PacketSink;
  /** Captures as soon as the device is there. Rejects only when that can never be. */
  openLane(options: LaneOptions): Promise<void>;
  followRoute(report: TargetReport): void;
  /** Brings counters that the kernel keeps up to date. */
  collect(): void;
  /** Safe between frames. */
  close(): void;
}
