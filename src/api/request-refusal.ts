/** Requests that the server refuses before a service receives them. */
import { ExpectedError } from '../errors/expected-error.js';

/** What is wrong with the request. Each protocol has its own code for it. */
export type RefusalCode =
  | 'missing-credentials'
  | 'incomplete-signature'
  | 'unknown-access-key'
  | 'wrong-signature'
  | 'wrong-scope'
  | 'expired'
  | 'malformed'
  | 'missing-action'
  | 'unknown-operation'
  | 'too-large'
  | 'busy'
  | 'internal';

/** The error for a request that is refused. */
export class RequestRefusal extends ExpectedError<RefusalCode> {}

/** The error for a request that there is no room for. */
export function tooBusy(): RequestRefusal {
  return new RequestRefusal('busy', 'Too many requests at once; try again');
}
