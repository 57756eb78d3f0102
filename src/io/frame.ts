/**
 * Frame in: the border between what delivers frames (libpcap, a ring, a file, memory) and the mirror.
 *
 * A frame is borrowed: its bytes belong to the source and stay valid only until the source calls `endBatch`.
 * Nothing here allocates, waits or throws per frame.
 */
import { GSO_NONE } from '../wire/virtio-net.js';

const NO_HEADER = new Uint8Array(0);

/**
 * One frame; a source keeps one object and refills it.
 *
 * A segment of a GSO frame has its header apart, since its payload lies in the middle of the GSO frame's:
 *
 *     segmentHeader [ headers ]    bytes [ ...... | payload | ...... ]
 *                                          offset ^
 */
export class Frame {
  /** Memory of the source. Without an `address`, HEADROOM_BYTES before `offset` may be written. */
  bytes: Uint8Array;
  /** The same memory as 32-bit words; undefined where the source has none. */
  words: Int32Array | undefined;
  /** Index in `words` of the seconds at which the frame passed the device, with the nanoseconds behind; -1: not known. */
  timeWord = -1;
  /** Where the frame's first byte (the destination MAC) lies in `bytes`; for a segment, where its payload lies. */
  offset = 0;
  /** Bytes that are there, the segment header included. */
  capturedLength = 0;
  /** Bytes the frame had on the wire. */
  wireLength = 0;
  /** Where `bytes` begins in the process's memory; 0 for memory that V8 may move. */
  address: number;
  /** Where `bytes` begins in the memory that AF_XDP sends from; -1: it is not in it. */
  umemOffset = -1;
  /** The first `segmentHeaderLength` bytes of a segment; a frame that is no segment has 0 of them. */
  segmentHeader = NO_HEADER;
  segmentHeaderLength = 0;
  /** GSO_*: whether the frame is a GSO frame, and of which kind. */
  gsoType: number = GSO_NONE;
  /** Bytes of payload in each segment of a GSO frame; the last may have fewer. */
  gsoSize = 0;
  /** Where a checksum that was left to the network card begins to cover the frame, from its start; 0: none was. */
  checksumStart = 0;
  /** Where the checksum lies, from `checksumStart`. */
  checksumOffset = 0;

  constructor(bytes: Uint8Array, address = 0) {
    this.bytes = bytes;
    this.address = address;
  }

  /** Copies the segment header in front of the payload, over bytes that are not needed any more. @returns its start. */
  linearize(): number {
    const start = this.offset - this.segmentHeaderLength;
    const header = this.segmentHeader;
    for (let index = 0; index < this.segmentHeaderLength; index++) this.bytes[start + index] = header[index];
    return start;
  }
}

/**
 * Room before a frame for the largest headers: Ethernet 14, IPv6 40 and its fragment header 8, and an encapsulation;
 * VXLAN takes 16, GENEVE with all options 120. A multiple of 4.
 */
export const HEADROOM_BYTES = 192;

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
