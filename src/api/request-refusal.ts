/** Requests that no service sees: what is wrong with them, and what each protocol calls it. */

import { ExpectedError } from '../errors/expected-error.js';
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

/** A request that no service sees. */
export class RequestRefusal extends ExpectedError<RefusalCode> {}

/** There is no room for the request now. */
export function tooBusy(): RequestRefusal {
  return new RequestRefusal('busy', 'Too many requests at once; try again');
}
