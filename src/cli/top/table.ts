/** Tables of a view: columns of fixed width, one that takes what is left, and numbers of few characters. */
import { fitTo } from '../terminal-text.js';
import type { Paint, Style } from './paint.js';

/** Text in a cell, and what it says. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** A column of a table. */
interface Column {
  readonly head: string;
  readonly width: number;
  /** Where the text stands; numbers stand at the right. */
  readonly side: 'left' | 'right';
  /** Narrowest screen that has the column; absent: every one. */
  readonly from?: number;
}

/** Columns, and which of them take what a screen has over, in turn, each up to a width. */
export interface Table {
  readonly columns: readonly Column[];
  readonly grow: readonly (readonly [column: number, most: number])[];
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** Narrowest that a column becomes on a screen that is too narrow. */
const LEAST_WIDTH = 6;

/** The widths of the columns on a screen, 0 for those that it does not have: together with gaps, at most the screen. */
export function widthsOf({ columns, grow }: Table, screen: number): number[] {
  const widths = columns.map(({ width, from = 0 }) => (from <= screen ? width : 0));
  const over = (): number => {
    const shown = widths.filter((width) => width > 0);
    return screen - shown.reduce((sum, width) => sum + width, 0) - (shown.length - 1);
  };
  for (const [index, most] of grow) {
    const width = widths[index] ?? 0;
    if (width > 0) widths[index] = Math.max(Math.min(width, LEAST_WIDTH), Math.min(most, width + over()));
  }
  for (let last = widths.length - 1; last > 0 && over() < 0; last--) widths[last] = 0;
  if (over() < 0) widths[0] = Math.max(1, screen);
  return widths;
}

/** The line of headings. */
export function headLine({ columns }: Table, widths: readonly number[], paint: Paint): string {
  const heads = columns.map(({ head }) => head);
  return paint(
    'heading',
    join(columns, widths, heads, (_, text) => text),
  );
}

/** A line of cells, as wide as the headings. */
export function line(
  { columns }: Table,
  widths: readonly number[],
  cells: readonly Cell[],
  paint: Paint,
): string {
  return join(columns, widths, cells, paint);
}

function join(
  columns: readonly Column[],
  widths: readonly number[],
  cells: readonly Cell[],
  paint: Paint,
): string {
  return cells
    .flatMap((cell, index) => {
      const width = widths[index] ?? 0;
      if (width === 0) return [];
      const { text, style } = typeof cell === 'string' ? { text: cell, style: 'plain' as const } : cell;
      return paint(style, fitTo(text, width, columns[index]?.side ?? 'left'));
    })
    .join(' ');
}

/** Three significant digits at most: 999, 1.23k, 45.6M. */
export function formatNumber(value: number): string {
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)}${UNITS[unit]}`;
}

/** @param rate undefined: there is none. */
export function formatRate(rate: number | undefined): string {
  return rate === undefined ? '-' : formatNumber(rate);
}

/** A count that is to be 0, and is noticed when it is not. */
export function losses(text: string, amount: number | undefined): Cell {
  return amount === undefined || amount === 0 ? text : { text, style: 'doubtful' };
}
