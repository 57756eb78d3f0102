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

/** Codes that say that the key, or the clock behind the signature, is no longer accepted. Each protocol has its own. */
const SESSION_LOST: readonly string[] = [
  'AuthFailure',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

/** How the words of an error begin, in every protocol, when the signature is too old or of a time to come. */
const EXPIRED = 'Request has expired';

/** How often a read is tried again while no server answers, in milliseconds. */
const RETRY_MS = 5000;

const REFUSED: readonly string[] = [
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedException',
];

const BUSY: readonly string[] = [
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'RequestLimitExceeded',
  'InternalError',
  'InternalServerException',
  'InternalServiceError',
  NO_ANSWER,
];

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

/** True when the clocks of browser and server differ too much. */
export function isClockWrong({ code, message }: Pick<ApiError, 'code' | 'message'>): boolean {
  return code === 'RequestExpired' || (SESSION_LOST.includes(code) && message.startsWith(EXPIRED));
}

/**
 * When a read that failed is done again, in milliseconds. A refusal lasts until a policy changes, and a key that is no
 * longer accepted until another one is entered: neither is asked for every few seconds.
 * @param everyMs how often the read is done; undefined: once
 * @returns undefined when it is not
 */
export function retryAfterMs(error: ApiError, everyMs: number | undefined): number | undefined {
  if (isRefused(error) || isSessionLost(error)) return undefined;
  return error.status === 0 || everyMs !== undefined ? Math.max(RETRY_MS, everyMs ?? 0) : undefined;
}

/**
 * When a kept key is checked again, in milliseconds: a server that does not answer says nothing of the key.
 * @returns undefined when it is not
 */
export function keptKeyRetryMs(error: ApiError): number | undefined {
  return isRetryable(error) ? RETRY_MS : undefined;
}

/** A read that is repeated takes a fifth of the time at most: the daemon answers a long one in its main thread. */
const PAUSE_BY_TIME = 4;

/** How long a read that succeeded pauses, in milliseconds. @param everyMs as it is asked for. @param tookMs the last read */
export function pauseMs(everyMs: number, tookMs: number): number {
  return Math.max(everyMs, PAUSE_BY_TIME * tookMs);
}

/** True when a policy does not allow the action. */
export function isRefused(error: ApiError): boolean {
  return REFUSED.includes(error.code);
}

/** What was read, or undefined when a policy does not allow it: the page goes on with less. @throws ApiError (rejects) */
export async function unlessRefused<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (isRefused(toApiError(error))) return undefined;
    throw error;
  });
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
