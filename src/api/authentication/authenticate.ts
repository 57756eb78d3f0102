/** Who sent a request: first what it claims, then, when its body is there, whether that is true. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { show } from '../../resources/parsed.js';
import { RequestRefusal } from '../request-refusal.js';
import type { Principal } from '../service.js';
import type { AccessKey, AccessKeys } from './access-key.js';
import { readClaim, type SignatureClaim } from './signature-claim.js';
import type { SignedRequest } from './signed-request.js';

/** How far clocks may differ. */
const MAXIMUM_SKEW_MS = 15 * 60 * 1000;
const CONTENT_DIGEST = 'x-amz-content-sha256';
/** Headers with this prefix change what a request means, so a signature covers them. */
const MEANINGFUL_PREFIX = 'x-amz-';
const MEANINGFUL_HEADERS = ['host', 'x-amz-date', 'x-amz-target'];

/** Of `node:crypto`, in the form that the signer takes. */
class Sha256 extends Hash {
  constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
    super('sha256', secret);
  }
}

/** A request from somebody who is known, if the signature is right. */
export interface ClaimedRequest {
  readonly request: SignedRequest;
  readonly claim: SignatureClaim;
  readonly key: AccessKey;
}

/**
 * Judges all that can be judged without the body, so that nobody unknown makes the server keep one.
 * @param now milliseconds since 1970
 * @throws RequestRefusal
 */
export function requireClaim(
  request: SignedRequest,
  keys: AccessKeys,
  region: string,
  now: number,
): ClaimedRequest {
  const claim = readClaim(request);
  requireCoverage(request, claim);
  requireTimeliness(claim, now);
  const key = keys.get(claim.accessKeyId);
  if (key === undefined || hasSessionToken(request)) {
    throw new RequestRefusal(
      'unknown-access-key',
      'AWS was not able to validate the provided access credentials',
    );
  }
  if (claim.region !== region) {
    throw new RequestRefusal(
      'wrong-scope',
      `Credential should be scoped to a valid region, not ${show(claim.region)}`,
    );
  }
  return { request, claim, key };
}

/** @throws RequestRefusal wrong-signature */
export async function requireSignature(
  { request, claim, key }: ClaimedRequest,
  body: Uint8Array,
): Promise<Principal> {
  const declared = request.headers.get(CONTENT_DIGEST);
  if (declared !== undefined && declared !== createHash('sha256').update(body).digest('hex'))
    throw wrongSignature();
  const expected = await sign(request, claim, key, body);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))) throw wrongSignature();
  return key.principal;
}

/** What the signature would be if the holder of the key had signed. @returns 64 hex digits */
async function sign(
  { method, path, query, headers }: SignedRequest,
  { form, region, service, signedAt, expiresSeconds, signedHeaders }: SignatureClaim,
  credentials: AccessKey,
  body: Uint8Array,
): Promise<string> {
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const names = new Set(signedHeaders);
  const signed = {
    method,
    protocol: 'http:',
    hostname: '',
    path,
    query: Object.fromEntries(query),
    headers: Object.fromEntries(signedHeaders.map((name) => [name, headers.get(name) ?? ''])),
    body,
  };
  const signingDate = new Date(signedAt);
  if (form === 'header') {
    const { headers: made } = await signer.sign(signed, { signingDate, signableHeaders: names });
    return made.authorization?.split('Signature=')[1] ?? '';
  }
  const options = {
    signingDate,
    expiresIn: expiresSeconds ?? 0,
    signableHeaders: names,
    unhoistableHeaders: names,
  };
  return String((await signer.presign(signed, options)).query?.['X-Amz-Signature']);
}

/** Otherwise somebody on the way could change what the request means. */
function requireCoverage({ headers }: SignedRequest, { form, signedHeaders }: SignatureClaim): void {
  const absent = signedHeaders.find((name) => !headers.has(name));
  if (absent !== undefined) {
    throw new RequestRefusal(
      'incomplete-signature',
      `SignedHeaders names ${show(absent)}, which the request does not have`,
    );
  }
  const needed = [...headers.keys()].filter(
    (name) => MEANINGFUL_HEADERS.includes(name) || name.startsWith(MEANINGFUL_PREFIX),
  );
  const unsigned = ['host', ...needed].find((name) => !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    throw new RequestRefusal('incomplete-signature', `The header ${show(unsigned)} must be signed`);
  }
  if (form === 'header' && new Set(signedHeaders).size !== signedHeaders.length) {
    throw new RequestRefusal('incomplete-signature', 'SignedHeaders names a header twice');
  }
}

function requireTimeliness({ signedAt, expiresSeconds }: SignatureClaim, now: number): void {
  const validMs = expiresSeconds === undefined ? MAXIMUM_SKEW_MS : expiresSeconds * 1000;
  if (now <= signedAt + validMs && now >= signedAt - MAXIMUM_SKEW_MS) return;
  const times = `it was signed at ${new Date(signedAt).toISOString()}, and it is ${new Date(now).toISOString()}`;
  throw new RequestRefusal('expired', `Request has expired: ${times}`);
}

/** There are no temporary credentials here. */
function hasSessionToken({ headers, query }: SignedRequest): boolean {
  return headers.has('x-amz-security-token') || query.has('X-Amz-Security-Token');
}

function wrongSignature(): RequestRefusal {
  return new RequestRefusal('wrong-signature', 'The signature does not match that of the request');
}
