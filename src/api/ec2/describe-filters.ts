/** Filters of Describe requests: `Filter.1.Name=owner-id&Filter.1.Value.1=1111*`. */
import type { Tags } from '../../resources/tags.js';
import { TEXT_BOUNDS } from '../../resources/text.js';
import { Wildcard } from '../wildcard.js';
import { Ec2Error, missingParameter } from './ec2-error.js';
import type { Parameters } from './parameters.js';

/** EC2's limit on all values of a request. */
const MAXIMUM_VALUES = 200;

/** Steps of comparisons: less than a second. */
const MAXIMUM_WORK = 2 ** 28;

const TAG_PREFIX = 'tag:';

/** What an item shows to a filter; undefined: nothing, so that no value fits. */
type Field<Item> = (item: Item) => string | number | undefined;

/** Filter names with the fields that they look at. */
export type Fields<Item> = Readonly<Record<string, Field<Item>>>;

/** @throws Ec2Error FilterLimitExceeded when the request has looked at too much */
export type FilterTest<Item> = (item: Item) => boolean;

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
): FilterTest<Item> {
  const filters = parameters.structures('Filter');
  requireCount(filters.length);
  const work = new Work();
  let count = 0;
  const tests = filters.map((filter) => {
    const name = filter.requiredText('Name');
    const values = filter.texts('Value', TEXT_BOUNDS.filterValue);
    if (values.length === 0) throw missingParameter('Filter.N.Value');
    count += values.length;
    requireCount(count);
    return testOf(name, new Values(values, work), fields, tagsOf);
  });
  return (item) => tests.every((test) => test(item));
}

function testOf<Item>(
  name: string,
  values: Values,
  fields: Fields<Item>,
  tagsOf: ((item: Item) => Tags) | undefined,
): FilterTest<Item> {
  if (Object.hasOwn(fields, name)) {
    const field = fields[name] as Field<Item>;
    return (item) => values.fit(field(item));
  }
  if (tagsOf !== undefined && name === 'tag-key') {
    return (item) => Object.keys(tagsOf(item)).some((key) => values.fit(key));
  }
  if (tagsOf !== undefined && name.startsWith(TAG_PREFIX)) {
    const key = name.slice(TAG_PREFIX.length);
    return (item) => {
      const tags = tagsOf(item);
      return Object.hasOwn(tags, key) && values.fit(tags[key]);
    };
  }
  throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
}

/** The values of one filter. */
class Values {
  readonly #values: readonly string[];
  readonly #work: Work;
  readonly #literals = new Set<string>();
  /** Undefined until the first comparison: compiling is work of a slice. */
  #wildcards: Wildcard[] | undefined;

  constructor(values: readonly string[], work: Work) {
    this.#values = values;
    this.#work = work;
  }

  fit(value: string | number | undefined): boolean {
    if (value === undefined) return false;
    const text = String(value);
    this.#wildcards ??= this.#compile();
    if (this.#literals.has(text)) return true;
    // Only texts from before there were bounds are longer.
    const shown = text.slice(0, TEXT_BOUNDS.matched);
    return this.#wildcards.some((wildcard) => {
      this.#work.take(wildcard.costOf(shown));
      return wildcard.matches(shown);
    });
  }

  #compile(): Wildcard[] {
    const wildcards = this.#values.map((value) => new Wildcard(value, true));
    return wildcards.filter(({ literal }) => {
      if (literal !== undefined) this.#literals.add(literal);
      return literal === undefined;
    });
  }
}

/** What a request has compared so far. */
class Work {
  #left = MAXIMUM_WORK;

  take(cost: number): void {
    this.#left -= cost;
    if (this.#left >= 0) return;
    throw new Ec2Error(
      'FilterLimitExceeded',
      'The filters take too long; use fewer values with wildcards, or shorter ones',
    );
  }
}

function requireCount(count: number): void {
  if (count <= MAXIMUM_VALUES) return;
  throw new Ec2Error(
    'FilterLimitExceeded',
    `The maximum length for a filter value list is ${MAXIMUM_VALUES}`,
  );
}
