/** Preferences of a list: rows a page, columns and their order, wrapping. */
import CollectionPreferences, {
  type CollectionPreferencesProps,
} from '@cloudscape-design/components/collection-preferences';
import type { Column } from './columns.js';
import { readStored, store } from './stored.js';

const PAGE_SIZES = [20, 50, 100];

/** Preferences of one list. */
export interface Preferences {
  readonly pageSize: number;
  readonly wrapLines: boolean;
  readonly contentDisplay: readonly CollectionPreferencesProps.ContentDisplayItem[];
}

/** The preferences that were kept for a list, with columns that are new since then. */
export function firstPreferences<T>(name: string, columns: readonly Column<T>[]): Preferences {
  const kept = readStored<Partial<Preferences>>(`list.${name}`);
  const known = (kept?.contentDisplay ?? []).filter(({ id }) => columns.some((column) => column.id === id));
  const added = columns.filter(({ id }) => known.every((one) => one.id !== id));
  const pageSize = kept?.pageSize ?? 20;
  return {
    pageSize: PAGE_SIZES.includes(pageSize) ? pageSize : 20,
    wrapLines: kept?.wrapLines ?? false,
    contentDisplay: [...known, ...added.map(({ id, hidden }) => ({ id, visible: hidden !== true }))],
  };
}

/** Keeps the preferences of a list for the next visit. */
export function keepPreferences(name: string, preferences: Preferences): Preferences {
  store(`list.${name}`, preferences);
  return preferences;
}

interface TablePreferencesProps<T> {
  readonly columns: readonly Column<T>[];
  readonly preferences: Preferences;
  readonly onChange: (preferences: Preferences) => void;
}

/** The button `Preferences` and its dialog. */
export function TablePreferences<T>({ columns, preferences, onChange }: TablePreferencesProps<T>) {
  return (
    <CollectionPreferences
      title="Preferences"
      confirmLabel="Confirm"
      cancelLabel="Cancel"
      preferences={preferences}
      onConfirm={({ detail }) =>
        onChange({
          pageSize: detail.pageSize ?? preferences.pageSize,
          wrapLines: detail.wrapLines ?? preferences.wrapLines,
          contentDisplay: detail.contentDisplay ?? preferences.contentDisplay,
        })
      }
      pageSizePreference={{
        title: 'Page size',
        options: PAGE_SIZES.map((value) => ({ value, label: `${value} rows` })),
      }}
      wrapLinesPreference={{ label: 'Wrap lines', description: 'Show all text of a cell' }}
      contentDisplayPreference={{
        title: 'Columns',
        options: columns.map(({ id, header, isRowHeader }) => ({
          id,
          label: header,
          alwaysVisible: isRowHeader ?? false,
        })),
      }}
    />
  );
}
