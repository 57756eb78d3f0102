/**
 * Signature Version 4 by its documented steps ("Create a signed AWS API request"), with nothing of the daemon's own
 * code, and with every part open to forgery.
 */
import { createHash, createHmac } from 'node:crypto';

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A request to be signed; header names in lower case. */
export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Scope {
  readonly service: string;
  readonly region: string;
  readonly at: Date;
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const REGION = 'us-east-1';
const TERMINATOR = 'aws4_request';
const EXPIRES_SECONDS = '300';
const DATE_DIGITS = 8;

/** `20260102T030405Z`. */
export function dateTime(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** `AKID/20260102/us-east-1/ec2/aws4_request`. */
export function credential({ accessKeyId }: Key, scope: Scope): string {
  return `${accessKeyId}/${scopeText(scope)}`;
}

/** The request's headers with `x-amz-date` and `authorization`. All headers are signed. */
export function signHeaders(request: Unsigned, key: Key, scope: Scope): Record<string, string> {
  const headers = { ...request.headers, 'x-amz-date': dateTime(scope.at) };
  const signature = signatureOf({ ...request, headers }, key, scope, sha256(request.body));
  return { ...headers, authorization: authorization(key, scope, namesOf(headers), signature) };
}

/** The text of an Authorization header. */
function authorization(key: Key, scope: Scope, signedHeaders: string, signature: string): string {
  return `${ALGORITHM} Credential=${credential(key, scope)}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** The request's query string with the parameters of a presigned request. All headers are signed. */
export function signQuery(request: Unsigned, key: Key, scope: Scope): string {
  const query = [...request.query, ...presignParameters(key, scope, namesOf(request.headers))];
  const signature = signatureOf({ ...request, query }, key, scope, sha256(request.body));
  return encodeQuery([...query, ['X-Amz-Signature', signature]]);
}

/** All of them but X-Amz-Signature. */
export function presignParameters(key: Key, scope: Scope, signedHeaders: string): [string, string][] {
  return [
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', credential(key, scope)],
    ['X-Amz-Date', dateTime(scope.at)],
    ['X-Amz-Expires', EXPIRES_SECONDS],
    ['X-Amz-SignedHeaders', signedHeaders],
  ];
}

export function encodeQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function signatureOf(
  { method, path, query, headers }: Unsigned,
  { secretAccessKey }: Key,
  scope: Scope,
  bodyDigest: string,
): string {
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    path,
    encodeQuery([...query].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    bodyDigest,
  ].join('\n');
  const toSign = [ALGORITHM, dateTime(scope.at), scopeText(scope), sha256(canonical)].join('\n');
  const parts = [dateTime(scope.at).slice(0, DATE_DIGITS), scope.region, scope.service, TERMINATOR];
  const signingKey = parts.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(signingKey, toSign).toString('hex');
}

function scopeText({ service, region, at }: Scope): string {
  return [dateTime(at).slice(0, DATE_DIGITS), region, service, TERMINATOR].join('/');
}

function namesOf(headers: Readonly<Record<string, string>>): string {
  return Object.keys(headers).sort().join(';');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** RFC 3986: `encodeURIComponent` leaves five characters that must be escaped. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
