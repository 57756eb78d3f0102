/** What can go wrong with the durable state. */

/** damaged: the file on disk is not what was written. unavailable: this change could not be made; later ones may. */
type StateFailure = 'damaged' | 'unavailable';

export class StateError extends Error {
  readonly code: StateFailure;

  constructor(code: StateFailure, text: string, cause?: unknown) {
    super(text, { cause });
    this.code = code;
  }
}
