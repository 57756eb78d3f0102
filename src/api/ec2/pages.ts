/** Pages of Describe answers. */
import type { Structure } from './answer.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';

const PAGE_SIZE = { minimum: 5, maximum: 1000 } as const;

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

/**
 * One page of a list.
 * @param name the element of the list
 * @param places ascending by position, already filtered
 */
export function pageContent<Item>(
  call: Ec2Call,
  { size, after }: PageRequest,
  name: string,
  places: Iterable<Place<Item>>,
  contentOf: (item: Item) => Structure,
): Structure {
  const items: Structure[] = [];
  let last: Position | undefined;
  for (const { item, position } of places) {
    if (after !== undefined && compare(position, after) <= 0) continue;
    if (items.length === size) return { [name]: items, nextToken: formatToken(call.action, last ?? []) };
    items.push(contentOf(item));
    last = position;
  }
  return { [name]: items };
}

/**
 * Without MaxResults a page has 1000 items: what takes longer keeps other calls waiting.
 * @throws Ec2Error InvalidParameterValue, InvalidPaginationToken
 */
export function readPageRequest({ parameters, action }: Ec2Call): PageRequest {
  const { minimum, maximum } = PAGE_SIZE;
  const size = parameters.integer('MaxResults') ?? maximum;
  if (size < minimum || size > maximum) {
    throw invalidValue(size, 'maxResults', `Expecting a value between ${minimum} and ${maximum}`);
  }
  const token = parameters.text('NextToken');
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
