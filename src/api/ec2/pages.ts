/** Pages of Describe answers. */
import { TEXT_BOUNDS } from '../../resources/text.js';
import { watched } from '../work-queue.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import { RenderedItems, type Structure } from './response.js';

const PAGE_SIZE = { minimum: 5, maximum: 1000 } as const;

/** A page may have fewer items than it could: a filter with the tags of its rules can have a hundred kilobytes. */
const MAXIMUM_PAGE_CHARACTERS = 2 ** 20;

/** Where an item stands in the list; a page goes on behind it, whatever was deleted meanwhile. */
type Position = readonly (number | string)[];

export interface Place<Item> {
  readonly item: Item;
  readonly position: Position;
}

interface PageRequest {
  readonly size: number;
  readonly after: Position | undefined;
}

/** What a page is made of. */
export interface Listing<Item> {
  /** The element of the list. */
  readonly name: string;
  /**
   * All items, ascending by position. Called when the page is begun: what it gives must be of that moment, also when
   * it is iterated later. `undefined` is no item, but lets other work go on.
   */
  readonly places: () => Iterable<Place<Item> | undefined>;
  readonly fits: (item: Item) => boolean;
  readonly contentOf: (item: Item) => Structure;
}

/**
 * One page of a list, made in slices, of one moment. Resolves when all that it shows is durable.
 * @throws Ec2Error FilterLimitExceeded; StateError (reject)
 */
export function makePage<Item>(
  call: Ec2Call,
  { size, after }: PageRequest,
  { name, places, fits, contentOf }: Listing<Item>,
): Promise<Structure> {
  const { work, store } = call.context;
  return work.run(call.principal.arn, async (slices) => {
    const candidates = places();
    // What is shown must not be taken back; what is changed from here on is not shown.
    const durable = watched(store.settled());
    const items = new RenderedItems();
    let last: Position | undefined;
    let nextToken: string | undefined;
    for (const place of candidates) {
      if (slices.isOver) await slices.next();
      if (place === undefined) continue;
      const { item, position } = place;
      if ((after !== undefined && compare(position, after) <= 0) || !fits(item)) continue;
      if (items.count === size || items.characters >= MAXIMUM_PAGE_CHARACTERS) {
        nextToken = formatToken(call.action, last ?? []);
        break;
      }
      items.add(contentOf(item));
      last = position;
    }
    await durable;
    return { [name]: items, nextToken };
  });
}

/**
 * Without MaxResults a page has 1000 items.
 * @throws Ec2Error InvalidParameterValue, InvalidPaginationToken
 */
export function readPageRequest({ parameters, action }: Ec2Call): PageRequest {
  const { minimum, maximum } = PAGE_SIZE;
  const size = parameters.integer('MaxResults') ?? maximum;
  if (size < minimum || size > maximum) {
    throw invalidValue(size, 'maxResults', `Expecting a value between ${minimum} and ${maximum}`);
  }
  const token = parameters.text('NextToken', TEXT_BOUNDS.pageToken);
  return { size, after: token === undefined ? undefined : parseToken(action, token) };
}

function formatToken(action: string, position: Position): string {
  return Buffer.from(JSON.stringify([action, ...position])).toString('base64url');
}

function parseToken(action: string, token: string): Position {
  const parts = parseJson(Buffer.from(token, 'base64url').toString());
  if (Array.isArray(parts) && parts[0] === action && parts.every(isStep)) return parts.slice(1);
  throw new Ec2Error('InvalidPaginationToken', 'The specified pagination token is not valid');
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
