/** Errors of CloudWatch. Each has two names: the code in AWS Query, and the shape in the other protocols. */
import { ExpectedError } from '../errors.js';

/** Shapes by code. */
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

/** HTTP status by error code; all other codes have 400. */
const STATUS: Partial<Readonly<Record<MonitoringErrorCode, number>>> = {
  AccessDenied: 403,
  InternalServiceError: 500,
};

const BAD_REQUEST = 400;

/** An error that is sent to the caller with its message. */
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
