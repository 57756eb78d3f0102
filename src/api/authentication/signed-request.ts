/** The parts of a request that a signature covers. */
import { show } from '../../resources/parsed.js';
import { RequestError } from '../errors.js';

/** CreateTags for 1000 resources with 1000 tags has 3000, GetMetricData with 500 queries of every member 6000. */
const MAXIMUM_PAIRS = 10_000;

export interface SignedRequest {
  readonly method: string;
  /** Undecoded. */
  readonly path: string;
  /** Decoded; each name occurs once. */
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name; each occurs once. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Parses `a=b&c=d`, a query string or a form.
 * @throws RequestError malformed for bad escapes, for names that occur twice, and for too many pairs
 */
export function parsePairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  const parts = text.split('&', MAXIMUM_PAIRS + 1);
  if (parts.length > MAXIMUM_PAIRS)
    throw new RequestError('malformed', `The request has more than ${MAXIMUM_PAIRS} parameters`);
  for (const pair of parts) {
    if (pair === '') continue;
    const equalsAt = pair.includes('=') ? pair.indexOf('=') : pair.length;
    const name = decode(pair.slice(0, equalsAt));
    if (pairs.has(name))
      throw new RequestError('malformed', `The parameter ${show(name)} occurs more than once`);
    pairs.set(name, decode(pair.slice(equalsAt + 1)));
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RequestError('malformed', 'The request contains an escape that is not UTF-8');
  }
}
