/** Who sent a request: first what it claims, then, when its body is there, whether that is true. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { show } from '../../resources/parsed.js';
import { RequestError } from '../errors.js';
import type { Principal } from '../service.js';
import type { AccessKey, AccessKeys } from './access-key.js';
import { computeSignature } from './signature.js';
import type { SignatureClaim } from './signature-claim.js';
import type { SignedRequest } from './signed-request.js';

/** How far clocks may differ. */
const MAXIMUM_SKEW_MS = 15 * 60 * 1000;

/** Headers with this prefix change what a request means, so a signature covers them. */
const MEANINGFUL_PREFIX = 'x-amz-';

/** So do these; `content-type` does not, since nothing here depends on it. */
const MEANINGFUL_HEADERS = ['host', 'smithy-protocol'];

/** Characters that mean themselves wherever they stand. */
const PLAIN_SEGMENT = /^(?!\.{1,2}$)[\w.~-]+$/;

/** A request from somebody who is known, if the signature is right. */
export interface ClaimedRequest {
  readonly request: SignedRequest;
  readonly claim: SignatureClaim;
}

/**
 * Judges all that can be judged without the body, so that nobody unknown makes the server keep one.
 * @param claim what `readClaim` read of the same request
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
 * @param keys those of now: one that was taken away while the body was on its way counts no more
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

function requireKey({ accessKeyId }: SignatureClaim, keys: AccessKeys): AccessKey {
  const key = keys.get(accessKeyId);
  if (key === undefined) throw unknownKey();
  return key;
}

/**
 * Clients encode other characters, and fold the segments `.`, `..` and nothing, before they sign: one canonical path
 * would stand for many. No operation has such a path.
 */
function isPlainPath(path: string): boolean {
  if (path === '/') return true;
  const segments = path.slice(1).split('/');
  return path.startsWith('/') && segments.every((segment) => PLAIN_SEGMENT.test(segment));
}

/** In constant time, for bytes of the same length; others differ. */
function isSame(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Otherwise somebody on the way could change what the request means. */
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
