/** The orders in which sources and sessions stand. */

/** Each is a key of the keyboard. */
export const ORDERS = {
  n: 'as in the configuration',
  r: 'busiest first',
  s: 'most skipped and dropped first',
  c: 'most cut first',
} as const;

export type Order = keyof typeof ORDERS;

/** What a row is sorted by. */
export interface Weights {
  /** Rates per second, or 0. */
  readonly r: number;
  readonly s: number;
  readonly c: number;
}

/** Sorts rows, the largest first; equal ones stay in their order. */
export function sorted<Row extends { readonly weights: Weights }>(
  rows: readonly Row[],
  order: Order,
  isReversed: boolean,
): readonly Row[] {
  const ordered = order === 'n' ? [...rows] : rows.toSorted((a, b) => b.weights[order] - a.weights[order]);
  return isReversed ? ordered.reverse() : ordered;
}
