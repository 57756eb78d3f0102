/** The block of counters that the data path increments. */
import {
  LANE_LATENCY,
  LANE_LATENCY_MICROSECONDS,
  latencyBucket,
  SESSION_MIRRORED_BYTES,
  SESSION_MIRRORED_PACKETS,
  SESSION_SKIPPED_BYTES,
  SESSION_SKIPPED_PACKETS,
} from './layout.js';

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
  mirrored(base: number, bytes: number): void {
    this.values[base + SESSION_MIRRORED_PACKETS] += 1;
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
