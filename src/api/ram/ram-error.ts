/** Errors of Resource Access Manager, with the codes that its clients know. */
import { ExpectedError } from '../errors.js';

/** HTTP status by error code; all other codes have 400. */
const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ServerInternalException: 500,
  ServiceUnavailableException: 503,
};

const BAD_REQUEST = 400;

/**
 * An error that is sent to the caller with its message. Its code is that of the API reference, with `Exception` at its
 * end.
 */
export class RamError extends ExpectedError {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }
}

export function invalidParameter(message: string): RamError {
  return new RamError('InvalidParameterException', message);
}

export function unknownResource(arn: string): RamError {
  return new RamError('UnknownResourceException', `${arn} was not found`);
}
