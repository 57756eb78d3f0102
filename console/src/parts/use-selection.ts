/** The selected rows of a list. */
import { useCallback, useMemo, useState } from 'react';

/** A selection. Rows that are gone are no longer selected. */
export interface Selection<T> {
  readonly items: readonly T[];
  /** The one selected row; undefined when none or several are selected. */
  readonly single: T | undefined;
  readonly set: (items: readonly T[]) => void;
  readonly clear: () => void;
}

/** Keeps the selection of a list by the ids of its rows. */
export function useSelection<T>(all: readonly T[], idOf: (item: T) => string): Selection<T> {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const items = useMemo(
    () => (ids.size === 0 ? [] : all.filter((item) => ids.has(idOf(item)))),
    [all, ids, idOf],
  );
  const set = useCallback((chosen: readonly T[]) => setIds(new Set(chosen.map(idOf))), [idOf]);
  const clear = useCallback(() => setIds(new Set()), []);
  return { items, single: items.length === 1 ? items[0] : undefined, set, clear };
}
