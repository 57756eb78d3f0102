/** Errors of Resource Access Manager: codes that its clients make their exceptions of. */

import { ExpectedError } from '../errors.js';

/** HTTP status of the codes that do not have 400. */
const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ServerInternalException: 500,
  ServiceUnavailableException: 503,
};

const BAD_REQUEST = 400;

/** Told to the caller as it is. Its code is as in the service's API reference, with `Exception` at its end. */
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
