/** Rates while a load runs, from counters that are read again and again. */

/** Counters at a moment. */
export interface RateSample {
  /** Of a monotonic clock. */
  readonly ms: number;
  readonly forwarded: number;
  readonly mirrored: number;
  /** CPU time of the contender's processes. */
  readonly cpuSeconds: number;
  /** CPU time of the whole machine, generator included. */
  readonly busySeconds: number;
}

/** All of them for a second. */
export interface Rates {
  /** Frames that the sources' devices took: what the sources still forward. */
  readonly forwardedPps: number;
  /** Copies that came to the target's device. */
  readonly mirroredPps: number;
  /** Processors that the contender's processes used. */
  readonly mirrorProcessors: number;
  /** Processors that were busy. */
  readonly busyProcessors: number;
}

/** Rings fill, and code is compiled, in this part of the load: it is left out. */
const WARM_UP_PART = 0.2;
/** Fewer frames between two samples, as a part of the most, are not of the load: an address was asked for. */
const STRAY_PART = 0.01;

/**
 * Rates of the time in which frames were forwarded, without its begin. What a ring still holds when the load ends is not
 * mirrored while it lasts, and the last copies cost the more the fewer they are.
 * @throws Error when fewer than two samples are left.
 */
export function ratesOf(samples: readonly RateSample[]): Rates {
  const steps = samples.slice(1).map(({ forwarded }, index) => forwarded - samples[index].forwarded);
  const least = Math.max(...steps) * STRAY_PART;
  const indexes = steps.flatMap((step, index) => (step > least ? [index] : []));
  // The sample before the first frame is not of the load; that before the last one is.
  const running = samples.slice((indexes[0] ?? 0) + 1, (indexes.at(-1) ?? 0) + 1);
  const begin = running[0]?.ms ?? 0;
  const warmMs = begin + ((running.at(-1)?.ms ?? 0) - begin) * WARM_UP_PART;
  const warm = running.filter(({ ms }) => ms >= warmMs);
  const [first, last] = [warm[0], warm.at(-1)];
  if (first === undefined || last === undefined || first === last) {
    throw new Error(`${warm.length} of ${samples.length} samples are of the load: it was too short`);
  }
  const perSecond = (of: (sample: RateSample) => number): number =>
    (of(last) - of(first)) / ((last.ms - first.ms) / 1000);
  return {
    forwardedPps: perSecond(({ forwarded }) => forwarded),
    mirroredPps: perSecond(({ mirrored }) => mirrored),
    mirrorProcessors: perSecond(({ cpuSeconds }) => cpuSeconds),
    busyProcessors: perSecond(({ busySeconds }) => busySeconds),
  };
}
