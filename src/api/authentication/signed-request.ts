/** A request as its signature sees it. */
import { show } from '../../resources/parsed.js';
import { RequestRefusal } from '../request-refusal.js';

export interface SignedRequest {
  readonly method: string;
  /** Undecoded. */
  readonly path: string;
  /** Decoded; every name once. */
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name; every name once. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * `a=b&c=d`, as a query string and as a form.
 * @throws RequestRefusal malformed for bad escapes and for names that occur twice
 */
export function parsePairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    const decodedName = decode(name);
    if (pairs.has(decodedName))
      throw new RequestRefusal('malformed', `The parameter ${show(decodedName)} occurs more than once`);
    pairs.set(decodedName, decode(value.join('=')));
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RequestRefusal('malformed', 'The request contains an escape that is not UTF-8');
  }
}
