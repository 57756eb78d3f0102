/**
 * Computes what the signature of a request is, in the four steps of AWS Signature Version 4 ("Create a signed AWS API
 * request"): canonical request, string to sign, signing key, HMAC. All that goes in was read by others before, and
 * what comes out is bytes: no text that a client sent is ever searched for a signature.
 */
import { createHash, createHmac } from 'node:crypto';
import type { SignatureClaim } from './signature-claim.js';
import type { SignedRequest } from './signed-request.js';

/** The part of a claim that the signature depends on. */
export type SignatureScope = Pick<SignatureClaim, 'dateTime' | 'day' | 'region' | 'signedHeaders'> & {
  readonly service: string;
};

/** A signature does not sign itself. */
const SIGNATURE_PARAMETER = 'X-Amz-Signature';

/**
 * What the holder of the secret would have signed with.
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

/** Step 1. A path is plain, and every query name there once: see `requireClaim` and `parsePairs`. */
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
  // Node gives header values a character per byte, and the rest is ASCII.
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

/** RFC 3986: all but unreserved characters, unlike JavaScript's own. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
