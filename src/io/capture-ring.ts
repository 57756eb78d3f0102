/**
 * The interfaces of a capture ring: blocks of frames that the kernel fills and hands over in turn. `RingReader` is what
 * the merge of two rings by time needs, `CaptureRing` is what a lane needs besides. The backend implements them.
 */
import type { BpfInstruction } from '../wire/bpf-instruction.js';
import type { FrameConsumer } from './frame.js';

/** The frames of a ring, block by block. */
export interface RingReader {
  /** Frames of the current block that were not handed over yet. */
  readonly remaining: number;
  /** When the next of them passed the device; valid with `remaining`. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** When the first frame of the current block passed the device; once the block is released, of the last one. */
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
  /** The kernel has frames of this ring in a block that it has not handed over yet. */
  readonly filling: boolean;
  /** No frame of the block being filled is older; valid with `filling`. */
  readonly openedSeconds: number;
  readonly openedNanoseconds: number;
  /** To poll; -1 once closed. */
  readonly descriptor: number;
  /** Makes the next block current unless one is. @returns whether there is one, and so `remaining` above 0. */
  load(): boolean;
  /** Hands over frames of the current block, up to and including those of a point in time. @returns how many. */
  handOver(consumer: FrameConsumer, untilSeconds: number, untilNanoseconds: number): number;
  /**
   * Gives a block that was read to its end back; nothing may refer to its frames any more.
   * @returns true when there was one.
   */
  release(): boolean;
}

/** An open ring. It captures the frames of the device that it is bound to, as far as its filter accepts them. */
export interface CaptureRing extends RingReader {
  /** Judges every frame from now on. @throws LinuxError when the kernel does not take it; the one before stays. */
  setFilter(program: readonly BpfInstruction[]): void;
  /** Bound to the device already, nothing happens. @throws LinuxError: ENODEV. */
  bind(interfaceIndex: number): void;
  /** Takes the pending error of a device that went down or away. @returns true when there was one. */
  clearError(): boolean;
  /** Frames that the kernel had no room for since the ring was opened. */
  readonly dropped: number;
  /** The share of the ring's blocks that wait to be read, 0–1. */
  readonly fill: number;
  /** @returns a point behind every frame that is in the ring now, for `isPast`. */
  fence(): number;
  /** Every frame in front of the fence was handed over, or the ring is closed. */
  isPast(fence: number): boolean;
  /** Not inside `handOver`. */
  close(): void;
}
