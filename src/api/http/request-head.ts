/** What Node tells of a request before its body, in the form that signatures and protocols are judged by. */

import type { IncomingMessage } from 'node:http';
import { isPlainlyFramed, MAXIMUM_HEADERS } from '../../listen/plain-framing.js';
import { parsePairs, type SignedRequest } from '../authentication/signed-request.js';
import { RequestRefusal } from '../request-refusal.js';

/** Two of these would leave open which one counts. */
const SINGLE_HEADERS =
  /^(authorization|host|content-type|content-length|transfer-encoding|smithy-protocol|x-amz-.*)$/;

type Head = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'httpVersion'>;

/** @throws RequestRefusal malformed */
export function readHead(request: Head): SignedRequest {
  const { method = '', url = '' } = request;
  const headers = readHeaders(request);
  if (!isPlainlyFramed(request)) {
    const text = `The request must be HTTP/1.1, with less than ${MAXIMUM_HEADERS} headers, and a length or plain chunks`;
    throw new RequestRefusal('malformed', text);
  }
  if (url.includes('#')) throw new RequestRefusal('malformed', 'The request has a fragment behind its path');
  const queryAt = url.indexOf('?');
  return {
    method,
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: parsePairs(queryAt < 0 ? '' : url.slice(queryAt + 1)),
    headers,
  };
}

/** Names in lower case; values of the same name are joined as RFC 9110 section 5.3 has it. */
function readHeaders({ rawHeaders }: Head): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    if (before !== undefined && SINGLE_HEADERS.test(name)) {
      throw new RequestRefusal('malformed', `The header ${name} occurs more than once`);
    }
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}
