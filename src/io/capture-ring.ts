/**
 * The interface of a source's capture ring: blocks of frames of both directions that the kernel fills and hands over in
 * turn. The backend implements it.
 */
import type { BpfInstruction } from '../wire/bpf-instruction.js';
import type { FrameConsumer } from './frame.js';

/** An open ring. It lets in what its filter keeps of the device that it is bound to. */
export interface CaptureRing {
  /** Frames of the current block that were not handed over yet. */
  readonly remaining: number;
  /** When the first frame of the current block passed the device; once the block is released, of the last one. */
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
  /** The kernel has frames of this ring in a block that it has not handed over yet. */
  readonly filling: boolean;
  /** To poll; -1 once closed. */
  readonly descriptor: number;
  /** Frames that the kernel had no room for since the ring was opened. */
  readonly dropped: number;
  /** A program to stand in front of its filters: it goes on behind its end with frames of this worker, and drops others. */
  readonly workerShare?: readonly BpfInstruction[];
  /** The share of the ring's blocks that wait to be read, 0–1. */
  readonly fill: number;
  /** Judges every frame from now on. @throws LinuxError when the kernel does not take it; the one before stays. */
  setFilter(program: readonly BpfInstruction[]): void;
  /** Whether the kernel leaves the ring out when the device sends, which costs less than a filter that rejects. */
  ignoreOutgoing(isIgnored: boolean): void;
  /**
   * Bound to the device already, nothing happens.
   * @returns false for a replaceable ring that is bound to another device, or was. @throws LinuxError: ENODEV.
   */
  bind(interfaceIndex: number): boolean;
  /** Binds beside a replaceable ring of the same device, and gets nothing yet. @throws LinuxError: ENODEV. */
  bindBeside(ring: CaptureRing, interfaceIndex: number): void;
  /** Takes the place of that ring: from here on every frame comes to this one, and none to both. */
  takeOver(): void;
  /** Takes the pending error of a device that went down or away. @returns true when there was one. */
  clearError(): boolean;
  /** Makes the next block current unless one is. @returns whether there is one, and so `remaining` above 0. */
  load(): boolean;
  /**
   * Hands over the frames of the current block, in the order in which they passed the device, until they have cost
   * what they may: the last may cost more. A block that has frames left stays the current one.
   * @param received of the frames that the device received. @param sent of those that it sent.
   * @returns what they cost: one for each frame, and for a GSO frame one for each segment.
   */
  handOver(received: FrameConsumer, sent: FrameConsumer, budget: number): number;
  /**
   * Gives a block that was read to its end back; nothing of this process may refer to its frames any more.
   * @param isFree whether the kernel, which still sends from its memory, is done with it; absent: it does not.
   * @returns true when there was one.
   */
  release(isFree?: () => boolean): boolean;
  /** @returns a point behind every frame that is in the ring now, for `isPast`. */
  fence(): number;
  /** Every frame in front of the fence was handed over, or the ring is closed. */
  isPast(fence: number): boolean;
  /** Not inside `handOver`. It is dead at once; resolves when the kernel is done with it. */
  close(): Promise<void>;
}
