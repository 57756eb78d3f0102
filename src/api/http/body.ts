/** Bodies of requests, within bounds of their own and of all of them together. */

import type { IncomingMessage } from 'node:http';
import type { Holding } from '../../listen/held-bytes.js';
import { ExpectedError, RequestError, tooBusy } from '../errors.js';

/** CreateTags for 1000 resources with 50 of the longest tags has a third of it. */
const MAXIMUM_BODY_BYTES = 2 ** 20;
/** What is read of a refused body and thrown away, so that the client is there to read the answer. */
const MAXIMUM_DISCARDED_BYTES = 8 * 2 ** 20;
/** The client went away before its request was complete. */
export class ClientGoneError extends ExpectedError<'client-gone'> {
  constructor(message?: string, options?: ErrorOptions) {
    super('client-gone', message ?? 'The client is gone', options);
  }
}

/**
 * Reads a whole body.
 * @param holding counts what is held
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
 * Throws away what is left of a body; of one that is too long, only the beginning.
 * @throws ClientGoneError (rejects)
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  let bytes = 0;
  await forEachPart(request, (part) => {
    bytes += part.length;
    return bytes < MAXIMUM_DISCARDED_BYTES;
  });
}

/**
 * Unlike an iterator, leaves the connection open when it ends early.
 * @param take tells whether to go on; an error ends it too
 */
function forEachPart(request: IncomingMessage, take: (part: Buffer) => boolean): Promise<void> {
  if (request.complete && request.readableLength === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onData = (part: Buffer): void => {
      try {
        if (take(part)) return;
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
