/** The last minutes of a live chart. */

/** Values by line at a time. */
export interface HistoryPoint {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** So many points at most: two minutes at 1 Hz. */
export const HISTORY_POINTS = 120;

/** A line is not drawn across a longer silence: the history begins anew behind it. */
export const SILENCE_MS = 5000;

/** The history with a new point. A point that is not newer than the last is left out. */
export function withPoint(history: readonly HistoryPoint[], point: HistoryPoint): readonly HistoryPoint[] {
  const last = history.at(-1);
  if (last === undefined) return [point];
  if (point.atMs <= last.atMs) return history;
  if (point.atMs - last.atMs > SILENCE_MS) return [point];
  return [...history, point].slice(-HISTORY_POINTS);
}

/** The points of a line. Before a line is first there, it was 0. */
export function lineOf(history: readonly HistoryPoint[], name: string): { x: Date; y: number }[] {
  return history.map(({ atMs, values }) => ({ x: new Date(atMs), y: values[name] ?? 0 }));
}

/**
 * Splits datapoints where one is missing, so that no line is drawn across.
 * @param periodMs between datapoints
 */
export function segmentsOf<P extends { readonly x: Date }>(points: readonly P[], periodMs: number): P[][] {
  const segments: P[][] = [];
  for (const point of points) {
    const last = segments.at(-1)?.at(-1);
    if (last !== undefined && point.x.getTime() - last.x.getTime() <= periodMs) segments.at(-1)?.push(point);
    else segments.push([point]);
  }
  return segments;
}
