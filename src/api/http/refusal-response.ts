/** A refused request, in the words and the form of its protocol. */

import { errorResponse } from '../error-response.js';
import type { RequestError, RequestErrorCode } from '../errors.js';
import type { ApiResponse } from '../service.js';
import { errorNamespaceOf, type Protocol, unsignedService } from '../services.js';

interface Wording {
  /** EC2's code and HTTP status. */
  readonly ec2: readonly [code: string, status: number];
  /** Those of other services in AWS Query. */
  readonly query: readonly [code: string, status: number];
  /** Those of services that speak JSON or CBOR. */
  readonly json: readonly [code: string, status: number];
}

/** EC2 API Reference, "Error codes"; "Common errors" of the other services' references. */
const WORDINGS: Readonly<Record<RequestErrorCode, Wording>> = {
  'missing-credentials': {
    ec2: ['MissingAuthenticationToken', 400],
    query: ['MissingAuthenticationToken', 403],
    json: ['MissingAuthenticationTokenException', 403],
  },
  'incomplete-signature': {
    ec2: ['IncompleteSignature', 400],
    query: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400],
  },
  'unknown-access-key': {
    ec2: ['AuthFailure', 401],
    query: ['InvalidClientTokenId', 403],
    json: ['UnrecognizedClientException', 403],
  },
  'wrong-signature': {
    ec2: ['AuthFailure', 401],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  'wrong-scope': {
    ec2: ['AuthFailure', 401],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  expired: {
    ec2: ['RequestExpired', 400],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  malformed: {
    ec2: ['MalformedQueryString', 400],
    query: ['MalformedQueryString', 400],
    json: ['SerializationException', 400],
  },
  'missing-action': {
    ec2: ['MissingAction', 400],
    query: ['MissingAction', 400],
    json: ['UnknownOperationException', 404],
  },
  'unknown-operation': {
    ec2: ['InvalidAction', 400],
    query: ['InvalidAction', 400],
    json: ['UnknownOperationException', 404],
  },
  'too-large': {
    ec2: ['RequestEntityTooLarge', 413],
    query: ['RequestEntityTooLarge', 413],
    json: ['RequestEntityTooLargeException', 413],
  },
  busy: {
    ec2: ['RequestLimitExceeded', 503],
    query: ['Throttling', 400],
    json: ['ThrottlingException', 400],
  },
  internal: {
    ec2: ['InternalError', 500],
    query: ['InternalServiceError', 500],
    json: ['InternalServerException', 500],
  },
};

/** @param service of the signature, as far as it is known */
export function formatRefusal(
  { code: refusalCode, message }: RequestError,
  protocol: Protocol,
  requestId: string,
  service = unsignedService(protocol, undefined),
): ApiResponse {
  const wording = WORDINGS[refusalCode];
  const [code, status] = wording[protocol === 'ec2' || protocol === 'query' ? protocol : 'json'];
  const namespace = service && errorNamespaceOf(service);
  return { ...errorResponse(protocol, { code, status, message }, requestId, namespace), outcome: code };
}
