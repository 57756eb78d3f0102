/** Errors of the service `traffic-mirror`. A code is the name of the error's shape. */
import { ExpectedError } from '../errors.js';

export type TrafficMirrorErrorCode =
  | 'AccessDeniedException'
  | 'InvalidNextTokenException'
  | 'InvalidParameterCombinationException'
  | 'InvalidParameterValueException'
  | 'MissingRequiredParameterException'
  | 'ResourceNotFoundException'
  | 'ServiceUnavailableException'
  | 'ThrottlingException'
  | 'TooManyPeekersException'
  | 'UnknownOperationException';

/** HTTP status by error code; all other codes have 400. */
const STATUS: Partial<Readonly<Record<TrafficMirrorErrorCode, number>>> = {
  AccessDeniedException: 403,
  ServiceUnavailableException: 503,
};

const BAD_REQUEST = 400;

/** An error that is sent to the caller with its message. */
export class TrafficMirrorError extends ExpectedError<TrafficMirrorErrorCode> {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }
}

export function invalidValue(message: string): TrafficMirrorError {
  return new TrafficMirrorError('InvalidParameterValueException', message);
}
