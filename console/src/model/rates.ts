/** Counts of the daemon as rates: what they grew by between two statuses, per second. */
import type { StatusAmount, StatusDocument } from '../../../src/api/traffic-mirror/shape.js';

/** What a rate is made of: a status and one before it. */
export interface StatusPair {
  readonly before: StatusDocument;
  readonly after: StatusDocument;
}

/** Packets, and bytes where they are known. */
export interface Amount {
  readonly packets: number;
  readonly bytes?: number | undefined;
}

/**
 * Seconds between two statuses by the daemon's own clock.
 * @returns undefined when the counters are the same ones, or when the daemon has started again between the two
 */
export function secondsBetween({ before, after }: StatusPair): number | undefined {
  const seconds = after.countersSeconds - before.countersSeconds;
  return before.startedAt === after.startedAt && seconds > 0 ? seconds : undefined;
}

/** Growth per second. A count that is smaller than before belongs to something new: its rate is not known. */
export function rateOf(
  before: number | undefined,
  after: number | undefined,
  seconds: number,
): number | undefined {
  if (after === undefined) return undefined;
  const growth = after - (before ?? 0);
  return growth < 0 ? undefined : growth / seconds;
}

/** The sum of amounts. */
export function sumOf(amounts: Iterable<StatusAmount | undefined>): StatusAmount {
  let [packets, bytes] = [0, 0];
  for (const amount of amounts) {
    packets += amount?.packets ?? 0;
    bytes += amount?.bytes ?? 0;
  }
  return { packets, bytes };
}

/**
 * The newer pair when a status arrives: it keeps the one before it as long as the counters are the same ones.
 * @param pair what was known; undefined before the first status
 */
export function nextPair(
  { before, after }: Partial<StatusPair>,
  arrived: StatusDocument,
): { readonly before?: StatusDocument | undefined; readonly after: StatusDocument } {
  if (after === undefined || after.startedAt !== arrived.startedAt) return { after: arrived };
  if (after.countersSeconds === arrived.countersSeconds) return { before, after: arrived };
  return { before: after, after: arrived };
}
