/** Errors of the control API that are expected: a user, a client, a file or the system caused them, not a bug. */

/** Each kind has a stable code; the message is one line for the person who can act on it. */
export class ExpectedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is wrong with a request that reaches no service; `http/protocol.ts` has each protocol's name for it. */
export type RequestErrorCode =
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

/** A request that reaches no service. */
export class RequestError extends ExpectedError<RequestErrorCode> {}

/** There is no room for the request now. */
export function tooBusy(): RequestError {
  return new RequestError('busy', 'Too many requests at once; try again');
}

/**
 * damaged: the file on disk is not what was written. unsupported: a later version wrote it. unavailable: this change
 * was not made; later ones may succeed. uncertain: it is not known whether this change is there after a restart.
 */
type StateErrorCode = 'damaged' | 'unsupported' | 'unavailable' | 'uncertain';

/** What is wrong with the durable state. Clients see the message of `unavailable` and `uncertain`: it has no path. */
export class StateError extends ExpectedError<StateErrorCode> {
  /** @param cause for the log */
  constructor(code: StateErrorCode, text: string, cause?: unknown) {
    super(code, text, { cause });
  }
}
