/**
 * Frame in: the border between what delivers frames (libpcap, a ring, a file, memory) and the mirror.
 *
 * A frame is borrowed: its bytes belong to the source and stay valid only until the source calls `endBatch`.
 * Nothing here allocates, waits or throws per frame.
 */
import { SEGMENTS_NONE } from '../wire/virtio-net.js';

const NO_HEAD = new Uint8Array(0);

/**
 * One frame; a source keeps one object and refills it.
 *
 * A segment of a super-frame has a head that stands apart, since its payload lies amid the super-frame's:
 *
 *     head [ headers ]    bytes [ ...... | payload | ...... ]
 *           headLength            offset ^
 */
export class Frame {
  /** Memory of the source, writable for HEADROOM_BYTES before `offset` unless it has an address. */
  bytes: Uint8Array;
  /** The same memory; undefined: it is not to be had as words. */
  words: Int32Array | undefined;
  /** Where the frame's first byte (the destination MAC) lies in `bytes`; with a head, what follows that. */
  offset = 0;
  /** Bytes that are there, the head included. */
  capturedLength = 0;
  /** Bytes the frame had on the wire. */
  wireLength = 0;
  /** Where `bytes` begins in the process's memory; 0 for memory that V8 may move. */
  address: number;
  /** First bytes of the frame, when they do not lie before the others; else 0 of them. */
  head = NO_HEAD;
  headLength = 0;
  /** SEGMENTS_*: the frame is a super-frame, of the segments that a network card would have made of it. */
  segments: number = SEGMENTS_NONE;
  /** Bytes of payload that each segment takes, but for the last. */
  segmentPayload = 0;
  /** Where a checksum that was left to the network card begins to cover the frame, from its start; 0: none was. */
  checksumStart = 0;
  /** Where the checksum lies, from `checksumStart`. */
  checksumOffset = 0;

  constructor(bytes: Uint8Array, address = 0) {
    this.bytes = bytes;
    this.address = address;
  }

  /** Puts a head in front of the rest, over bytes that are not needed any more. @returns where it begins. */
  linearize(): number {
    const start = this.offset - this.headLength;
    for (let index = 0; index < this.headLength; index++) this.bytes[start + index] = this.head[index];
    return start;
  }
}

/**
 * Room before a frame for the largest headers: Ethernet 14, IPv6 40 and its fragment header 8, UDP 8, VXLAN 8, rounded
 * up to cache lines.
 */
export const HEADROOM_BYTES = 128;

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
