/** Errors of Elastic Load Balancing, with the codes that its clients know. */
import { ExpectedError } from '../errors.js';

/** HTTP status by error code; all other codes have 400. */
const STATUS: Readonly<Record<string, number>> = { AccessDenied: 403 };

const BAD_REQUEST = 400;

/** An error that is sent to the caller with its message. Its code is that of the API reference. */
export class Elbv2Error extends ExpectedError {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }
}

export function validationError(message: string): Elbv2Error {
  return new Elbv2Error('ValidationError', message);
}

/** The error for ARNs and names that nothing has. @param what such as `LoadBalancer`. @param words the same in a sentence */
export function notFound(what: string, words: string, missing: readonly string[]): Elbv2Error {
  return new Elbv2Error(`${what}NotFound`, `${words} '[${missing.join(', ')}]' not found`);
}
