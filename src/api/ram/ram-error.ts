/** Errors of Resource Access Manager: codes that its clients make their exceptions of. */

/** HTTP status of the codes that do not have 400. */
const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ServerInternalException: 500,
  ServiceUnavailableException: 503,
};

const BAD_REQUEST = 400;

/** A refusal, told to the caller as it is. */
export class RamError extends Error {
  /** As in the service's API reference, with `Exception` at its end. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

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
