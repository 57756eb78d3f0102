/** Filters of lists that no action filters: the same filters as of a Describe action, applied to what was read. */
import type { ApiFilter } from '../aws/ec2.js';

/** The values of an item by the name of a filter. */
export type FilterValues<T> = (item: T, name: string) => readonly string[];

/** The items that pass all filters. One value of a filter is enough; `*` and `?` in it are wildcards. */
export function filterItems<T>(
  items: readonly T[],
  filters: readonly ApiFilter[] | undefined,
  valuesOf: FilterValues<T>,
): T[] {
  const tests = (filters ?? []).map(({ Name, Value }) => ({ name: Name, patterns: Value.map(patternOf) }));
  return items.filter((item) =>
    tests.every(({ name, patterns }) =>
      valuesOf(item, name).some((value) => patterns.some((pattern) => pattern.test(value))),
    ),
  );
}

/** `\` escapes the character behind it. */
function patternOf(text: string): RegExp {
  const parts = text.match(/\\[\s\S]|[\s\S]/g) ?? [];
  return new RegExp(`^${parts.map(partOf).join('')}$`, 's');
}

function partOf(part: string): string {
  if (part === '*') return '.*';
  if (part === '?') return '.';
  const character = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part;
  return character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
