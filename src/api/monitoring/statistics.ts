/** Points to datapoints: those of a period together, and what is asked of them. */

/** The counts of the minutes of one period. */
export interface Bucket {
  /** Begin of the period, milliseconds since 1970. */
  readonly timestamp: number;
  readonly counts: readonly number[];
}

export interface Count {
  /** Begin of its minute, milliseconds since 1970. */
  readonly timestamp: number;
  readonly count: number;
}

/**
 * Periods follow each other from the start on; those without a point are left out.
 * @param counts ascending, none before the start
 */
export function bucketsOf(counts: readonly Count[], startMs: number, periodMs: number): Bucket[] {
  const buckets = new Map<number, number[]>();
  for (const { timestamp, count } of counts) {
    const begin = timestamp - ((timestamp - startMs) % periodMs);
    const bucket = buckets.get(begin);
    if (bucket === undefined) buckets.set(begin, [count]);
    else bucket.push(count);
  }
  return [...buckets].map(([timestamp, values]) => ({ timestamp, counts: values }));
}

/** @param statistic one of STATISTICS, or `p` and a percentage */
export function statisticOf(statistic: string, counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  switch (statistic) {
    case 'SampleCount':
      return counts.length;
    case 'Average':
      return sum / counts.length;
    case 'Sum':
      return sum;
    case 'Minimum':
      return Math.min(...counts);
    case 'Maximum':
      return Math.max(...counts);
    default:
      return percentileOf(Number(statistic.slice(1)), counts);
  }
}

/** The nearest rank: one of the counts, never something between two. */
function percentileOf(percentage: number, counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil((percentage / 100) * sorted.length) - 1, 0)] ?? 0;
}
