/** Errors of CloudWatch, which has two names for each: that of AWS Query, and that of its other protocols. */

import { ExpectedError } from '../errors.js';

const SHAPES = {
  AccessDenied: 'AccessDeniedException',
  InternalServiceError: 'InternalServiceFault',
  InvalidAction: 'UnknownOperationException',
  InvalidNextToken: 'InvalidNextToken',
  InvalidParameterCombination: 'InvalidParameterCombinationException',
  InvalidParameterValue: 'InvalidParameterValueException',
  MissingParameter: 'MissingRequiredParameterException',
} as const;

export type MonitoringErrorCode = keyof typeof SHAPES;

/** HTTP status of the codes that do not have 400. */
const STATUS: Partial<Readonly<Record<MonitoringErrorCode, number>>> = {
  AccessDenied: 403,
  InternalServiceError: 500,
};

const BAD_REQUEST = 400;

/** Told to the caller as it is. */
export class MonitoringError extends ExpectedError<MonitoringErrorCode> {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }

  /** Its name in AWS JSON and CBOR. */
  get shape(): string {
    return SHAPES[this.code];
  }
}

export function invalidValue(message: string): MonitoringError {
  return new MonitoringError('InvalidParameterValue', message);
}
