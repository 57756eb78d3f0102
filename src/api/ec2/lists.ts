/**
 * Lists of Describe actions: the items that pass the filters of the request
 * (`Filter.1.Name=owner-id&Filter.1.Value.1=1111*`), page by page.
 */
import type { Tags } from '../../resources/tags.js';
import { TEXT_BOUNDS } from '../../resources/text.js';
import { digestOf } from '../client-tokens.js';
import { Wildcard } from '../wildcard.js';
import { allowRejection } from '../work-queue.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue, missingParameter } from './ec2-error.js';
import type { Parameters } from './parameters.js';
import { RenderedItems, type Structure } from './response.js';

/** EC2's limit on all values of a request. */
const MAXIMUM_VALUES = 200;

/** The most steps that all comparisons of a request may take: less than a second. */
const MAXIMUM_WORK = 2 ** 28;

const TAG_PREFIX = 'tag:';

const PAGE_SIZE = { minimum: 5, maximum: 1000 } as const;

/** A page may have fewer items than it could: a filter with the tags of its rules can have a hundred kilobytes. */
const MAXIMUM_PAGE_CHARACTERS = 2 ** 20;

type FieldValue = string | number | boolean;

/** The value that filters compare, or several, one of which must fit; undefined: none, so that no filter fits. */
type Field<Item> = (item: Item) => FieldValue | readonly FieldValue[] | undefined;

/** Fields by the names of their filters. */
export type Fields<Item> = Readonly<Record<string, Field<Item>>>;

/** @throws Ec2Error FilterLimitExceeded when the comparisons of the request took too many steps */
type FilterTest<Item> = (item: Item) => boolean;

/** The sort key of an item. The next page starts behind it, even if the item was deleted meanwhile. */
type Position = readonly (number | string)[];

/** An item with its position. */
export interface Positioned<Item> {
  readonly item: Item;
  readonly position: Position;
}

interface PageRequest {
  readonly size: number;
  readonly after: Position | undefined;
}

/** A list that has no pages. */
export const WHOLE_LIST: PageRequest = { size: Number.POSITIVE_INFINITY, after: undefined };

/** What may change from one page of a list to the next. */
const OUTSIDE_TOKEN = ['Action', 'DryRun', 'MaxResults', 'NextToken', 'Version'];

/** Names of filters that EC2 has and for which nothing here has a value: none of them ever fits. */
export function valueless<const Name extends string>(names: readonly Name[]): Fields<unknown> {
  return Object.fromEntries(names.map((name) => [name, () => undefined]));
}

/** The list that a page is taken from. */
interface Listing<Item> {
  /** The element of the list. */
  readonly name: string;
  /**
   * All items, ascending by position. Called when the page is begun, and iterated later: it must give the items of the
   * moment of the call. `undefined` stands for no item; between items it lets other work run.
   */
  readonly items: () => Iterable<Positioned<Item> | undefined>;
  readonly fits: (item: Item) => boolean;
  readonly contentOf: (item: Item) => Structure;
}

/**
 * Reads the filters of a request. An item passes when every filter has a value that fits it. Values are
 * case-sensitive and may have wildcards.
 * @param tagsOf for the filters `tag:KEY` and `tag-key`; without it they are refused
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

/**
 * Makes one page of a list, in slices, from the state of one moment. Resolves when all that it shows is durable.
 * @throws Ec2Error FilterLimitExceeded; StateError (rejects)
 */
export function makePage<Item>(
  call: Ec2Call,
  { size, after }: PageRequest,
  { name, items, fits, contentOf }: Listing<Item>,
): Promise<Structure> {
  const { work, store } = call.context;
  return work.run(call.principal.arn, async (slices) => {
    const candidates = items();
    // The page shows the state of this moment, and must wait until that is durable.
    const durable = allowRejection(store.settled());
    const page = new RenderedItems();
    let last: Position | undefined;
    let nextToken: string | undefined;
    for (const candidate of candidates) {
      if (slices.isOver) await slices.next();
      if (candidate === undefined) continue;
      const { item, position } = candidate;
      if ((after !== undefined && compare(position, after) <= 0) || !fits(item)) continue;
      if (page.count === size || page.characters >= MAXIMUM_PAGE_CHARACTERS) {
        nextToken = formatToken(call, last ?? []);
        break;
      }
      page.add(contentOf(item));
      last = position;
    }
    await durable;
    return { [name]: page, nextToken };
  });
}

/**
 * Reads MaxResults and NextToken. Without MaxResults a page has 1000 items.
 * @throws Ec2Error InvalidParameterValue, InvalidPaginationToken
 */
export function readPageRequest(call: Ec2Call): PageRequest {
  const { parameters } = call;
  const { minimum, maximum } = PAGE_SIZE;
  const size = parameters.integer('MaxResults') ?? maximum;
  if (size < minimum || size > maximum) {
    throw invalidValue(size, 'maxResults', `Expecting a value between ${minimum} and ${maximum}`);
  }
  const token = parameters.text('NextToken', TEXT_BOUNDS.pageToken);
  return { size, after: token === undefined ? undefined : parseToken(call, token) };
}

function testOf<Item>(
  name: string,
  values: Values,
  fields: Fields<Item>,
  tagsOf: ((item: Item) => Tags) | undefined,
): FilterTest<Item> {
  if (Object.hasOwn(fields, name)) {
    const field = fields[name] as Field<Item>;
    return (item) => {
      const value = field(item);
      return isList(value) ? value.some((one) => values.fit(one)) : values.fit(value);
    };
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
  /** Compiled at the first comparison, which runs in a slice. */
  #wildcards: Wildcard[] | undefined;

  constructor(values: readonly string[], work: Work) {
    this.#values = values;
    this.#work = work;
  }

  fit(value: FieldValue | undefined): boolean {
    if (value === undefined) return false;
    const text = String(value);
    this.#wildcards ??= this.#compile();
    if (this.#literals.has(text)) return true;
    // Texts kept by older versions may be longer.
    const shown = text.slice(0, TEXT_BOUNDS.matched);
    return this.#wildcards.some((wildcard) => {
      this.#work.spend(wildcard.costOf(shown));
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

/** The steps that a request may still spend on comparisons. */
class Work {
  #left = MAXIMUM_WORK;

  spend(cost: number): void {
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

function isList(value: FieldValue | readonly FieldValue[] | undefined): value is readonly FieldValue[] {
  return Array.isArray(value);
}

function formatToken(call: Ec2Call, position: Position): string {
  return Buffer.from(JSON.stringify([queryOf(call), ...position])).toString('base64url');
}

/** @throws Ec2Error InvalidPaginationToken, also for the token of another list */
function parseToken(call: Ec2Call, token: string): Position {
  const parts = parseJson(Buffer.from(token, 'base64url').toString());
  if (Array.isArray(parts) && parts[0] === queryOf(call) && parts.every(isStep)) return parts.slice(1);
  throw new Ec2Error('InvalidPaginationToken', 'The specified pagination token is not valid');
}

/** A digest of the list that a request asks for: a position means nothing in another one. */
function queryOf({ action, accountId, parameters }: Ec2Call): string {
  return digestOf([action, accountId, parameters.sorted(OUTSIDE_TOKEN)]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStep(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

function compare(a: Position, b: Position): number {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (step !== other) return step < other ? -1 : 1;
  }
  return a.length - b.length;
}
