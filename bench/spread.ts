/** A figure of several rounds: its median, and how far apart the rounds were. */
import { median } from './median.js';

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @param values one for each round, undefined where it failed. @returns undefined when all failed. */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return { median: median(known), least: Math.min(...known), most: Math.max(...known) };
}

/** `MEDIAN (LEAST–MOST)`, or the median alone where all rounds were alike; empty for an unknown one. @param text of one value. */
export function spreadText(spread: Spread | undefined, text: (value: number) => string): string {
  if (spread === undefined) return '';
  if (spread.least === spread.most) return text(spread.median);
  return `${text(spread.median)} (${text(spread.least)}–${text(spread.most)})`;
}
