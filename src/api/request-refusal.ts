/** Requests that no service sees: what is wrong with them, and what each protocol calls it. */

export type RefusalKind =
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
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
