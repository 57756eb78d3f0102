/**
 * What a request says of its own signature, in its Authorization header or in its query string (AWS Signature
 * Version 4, "Create a signed AWS API request").
 */
import { RequestRefusal } from '../request-refusal.js';
import type { SignedRequest } from './signed-request.js';

export interface SignatureClaim {
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
  /** Of the query form: how long the signature holds. */
  readonly expiresSeconds: number | undefined;
  /** Lower case. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const DATE_TIME = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const SCOPE = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const EXPIRES = /^[1-9][0-9]{0,5}$/;
const WEEK_SECONDS = 604_800;
const DATE_DIGITS = 8;

/** Parameters of the query form that are no parameters of an action. */
export const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'X-Amz-Content-Sha256',
]);

/** The service that a signature is for, whatever else may be wrong with it. */
export function claimedService({ headers, query }: SignedRequest): string | undefined {
  const credential = query.get('X-Amz-Credential') ?? headers.get('authorization') ?? '';
  return /\/([^/]+)\/aws4_request/.exec(credential)?.[1];
}

export function isSigned({ headers, query }: SignedRequest): boolean {
  return headers.has('authorization') || query.has('X-Amz-Algorithm');
}

/** @throws RequestRefusal missing-credentials, incomplete-signature */
export function readClaim(request: SignedRequest): SignatureClaim {
  const authorization = request.headers.get('authorization');
  if (request.query.has('X-Amz-Algorithm')) {
    if (authorization !== undefined)
      throw incomplete('The request is signed in its header and in its query string');
    return queryClaim(request.query);
  }
  if (authorization === undefined) {
    throw new RequestRefusal('missing-credentials', 'The request must be signed with a valid access key');
  }
  return headerClaim(authorization, request.headers);
}

function headerClaim(authorization: string, headers: SignedRequest['headers']): SignatureClaim {
  const [, algorithm, rest = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  if (algorithm !== ALGORITHM) throw incomplete(`The Authorization header must begin with ${ALGORITHM}`);
  const fields = new Map(rest.split(',').map((field) => splitField(field.trim())));
  const date = headers.get('x-amz-date');
  return {
    form: 'header',
    ...scopeAndDate(fields.get('Credential'), date),
    expiresSeconds: undefined,
    signedHeaders: signedHeaders(fields.get('SignedHeaders')),
    signature: signature(fields.get('Signature')),
  };
}

function queryClaim(query: SignedRequest['query']): SignatureClaim {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw incomplete(`X-Amz-Algorithm must be ${ALGORITHM}`);
  const expires = query.get('X-Amz-Expires') ?? '';
  if (!EXPIRES.test(expires) || Number(expires) > WEEK_SECONDS) {
    throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${WEEK_SECONDS}`);
  }
  return {
    form: 'query',
    ...scopeAndDate(query.get('X-Amz-Credential'), query.get('X-Amz-Date')),
    expiresSeconds: Number(expires),
    signedHeaders: signedHeaders(query.get('X-Amz-SignedHeaders')),
    signature: signature(query.get('X-Amz-Signature')),
  };
}

function scopeAndDate(
  credential: string | undefined,
  date: string | undefined,
): Pick<SignatureClaim, 'accessKeyId' | 'region' | 'service' | 'signedAt'> {
  const [, accessKeyId, day, region, service] = SCOPE.exec(credential ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) {
    throw incomplete('Credential must be ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request');
  }
  const signedAt = parseDateTime(date ?? '');
  if (signedAt === undefined) throw incomplete('The request needs an X-Amz-Date such as 20260102T030405Z');
  if (date?.slice(0, DATE_DIGITS) !== day)
    throw incomplete('The date of Credential must be that of X-Amz-Date');
  return { accessKeyId, region, service, signedAt };
}

function parseDateTime(text: string): number | undefined {
  const [year, month, day, hours, minutes, seconds] = (DATE_TIME.exec(text) ?? []).slice(1);
  const time = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function signedHeaders(text: string | undefined): string[] {
  const names = (text ?? '').split(';');
  if (names.includes('')) throw incomplete('SignedHeaders must name the headers that are signed');
  return names;
}

function signature(text: string | undefined): string {
  if (text !== undefined && SIGNATURE.test(text)) return text;
  throw incomplete('Signature must be 64 hex digits');
}

function splitField(field: string): [name: string, value: string] {
  const at = field.indexOf('=');
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}

function incomplete(message: string): RequestRefusal {
  return new RequestRefusal('incomplete-signature', message);
}
