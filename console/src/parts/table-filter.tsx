/** The property filter of a list. */
import PropertyFilter from '@cloudscape-design/components/property-filter';
import { useMemo } from 'react';
import type { Tag } from '../model/tags.js';
import type { ListQuery } from './list-query.js';

/** Values that are suggested of each key, and keys of tags that are offered. */
const MAXIMUM_SUGGESTIONS = 200;
const MAXIMUM_TAG_KEYS = 50;

const OPERATORS = ['=', ':', '^'] as const;

interface TableFilterProps<T> {
  /** `mirror sessions`. */
  readonly many: string;
  readonly query: ListQuery<T>;
  readonly items: readonly T[];
  /** `12 matches`; empty without a filter. */
  readonly countText: string;
}

/** The filter. Each token becomes one filter of the API; tokens are ANDed, as the API does. */
export function TableFilter<T>({ many, query, items, countText }: TableFilterProps<T>) {
  const properties = useMemo(() => propertiesOf(query, items), [query, items]);
  const options = useMemo(() => optionsOf(query, items), [query, items]);
  const label = `Filter ${many}`;
  return (
    <PropertyFilter
      query={query.query}
      onChange={({ detail }) => query.setQuery(detail)}
      filteringProperties={properties}
      filteringOptions={options}
      filteringAriaLabel={label}
      filteringPlaceholder={label}
      filteringEmpty="No suggestions"
      countText={countText}
      expandToViewport
      hideOperations
      freeTextFiltering={{ operators: [':'], defaultOperator: ':' }}
      i18nStrings={{ filteringAriaLabel: label, filteringPlaceholder: label }}
    />
  );
}

function propertiesOf<T>({ keys }: ListQuery<T>, items: readonly T[]) {
  const declared = keys.map(({ key, label, values }) => ({
    key,
    propertyLabel: label,
    groupValuesLabel: `${label} values`,
    operators: values === undefined ? OPERATORS : [{ operator: '=', tokenType: 'enum' } as const],
  }));
  if (!keys.some(({ key }) => key === 'tag-key')) return declared;
  const tags = tagKeysOf(items).map((key) => ({
    key: `tag:${key}`,
    propertyLabel: `Tag ${key}`,
    groupValuesLabel: `Values of tag ${key}`,
    operators: OPERATORS,
  }));
  return [...declared, ...tags];
}

function optionsOf<T>({ keys }: ListQuery<T>, items: readonly T[]) {
  const declared = keys.flatMap((one) =>
    suggested(one.values ?? items.map((item) => one.text?.(item))).map((value) => ({
      propertyKey: one.key,
      value,
    })),
  );
  const withTags = keys.some(({ key }) => key === 'tag-key');
  if (!withTags) return declared;
  const tagKeys = tagKeysOf(items);
  const tags = tagKeys.flatMap((name) => {
    const values = items.flatMap((item) =>
      tagsOf(item)
        .filter(({ key }) => key === name)
        .map(({ value }) => value),
    );
    return suggested(values).map((value) => ({ propertyKey: `tag:${name}`, value }));
  });
  return [...declared, ...tagKeys.map((value) => ({ propertyKey: 'tag-key', value })), ...tags];
}

function suggested(values: readonly (string | undefined)[]): string[] {
  const known = new Set<string>();
  for (const value of values) {
    if (known.size === MAXIMUM_SUGGESTIONS) break;
    if (value !== undefined && value !== '') known.add(value);
  }
  return [...known];
}

function tagKeysOf(items: readonly unknown[]): string[] {
  const keys = new Set<string>();
  for (const item of items) for (const { key } of tagsOf(item)) keys.add(key);
  return [...keys].sort().slice(0, MAXIMUM_TAG_KEYS);
}

function tagsOf(item: unknown): readonly Tag[] {
  return (item as { readonly tags?: readonly Tag[] }).tags ?? [];
}
