/** Condition keys of the tags that a request brings, for every service that takes tags. */
import type { ConditionKeys } from '../service.js';

/**
 * @param tags key and value; a request to delete tags may name a key several times, with other values
 */
export function requestTagConditions(tags: Iterable<readonly [key: string, value: string]>): ConditionKeys {
  const values = new Map<string, string[]>();
  for (const [key, value] of tags) {
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  if (values.size === 0) return {};
  const keys = [...values].map(([key, all]) => [`aws:RequestTag/${key}`, all] as const);
  return { ...Object.fromEntries(keys), 'aws:TagKeys': [...values.keys()] };
}
