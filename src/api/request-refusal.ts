/** Requests that no service sees: what is wrong with them, and what each protocol calls it. */

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

export class RequestRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** There is no room for the request now. */
export function tooBusy(): RequestRefusal {
  return new RequestRefusal('busy', 'Too many requests at once; try again');
}
