/** Columns of lists. */
import type { TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

/** Pixels: an id with its prefix fits. */
const ID_WIDTH = 230;
const MINIMUM_WIDTH = 110;

/** A column. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** The text of a cell: it is shown unless `cell` is given, it is searched, and rows are sorted by it. */
  readonly text: (item: T) => string | undefined;
  readonly cell?: (item: T) => ReactNode;
  /** What rows are sorted by instead of the text, such as a number. */
  readonly sortBy?: (item: T) => number | string | undefined;
  /** Not shown until the preferences say so. */
  readonly hidden?: true;
  /** The column that names the row for screen readers: the id. */
  readonly isRowHeader?: true;
  /** Pixels; absent: what is left, or the room of an id for the row header. */
  readonly width?: number;
}

/** The columns as the table takes them. @param sortable false while rows are missing: a sorted part would mislead */
export function definitionsOf<T>(
  columns: readonly Column<T>[],
  sortable: boolean,
): (TableProps.ColumnDefinition<T> & { id: string })[] {
  return columns.map((column) => ({
    id: column.id,
    header: column.header,
    isRowHeader: column.isRowHeader ?? false,
    cell: (item) => column.cell?.(item) ?? (column.text(item) || '–'),
    width: column.width ?? (column.isRowHeader ? ID_WIDTH : undefined),
    minWidth: MINIMUM_WIDTH,
    ...(sortable && { sortingComparator: comparator(column) }),
  }));
}

function comparator<T>({ text, sortBy = text }: Column<T>): (a: T, b: T) => number {
  return (a, b) => {
    const [one, other] = [sortBy(a) ?? '', sortBy(b) ?? ''];
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    return String(one).localeCompare(String(other), 'en', { numeric: true });
  };
}
