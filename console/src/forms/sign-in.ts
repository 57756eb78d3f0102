/** Sign-in: which field a refusal belongs to. */
import type { ApiError } from '../aws/errors.js';

/** The fields. */
export interface SignInFields {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const KEY_CODES: readonly string[] = [
  'AuthFailure',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

/** What is wrong, by field, in the API's words. Nothing when it belongs to no field. */
export function signInProblems({ code, message }: Pick<ApiError, 'code' | 'message'>): Partial<SignInFields> {
  if (!KEY_CODES.includes(code)) return {};
  const text = `${code}: ${message}`;
  if (/credential should be scoped/i.test(message)) return { region: text };
  return { accessKeyId: text, secretAccessKey: text };
}
