/** What can go wrong with the durable state. */

import { ExpectedError } from '../../errors/expected-error.js';

/**
 * damaged: the file on disk is not what was written. unsupported: a later version wrote it. unavailable: this change
 * was not made; later ones may be. uncertain: whether this change comes back after a new start is not known.
 */
type StateFailure = 'damaged' | 'unsupported' | 'unavailable' | 'uncertain';

/** Of `unavailable` and `uncertain` the message is for clients: it names no path. The cause is for the log. */
export class StateError extends ExpectedError<StateFailure> {
  constructor(code: StateFailure, text: string, cause?: unknown) {
    super(code, text, { cause });
  }
}
