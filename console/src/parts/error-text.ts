/** Errors as text. */
import type { ApiError } from '../aws/errors.js';

/** `Code: what the API said (request id …)`. */
export function errorText({ code, message, requestId }: ApiError): string {
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${code}: ${message}${request}`;
}
