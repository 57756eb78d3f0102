/** Errors of the EC2 API: codes and texts that its clients know. */

import { ExpectedError } from '../errors.js';

/** HTTP status of the codes that do not have 400. */
const STATUS: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  DryRunOperation: 412,
  InternalError: 500,
  ServiceUnavailable: 503,
  UnauthorizedOperation: 403,
};

const BAD_REQUEST = 400;

/** Told to the caller as it is. Its code is one of the list of EC2's error codes. */
export class Ec2Error extends ExpectedError {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }
}

/**
 * A value that the model does not allow.
 * @param parameter its name as EC2 tells it, in camelCase
 * @param why one sentence without its full stop
 */
export function invalidValue(value: unknown, parameter: string, why: string): Ec2Error {
  return new Ec2Error(
    'InvalidParameterValue',
    `Value (${shorten(String(value))}) for parameter ${parameter} is invalid. ${why}.`,
  );
}

export function missingParameter(name: string): Ec2Error {
  return new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidCombination(why: string): Ec2Error {
  return new Ec2Error('InvalidParameterCombination', why);
}

/** Parameters are told in camelCase, as EC2 does. */
export function uncapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const SHOWN_CHARACTERS = 100;

/** What came from outside, in a message. */
export function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
