/** Filters of Describe requests: `Filter.1.Name=owner-id&Filter.1.Value.1=1111*`. */
import { TAG_LIMITS, type Tags } from '../../resources/tags.js';
import { matchesWildcard } from '../wildcard.js';
import { Ec2Error, missingParameter } from './ec2-error.js';
import type { Parameters } from './parameters.js';

/** EC2's limit on all values of a request. */
const MAXIMUM_VALUES = 200;
const MAXIMUM_VALUE_CHARACTERS = 4 * TAG_LIMITS.valueCharacters;
const TAG_PREFIX = 'tag:';

/** What an item shows to a filter; undefined: nothing, so that no value fits. */
type Field<Item> = (item: Item) => string | number | undefined;

/** Filter names with the fields that they look at. */
export type Fields<Item> = Readonly<Record<string, Field<Item>>>;

type Test<Item> = (item: Item) => boolean;

/**
 * A test that all filters of the request must pass; one of a filter's values is enough. Values are told apart by
 * case and may have wildcards.
 * @param tagsOf for `tag:KEY` and `tag-key`; absent: these are not known
 * @throws Ec2Error InvalidParameterValue, MissingParameter, FilterLimitExceeded
 */
export function readFilters<Item>(
  parameters: Parameters,
  fields: Fields<Item>,
  tagsOf?: (item: Item) => Tags,
): Test<Item> {
  const filters = parameters.structures('Filter').map((filter) => ({
    name: filter.requiredText('Name'),
    values: filter.texts('Value'),
  }));
  const count = filters.reduce((sum, { values }) => sum + values.length, 0);
  if (count > MAXIMUM_VALUES) {
    throw new Ec2Error(
      'FilterLimitExceeded',
      `The maximum length for a filter value list is ${MAXIMUM_VALUES}`,
    );
  }
  const tests = filters.map(({ name, values }) => {
    if (values.length === 0) throw missingParameter('Filter.N.Value');
    for (const value of values) requireShort(name, value);
    return testOf(name, values, fields, tagsOf);
  });
  return (item) => tests.every((test) => test(item));
}

function testOf<Item>(
  name: string,
  patterns: readonly string[],
  fields: Fields<Item>,
  tagsOf: ((item: Item) => Tags) | undefined,
): Test<Item> {
  const fits = (value: string | number | undefined): boolean =>
    value !== undefined && patterns.some((pattern) => matchesWildcard(pattern, String(value), true));
  if (Object.hasOwn(fields, name)) {
    const field = fields[name] as Field<Item>;
    return (item) => fits(field(item));
  }
  if (tagsOf !== undefined && name === 'tag-key') return (item) => Object.keys(tagsOf(item)).some(fits);
  if (tagsOf !== undefined && name.startsWith(TAG_PREFIX)) {
    const key = name.slice(TAG_PREFIX.length);
    return (item) => {
      const tags = tagsOf(item);
      return Object.hasOwn(tags, key) && fits(tags[key]);
    };
  }
  throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
}

/** Longer than anything that it could match. */
function requireShort(name: string, value: string): void {
  if (value.length <= MAXIMUM_VALUE_CHARACTERS) return;
  throw new Ec2Error('InvalidParameterValue', `A value of the filter '${name}' is too long`);
}
