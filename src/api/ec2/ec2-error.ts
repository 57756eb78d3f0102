/** Errors of the EC2 API, with the codes and messages that its clients know. */
import { ExpectedError } from '../errors.js';

/** HTTP status by error code; all other codes have 400. */
const STATUS: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  DryRunOperation: 412,
  InternalError: 500,
  ServiceUnavailable: 503,
  UnauthorizedOperation: 403,
};

const BAD_REQUEST = 400;

const SHOWN_CHARACTERS = 100;

/** An error that is sent to the caller with its message. Its code is one of EC2's list of error codes. */
export class Ec2Error extends ExpectedError {
  get status(): number {
    return STATUS[this.code] ?? BAD_REQUEST;
  }
}

/**
 * The error for a value that is not allowed.
 * @param parameter its name in camelCase, as in EC2's messages
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

/** The name of a parameter in EC2's messages, which have camelCase. */
export function uncapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The parameter of a member, or a text as the begin of a sentence. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The error for a resource that the caller sees, and only its owner can change or use so. */
export function belongsToAnother(id: string, ownerId: string): Ec2Error {
  return new Ec2Error(
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. ${id} belongs to account ${ownerId}`,
  );
}

/** Text of the request, short enough for a message. */
export function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
