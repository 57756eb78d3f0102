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

  /** @param length how many counters. */
  constructor(length: number) {
    this.values = new Float64Array(length);
  }

  /** Counts copies that the kernel took. @param base of the session. @param bytes of their frames on the wire. */
  mirrored(base: number, bytes: number, packets = 1): void {
    this.values[base + SESSION_MIRRORED_PACKETS] += packets;
    this.values[base + SESSION_MIRRORED_BYTES] += bytes;
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
