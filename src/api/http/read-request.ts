/** Reads requests: a head as signatures and protocols need it, and a body within bounds. */
import type { IncomingMessage } from 'node:http';
import type { Holding } from '../../listen/held-bytes.js';
import { isPlainlyFramed, MAXIMUM_HEADERS } from '../../listen/http-server.js';
import { parsePairs, type SignedRequest } from '../authentication/signed-request.js';
import { ExpectedError, RequestError, tooBusy } from '../errors.js';

/** Headers of which there may be one: with two it would be open which one counts. */
const SINGLE_HEADERS =
  /^(authorization|host|content-type|content-length|transfer-encoding|smithy-protocol|x-amz-.*)$/;
/** CreateTags for 1000 resources with 50 of the longest tags has a third of it. */
const MAXIMUM_BODY_BYTES = 2 ** 20;
/** Bytes of a refused body that are read and discarded, so that the client gets as far as reading the response. */
const MAXIMUM_DISCARDED_BYTES = 8 * 2 ** 20;

type Head = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'httpVersion'>;

/** The client closed the connection before its request was complete. */
export class ClientGoneError extends ExpectedError<'client-gone'> {
  constructor(message?: string, options?: ErrorOptions) {
    super('client-gone', message ?? 'The client is gone', options);
  }
}

/** @throws RequestError malformed */
export function readHead(request: Head): SignedRequest {
  const { method = '', url = '' } = request;
  const headers = readHeaders(request);
  if (!isPlainlyFramed(request)) {
    const text = `The request must be HTTP/1.1, with less than ${MAXIMUM_HEADERS} headers, and a length or plain chunks`;
    throw new RequestError('malformed', text);
  }
  if (url.includes('#')) throw new RequestError('malformed', 'The request has a fragment behind its path');
  const queryAt = url.indexOf('?');
  return {
    method,
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: parsePairs(queryAt < 0 ? '' : url.slice(queryAt + 1)),
    headers,
  };
}

/**
 * Reads a whole body.
 * @param holding counts the bytes that are held
 * @throws RequestError too-large, busy; ClientGoneError (rejects)
 */
export async function readBody(request: IncomingMessage, holding: Holding): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAXIMUM_BODY_BYTES) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  await forEachPart(request, (part) => {
    if (bytes + part.length > MAXIMUM_BODY_BYTES) throw tooLarge();
    if (!holding.add(part.length)) throw tooBusy();
    bytes += part.length;
    parts.push(part);
    return true;
  });
  return Buffer.concat(parts);
}

/**
 * Discards the rest of a body; if it is too long, only the beginning of the rest.
 * @throws ClientGoneError (rejects)
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  let bytes = 0;
  await forEachPart(request, (part) => {
    bytes += part.length;
    return bytes < MAXIMUM_DISCARDED_BYTES;
  });
}

/** Names in lower case; values of the same name are joined as in RFC 9110 section 5.3. */
function readHeaders({ rawHeaders }: Head): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    if (before !== undefined && SINGLE_HEADERS.test(name)) {
      throw new RequestError('malformed', `The header ${name} occurs more than once`);
    }
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/**
 * Unlike an iterator, leaves the connection open when it ends early.
 * @param onPart returns whether to go on; an error ends it too
 */
function forEachPart(request: IncomingMessage, onPart: (part: Buffer) => boolean): Promise<void> {
  if (request.complete && request.readableLength === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onData = (part: Buffer): void => {
      try {
        if (onPart(part)) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      request.off('data', onData);
      request.pause();
    };
    request.on('data', onData);
    request.once('end', resolve);
    request.once('close', () => {
      if (!request.complete) reject(new ClientGoneError());
    });
    request.on('error', () => {});
    request.resume();
  });
}

function tooLarge(): RequestError {
  return new RequestError('too-large', `The body must not be larger than ${MAXIMUM_BODY_BYTES} bytes`);
}
