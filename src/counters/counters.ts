/** The block of counters that the data path increments. */
import * as layout from './layout.js';

const {
  LANE_LATENCY,
  LANE_LATENCY_MICROSECONDS,
  latencyBucket,
  SESSION_MIRRORED_BYTES,
  SESSION_MIRRORED_PACKETS,
  SESSION_SKIPPED_BYTES,
  SESSION_SKIPPED_PACKETS,
} = layout;

/**
 * Counters of one engine, in lanes and sessions as `layout.ts` says. Code that counts has the block, and a
 * base: the index of its first counter.
 */
export class Counters {
  /** Replaced when the layout changes, between batches. */
  values: Float64Array;
  /** Descriptors of AF_XDP that the kernel threw away, of all sockets so far: 0 unless this program has a defect. */
  xdpInvalidDescriptors = 0;

  /** @param length how many counters. */
  constructor(length: number) {
    this.values = new Float64Array(length);
  }

  /** Counts a copy that the kernel took. @param base of the session. @param bytes of the frame on the wire. */
  mirrored(base: number, bytes: number, packets = 1): void {
    this.values[base + SESSION_MIRRORED_PACKETS] += packets;
    this.values[base + SESSION_MIRRORED_BYTES] += bytes;
  }

  /**
   * Counts copies that the kernel took, those in a row of the same session at once.
   * @param bases of the sessions, by copy. @param bytes of the frames on the wire, likewise.
   * @param from number of the first copy, an int32 that may wrap around. @param to number behind the last.
   * @param mask of the numbers, where the lists are circles.
   */
  allMirrored(bases: Int32Array, bytes: Int32Array, from: number, to: number, mask = -1): void {
    let copy = from;
    while (copy !== to) {
      const base = bases[copy & mask];
      let packets = 0;
      let sum = 0;
      for (; copy !== to && bases[copy & mask] === base; copy = (copy + 1) | 0) {
        packets += 1;
        sum += bytes[copy & mask];
      }
      this.mirrored(base, sum, packets);
    }
  }

  /** Counts a copy that was not sent. @param reason index in SKIP_REASONS. */
  skipped(base: number, reason: number, bytes: number): void {
    this.values[base + SESSION_SKIPPED_PACKETS + reason] += 1;
    this.values[base + SESSION_SKIPPED_BYTES + reason] += bytes;
  }

  /** Counts the latency of a block of frames of the capture ring. @param base of the lane. */
  delayed(base: number, microseconds: number): void {
    this.values[base + LANE_LATENCY_MICROSECONDS] += microseconds;
    this.values[base + LANE_LATENCY + latencyBucket(microseconds)] += 1;
  }
}
