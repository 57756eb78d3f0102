/**
 * Finds out who sent a request: first checks what it claims, then, with its body, whether its signature is right. The
 * signature is computed in the four steps of AWS Signature Version 4 ("Create a signed AWS API request"): canonical
 * request, string to sign, signing key, HMAC. Bytes are compared; no text of a client is searched for a signature.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { show } from '../../resources/parsed.js';
import { RequestError } from '../errors.js';
import type { Principal } from '../service.js';
import type { AccessKey, AccessKeys } from './access-keys.js';
import type { SignatureClaim } from './signature-claim.js';
import type { SignedRequest } from './signed-request.js';

/** The most that clocks may differ. */
const MAXIMUM_SKEW_MS = 15 * 60 * 1000;

/** A signature must cover headers with this prefix: they change what a request means. */
const MEANINGFUL_PREFIX = 'x-amz-';

/** It must cover these too, but not `content-type`, since nothing here depends on it. */
const MEANINGFUL_HEADERS = ['host', 'smithy-protocol'];

/** Segments that are the same encoded and decoded, and that no path is normalized by. */
const PLAIN_SEGMENT = /^(?!\.{1,2}$)[\w.~-]+$/;

/** A signature does not sign itself. */
const SIGNATURE_PARAMETER = 'X-Amz-Signature';

/** A request from a known user, if its signature is right. */
export interface ClaimedRequest {
  readonly request: SignedRequest;
  readonly claim: SignatureClaim;
}

/** The part of a claim that the signature depends on. */
export type SignatureScope = Pick<SignatureClaim, 'dateTime' | 'day' | 'region' | 'signedHeaders'> & {
  readonly service: string;
};

/**
 * Checks everything that can be checked without the body, so that no unknown client makes the server hold one.
 * @param claim what `readClaim` returned for the same request
 * @param now milliseconds since 1970
 * @throws RequestError
 */
export function requireClaim(
  request: SignedRequest,
  claim: SignatureClaim,
  keys: AccessKeys,
  region: string,
  now: number,
): ClaimedRequest {
  requireCoverage(request, claim);
  requireTimeliness(claim, now);
  requireKey(claim, keys);
  if (hasSessionToken(request)) throw unknownKey();
  if (claim.region !== region) {
    throw new RequestError(
      'wrong-scope',
      `Credential should be scoped to a valid region, not ${show(claim.region)}`,
    );
  }
  if (!isPlainPath(request.path)) {
    throw new RequestError('unknown-operation', `There is no operation at ${show(request.path)}`);
  }
  return { request, claim };
}

/**
 * Checks the signature, with the body.
 * @param keys the current ones: a key that was removed while the body arrived is not valid
 * @throws RequestError wrong-signature, unknown-access-key
 */
export function requireSignature(
  { request, claim }: ClaimedRequest,
  keys: AccessKeys,
  body: Uint8Array,
): Principal {
  const { secretAccessKey, principal } = requireKey(claim, keys);
  const digest = createHash('sha256').update(body).digest('hex');
  const declared = [
    request.headers.get('x-amz-content-sha256'),
    claim.form === 'query' ? request.query.get('X-Amz-Content-Sha256') : undefined,
  ];
  const isBody = declared.every((text) => text === undefined || text === digest);
  const expected = computeSignature(request, claim, secretAccessKey, digest);
  if (isBody && isSame(expected, Buffer.from(claim.signature, 'hex'))) return principal;
  throw new RequestError('wrong-signature', 'The signature does not match that of the request');
}

/**
 * Computes the signature that the holder of the secret would have sent.
 * @param bodyDigest SHA-256 of the body, in hex
 * @returns 32 bytes
 */
export function computeSignature(
  request: SignedRequest,
  scope: SignatureScope,
  secretAccessKey: string,
  bodyDigest: string,
): Buffer {
  const canonical = canonicalRequest(request, scope.signedHeaders, bodyDigest);
  return hmac(signingKey(scope, secretAccessKey), stringToSign(scope, canonical));
}

/** Otherwise someone on the way could change what the request means. */
function requireCoverage({ headers }: SignedRequest, { signedHeaders }: SignatureClaim): void {
  const absent = signedHeaders.find((name) => !headers.has(name));
  if (absent !== undefined) {
    throw new RequestError(
      'incomplete-signature',
      `SignedHeaders names ${show(absent)}, which the request does not have`,
    );
  }
  const unsigned = [...headers.keys()].find(
    (name) =>
      (MEANINGFUL_HEADERS.includes(name) || name.startsWith(MEANINGFUL_PREFIX)) &&
      !signedHeaders.includes(name),
  );
  if (unsigned !== undefined) {
    throw new RequestError('incomplete-signature', `The header ${show(unsigned)} must be signed`);
  }
}

function requireTimeliness({ signedAt, expiresSeconds }: SignatureClaim, now: number): void {
  const validMs = expiresSeconds === undefined ? MAXIMUM_SKEW_MS : expiresSeconds * 1000;
  if (now <= signedAt + validMs && now >= signedAt - MAXIMUM_SKEW_MS) return;
  const times = `it was signed at ${new Date(signedAt).toISOString()}, and it is ${new Date(now).toISOString()}`;
  throw new RequestError('expired', `Request has expired: ${times}`);
}

function requireKey({ accessKeyId }: SignatureClaim, keys: AccessKeys): AccessKey {
  const key = keys.get(accessKeyId);
  if (key === undefined) throw unknownKey();
  return key;
}

/** There are no temporary credentials here. */
function hasSessionToken({ headers, query }: SignedRequest): boolean {
  return headers.has('x-amz-security-token') || query.has('X-Amz-Security-Token');
}

function unknownKey(): RequestError {
  return new RequestError(
    'unknown-access-key',
    'AWS was not able to validate the provided access credentials',
  );
}

/**
 * Clients encode other characters, and resolve the segments `.`, `..` and the empty one, before they sign: several
 * paths would have one canonical form. No operation has such a path.
 */
function isPlainPath(path: string): boolean {
  if (path === '/') return true;
  const segments = path.slice(1).split('/');
  return path.startsWith('/') && segments.every((segment) => PLAIN_SEGMENT.test(segment));
}

/** Compares in constant time, for the same length. */
function isSame(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Step 1. The path is plain (`requireClaim`), and every query name occurs once (`parsePairs`). */
function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  signedHeaders: readonly string[],
  bodyDigest: string,
): string {
  return [
    method,
    path,
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name) ?? '')}`),
    '',
    signedHeaders.join(';'),
    bodyDigest,
  ].join('\n');
}

/** Step 2. */
function stringToSign({ dateTime, day, region, service }: SignatureScope, canonical: string): string {
  // Header values from Node have a character per byte, and the rest is ASCII.
  const digest = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return `AWS4-HMAC-SHA256\n${dateTime}\n${day}/${region}/${service}/aws4_request\n${digest}`;
}

/** Step 3. */
function signingKey({ day, region, service }: SignatureScope, secretAccessKey: string): Buffer {
  const dateKey = hmac(`AWS4${secretAccessKey}`, day);
  return hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
}

function canonicalQuery(query: SignedRequest['query']): string {
  return [...query]
    .filter(([name]) => name !== SIGNATURE_PARAMETER)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalValue(value: string): string {
  return value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

/** RFC 3986: encodes all but unreserved characters, unlike `encodeURIComponent`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
