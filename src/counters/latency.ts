/**
 * The latency histogram: how long a block of frames took from the device to the kernel's send. It is counted once per
 * block, so that it costs nothing per frame.
 */

/** Upper bounds of the buckets in microseconds. A block waits up to a millisecond for its timer. */
const BOUNDS_MICROSECONDS = [
  100, 200, 500, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
  2_000_000,
] as const;

/** The buckets by their upper bound in seconds, as Prometheus writes it. */
export const LATENCY_BUCKETS: readonly string[] = [
  ...BOUNDS_MICROSECONDS.map((bound) => String(bound / 1e6)),
  '+Inf',
];

/** Index in LATENCY_BUCKETS. */
export function latencyBucket(microseconds: number): number {
  let bucket = 0;
  while (bucket < BOUNDS_MICROSECONDS.length && microseconds > BOUNDS_MICROSECONDS[bucket]) bucket += 1;
  return bucket;
}
