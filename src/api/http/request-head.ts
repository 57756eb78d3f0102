/** What Node tells of a request before its body, in the form that signatures and protocols are judged by. */
import type { IncomingMessage } from 'node:http';
import { parsePairs, type SignedRequest } from '../authentication/signed-request.js';
import { RequestRefusal } from '../request-refusal.js';

/** Two of these would leave open which one counts. */
const SINGLE_HEADERS = /^(authorization|host|content-type|content-length|smithy-protocol|x-amz-.*)$/;

/** @throws RequestRefusal malformed */
export function readHead({ method = '', url = '', headersDistinct }: IncomingMessage): SignedRequest {
  const headers = new Map<string, string>();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    if (values.length > 1 && SINGLE_HEADERS.test(name)) {
      throw new RequestRefusal('malformed', `The header ${name} occurs more than once`);
    }
    headers.set(name, values.join(','));
  }
  const queryAt = url.indexOf('?');
  return {
    method,
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: parsePairs(queryAt < 0 ? '' : url.slice(queryAt + 1)),
    headers,
  };
}
