/** Scenarios of the neighbours' bench: their figures and goals, and the table of results. */
import { median } from '../median.js';

/** A figure that a scenario takes, and its goal. */
export interface Figure {
  readonly name: string;
  /** Stands behind the figure: `x`, `ms`. */
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Scenario {
  readonly name: string;
  readonly goal: readonly Figure[];
  /** Builds namespaces of its own and removes them. @returns a value for each figure of the goal. */
  run(): Promise<readonly number[]>;
}

/** The values of one figure in all rounds; NaN where the round failed. */
export interface Result {
  readonly scenario: string;
  readonly figure: Figure;
  readonly values: readonly number[];
}

/** @returns whether no round failed and the median keeps within the goal. */
export function isMet({ figure: { atLeast, atMost }, values }: Result): boolean {
  if (values.some(Number.isNaN)) return false;
  const value = median(values);
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}

/** The results as a table in Markdown. */
export function renderTable(results: readonly Result[]): string {
  return [
    '| | | median | spread | goal | |',
    '|---|---|---|---|---|---|',
    ...results.map((result) => {
      const { scenario, figure } = result;
      const values = result.values.filter((value) => !Number.isNaN(value));
      if (values.length === 0) return `| ${scenario} | ${figure.name} | | | ${goalText(figure)} | failed |`;
      const spread = `${text(figure, Math.min(...values))} – ${text(figure, Math.max(...values))}`;
      const cells = [scenario, figure.name, text(figure, median(values)), spread, goalText(figure)];
      return `| ${cells.join(' | ')} | ${verdict(result)} |`;
    }),
  ].join('\n');
}

function verdict(result: Result): string {
  const failed = result.values.filter(Number.isNaN).length;
  if (failed > 0) return `failed in ${failed} of ${result.values.length} rounds`;
  const { atLeast, atMost } = result.figure;
  if (atLeast === undefined && atMost === undefined) return '';
  return isMet(result) ? 'met' : 'missed';
}

function goalText(figure: Figure): string {
  if (figure.atLeast !== undefined) return `at least ${text(figure, figure.atLeast)}`;
  return figure.atMost === undefined ? 'stated' : `at most ${text(figure, figure.atMost)}`;
}

function text({ unit, digits }: Figure, value: number): string {
  return `${value.toFixed(digits)} ${unit}`.trim();
}
