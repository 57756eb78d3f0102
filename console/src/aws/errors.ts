/** Errors of the API, as the console shows them. */

/** Code of an error that the console gives a request that no server answered. */
export const NO_ANSWER = 'NoAnswer';

interface ApiErrorContent {
  readonly code: string;
  readonly message: string;
  /** Absent when no server answered. */
  readonly requestId?: string | undefined;
  /** HTTP status; 0 when no server answered. */
  readonly status: number;
  /** Signing name of the service: `ec2`, `ram`. */
  readonly service: string;
  readonly action: string;
}

/** A refusal by a service, in its own words, or `NoAnswer`. */
export class ApiError extends Error {
  readonly code: string;
  readonly requestId: string | undefined;
  readonly status: number;
  readonly service: string;
  readonly action: string;

  constructor({ code, message, requestId, status, service, action }: ApiErrorContent) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.requestId = requestId;
    this.status = status;
    this.service = service;
    this.action = action;
  }
}

/** Codes that say that the key, or the clock behind the signature, is no longer accepted. */
const SESSION_LOST: readonly string[] = [
  'AuthFailure',
  'InvalidClientTokenId',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

const REFUSED: readonly string[] = [
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedException',
];

const BUSY: readonly string[] = ['ServiceUnavailable', 'RequestLimitExceeded', 'InternalError', NO_ANSWER];

/** The error as an ApiError. Anything else that was thrown is a fault of the console. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError({ code: 'ConsoleError', message, status: 0, service: 'console', action: '' });
}

/** True when the caller has to sign in again. */
export function isSessionLost(error: ApiError): boolean {
  return SESSION_LOST.includes(error.code);
}

/** True when a policy does not allow the action. */
export function isRefused(error: ApiError): boolean {
  return REFUSED.includes(error.code);
}

/** True when the same request may succeed later. */
export function isRetryable(error: ApiError): boolean {
  return BUSY.includes(error.code) || error.code.startsWith('Throttling');
}

/** True when the id names nothing, or nothing that the caller may see. */
export function isNotFound(error: ApiError): boolean {
  return error.code.endsWith('.NotFound') || error.code === 'UnknownResourceException';
}

/** True for an abort by the console itself, which nobody needs to hear of. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
