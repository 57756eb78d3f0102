/** Pages of lists: each ends with the key of its last item, so that items may come and go between two pages. */
import { RamError } from './ram-error.js';

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextToken?: string;
}

const DEFAULT_RESULTS = 500;
const TOKEN = /^[A-Za-z0-9_-]+$/;

/**
 * @param keyOf unique; lists are sorted by it
 * @throws RamError InvalidNextTokenException
 */
export function takePage<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { nextToken, maxResults = DEFAULT_RESULTS }: PageRequest,
): Page<Item> {
  const after = nextToken === undefined ? '' : readToken(nextToken);
  const rest = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, maxResults).map(({ item }) => item);
  const last = rest[maxResults - 1];
  if (last === undefined || rest.length === maxResults) return { items: page };
  return { items: page, nextToken: Buffer.from(last.key).toString('base64url') };
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (!TOKEN.test(token) || !key.startsWith('arn:'))
    throw new RamError('InvalidNextTokenException', 'The nextToken is not valid');
  return key;
}
