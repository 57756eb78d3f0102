/**
 * Frame in: the border between what delivers frames (libpcap, a ring, a file, memory) and the mirror.
 *
 * A frame is borrowed: its bytes belong to the source and stay valid only until the source calls `endBatch`.
 * Nothing here allocates, waits or throws per frame.
 */

/** One frame; a source keeps one object and refills it. */
export class Frame {
  /** Memory of the source, writable for HEADROOM_BYTES before `offset` unless it has an address. */
  bytes: Uint8Array;
  /** Where the frame's first byte (the destination MAC) lies in `bytes`. */
  offset = 0;
  /** Bytes that are there. */
  capturedLength = 0;
  /** Bytes the frame had on the wire. */
  wireLength = 0;
  /** Where `bytes` begins in the process's memory; 0 for memory that V8 may move. */
  readonly address: number;

  constructor(bytes: Uint8Array, address = 0) {
    this.bytes = bytes;
    this.address = address;
  }
}

/** Room before a frame for the largest outer headers: IPv6 40, UDP 8, VXLAN 8, rounded up to a cache line. */
export const HEADROOM_BYTES = 64;

/** What a source hands its frames to. */
export interface FrameConsumer {
  consume(frame: Frame): void;
  /** Every frame since the last call may be overwritten after this returns. */
  endBatch(): void;
}

/** A source that hands over frames when asked: memory, file, ring. */
export interface PullSource {
  /**
   * Hands over at most about `budget` frames, then ends the batch.
   * @returns how many; 0 means that none is waiting.
   */
  pull(consumer: FrameConsumer, budget: number): number;
  close(): void;
}
