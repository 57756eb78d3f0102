/** What a list is asked for: the tokens of its property filter. */
import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useMemo, useState } from 'react';
import type { ApiFilter } from '../aws/ec2.js';
import { apiFilters } from '../forms/list-filters.js';
import { useRoute } from './router.js';

/** A key that a list can be filtered by. */
export interface FilterKey<T> {
  /** The name of the filter in the API. */
  readonly key: string;
  readonly label: string;
  /** The value of a row, for suggestions, and for keys that are compared here. */
  readonly text?: (item: T) => string | undefined;
  /** All values that there are; one token may then have several. */
  readonly values?: readonly string[];
  /** The API has no such filter: loaded rows are compared. */
  readonly local?: true;
}

/** The filter of a list. */
export interface ListQuery<T> {
  readonly keys: readonly FilterKey<T>[];
  readonly query: PropertyFilterProps.Query;
  readonly setQuery: (query: PropertyFilterProps.Query) => void;
  /** The filters for the Describe action. */
  readonly filters: readonly ApiFilter[];
}

/** Keeps the filter of a list. It begins with what the address says: `#/mirror-targets?owner-id=…`. */
export function useListQuery<T>(keys: readonly FilterKey<T>[]): ListQuery<T> {
  const route = useRoute();
  const [query, setQuery] = useState<PropertyFilterProps.Query>(() => ({
    operation: 'and',
    tokens: keys.flatMap(({ key }) => {
      const value = route.query.get(key);
      return value === null ? [] : [{ propertyKey: key, operator: '=', value }];
    }),
  }));
  const filters = useMemo(() => {
    const local = new Set(keys.filter((key) => key.local).map(({ key }) => key));
    return apiFilters(query.tokens.filter(({ propertyKey = '' }) => !local.has(propertyKey)));
  }, [keys, query]);
  return { keys, query, setQuery, filters };
}
