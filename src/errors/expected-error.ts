/** The base of errors that are foreseen: what a user, a client, a file or the system did, and no fault of ours. */

/** Has a stable code; its message is one line for whoever can do something about it. */
export class ExpectedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
