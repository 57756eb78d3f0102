/** A refused request, in the words and the form of its protocol. */
import { encode } from 'cborg';
import type { RefusalCode, RequestRefusal } from '../request-refusal.js';
import type { ApiAnswer } from '../service.js';
import { xmlAnswer } from '../xml.js';
import type { Protocol } from './protocol.js';

interface Wording {
  /** EC2's code and HTTP status. */
  readonly ec2: readonly [code: string, status: number];
  /** Those of other services in AWS Query. */
  readonly query: readonly [code: string, status: number];
  /** Those of services that speak JSON or CBOR. */
  readonly json: readonly [code: string, status: number];
}

/** EC2 API Reference, "Error codes"; "Common errors" of the other services' references. */
const WORDINGS: Readonly<Record<RefusalCode, Wording>> = {
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

const MONITORING_NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';
const FIRST_SERVER_ERROR = 500;

export function formatRefusal(refusal: RequestRefusal, protocol: Protocol, requestId: string): ApiAnswer {
  const [code, status] =
    WORDINGS[refusal.code][protocol === 'ec2' || protocol === 'query' ? protocol : 'json'];
  return { ...answerOf(code, status, refusal.message, protocol, requestId), outcome: code };
}

function answerOf(
  code: string,
  status: number,
  message: string,
  protocol: Protocol,
  requestId: string,
): ApiAnswer {
  switch (protocol) {
    case 'ec2': {
      const document = {
        Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
      };
      return xmlAnswer(status, document);
    }
    case 'query': {
      const Type = status < FIRST_SERVER_ERROR ? 'Sender' : 'Receiver';
      const content = { '@xmlns': MONITORING_NAMESPACE, Error: { Type, Code: code, Message: message } };
      return xmlAnswer(status, { ErrorResponse: { ...content, RequestId: requestId } });
    }
    case 'json':
      return json(status, 'application/x-amz-json-1.0', { __type: code, message });
    case 'rest-json': {
      const answer = json(status, 'application/json', { message });
      return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
    }
    case 'cbor':
      return {
        status,
        headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: encode({ __type: code, message }),
      };
  }
}

function json(status: number, contentType: string, body: Record<string, string>): ApiAnswer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(body) };
}
