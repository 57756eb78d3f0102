/** Protocols of the API: which one a request speaks, how its call is decoded, and how it reports a request's error. */
import { decode } from 'cborg';
import { show } from '../../resources/parsed.js';
import { isSignatureParameter } from '../authentication/signature-claim.js';
import { parsePairs, type SignedRequest } from '../authentication/signed-request.js';
import { errorResponse } from '../error-response.js';
import { RequestError, type RequestErrorCode } from '../errors.js';
import type { ApiCall, ApiInput, ApiResponse } from '../service.js';
import {
  actionOf,
  errorNamespaceOf,
  type Protocol,
  queryProtocolOf,
  type ServiceName,
  unsignedService,
} from '../services.js';

/** RFC 8949 section 3.4.2. */
const EPOCH_TAG = 1;

/** Characters of an action, which errors and logs show. */
const MAXIMUM_ACTION = 255;

/** Memory for two short strings and their entry in a map. */
const BYTES_PER_PARAMETER = 150;

/** Memory for a byte of JSON or CBOR: the shortest lists take so much. */
const BYTES_PER_BYTE = 50;

/** Bytes of JSON or CBOR: GetMetricData with 500 queries has half of it. */
const MAXIMUM_STRUCTURED_BYTES = 256 * 1024;

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

type Decoded = Pick<ApiCall, 'action' | 'input'>;

interface Wording {
  /** EC2's code and HTTP status. */
  readonly ec2: readonly [code: string, status: number];
  /** The same for other services in AWS Query. */
  readonly query: readonly [code: string, status: number];
  /** The same for services that speak JSON or CBOR. */
  readonly json: readonly [code: string, status: number];
}

/** The words of all services but EC2, where they are not EC2's. */
const MESSAGES: Readonly<Partial<Record<RequestErrorCode, string>>> = {
  'unknown-access-key': 'The security token included in the request is invalid.',
};

/**
 * The protocol of a request, by its headers and its path.
 * @param service the signature's, if known: it decides between the two Query protocols
 */
export function protocolOf({ path, headers }: SignedRequest, service: ServiceName | undefined): Protocol {
  if (headers.get('smithy-protocol') === 'rpc-v2-cbor') return 'cbor';
  if (headers.has('x-amz-target')) return 'json';
  return path === '/' ? queryProtocolOf(service) : 'rest-json';
}

/**
 * Decodes the action and the input of a request.
 * @param service the signature's; undefined for an unsigned request
 * @throws RequestError malformed, missing-action, unknown-operation, too-large
 */
export function decodeCall(
  request: SignedRequest,
  protocol: Protocol,
  body: Uint8Array,
  service?: ServiceName,
): Decoded {
  if (protocol === 'ec2' || protocol === 'query') return decodeQuery(request, body);
  requireShort(body);
  const action = actionOf(request, protocol, service);
  if (action === undefined) throw unknownOperation(request);
  if (protocol !== 'cbor') return { action, input: jsonInput(request, body) };
  return { action, input: { format: 'cbor', body: body.length === 0 ? {} : parseCbor(body) } };
}

/**
 * The service of a request without a signature.
 * @throws RequestError unknown-operation when no service speaks the protocol
 */
export function unsignedServiceOf(
  request: SignedRequest,
  protocol: Protocol,
  input: ApiCall['input'],
): ServiceName {
  const version = input.format === 'query' ? input.parameters.get('Version') : undefined;
  const service = unsignedService(protocol, version, request);
  if (service !== undefined) return service;
  throw new RequestError('unknown-operation', 'No service speaks the protocol of the request');
}

/** Estimates the bytes of memory that an input takes while its call runs. */
export function decodedBytes(input: ApiInput, bodyBytes: number): number {
  return input.format === 'query' ? input.parameters.size * BYTES_PER_PARAMETER : bodyBytes * BYTES_PER_BYTE;
}

/** @param service the signature's, if known */
export function requestErrorResponse(
  { code: error, message }: RequestError,
  protocol: Protocol,
  requestId: string,
  service = unsignedService(protocol, undefined),
): ApiResponse {
  const wording = WORDINGS[error];
  const [code, status] = wording[protocol === 'ec2' || protocol === 'query' ? protocol : 'json'];
  const namespace = service && errorNamespaceOf(service);
  const words = (protocol === 'ec2' ? undefined : MESSAGES[error]) ?? message;
  return {
    ...errorResponse(protocol, { code, status, message: words }, requestId, namespace),
    outcome: code,
  };
}

/** Parameters are in the body, or in the query string of a request without a body; never in both. */
function decodeQuery(request: SignedRequest, body: Uint8Array): Decoded {
  if (request.method !== 'POST' && request.method !== 'GET') throw unknownOperation(request);
  const inQuery = actionParameters(request.query);
  const inBody = parsePairs(decodeText(body));
  if (inQuery.size > 0 && inBody.size > 0) {
    throw new RequestError('malformed', 'Parameters must not be in the query string and in the body');
  }
  const parameters = inQuery.size > 0 ? inQuery : inBody;
  const action = parameters.get('Action');
  if (action === undefined || action === '') {
    throw new RequestError('missing-action', 'The request must contain the parameter Action');
  }
  if (action.length > MAXIMUM_ACTION) {
    throw new RequestError('unknown-operation', `There is no action ${show(action)}`);
  }
  return { action, input: { format: 'query', parameters } };
}

function jsonInput(request: SignedRequest, body: Uint8Array): ApiInput {
  const text = decodeText(body);
  return { format: 'json', body: text === '' ? {} : parseJson(text), query: actionParameters(request.query) };
}

/** Decoding blocks everything else. */
function requireShort(body: Uint8Array): void {
  if (body.length <= MAXIMUM_STRUCTURED_BYTES) return;
  throw new RequestError(
    'too-large',
    `JSON and CBOR must not be larger than ${MAXIMUM_STRUCTURED_BYTES} bytes`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError('malformed', 'The body is not valid JSON');
  }
}

/** Tag 1, a time, is decoded to its number of seconds. */
function parseCbor(body: Uint8Array): unknown {
  try {
    return decode(body, { allowIndefinite: true, tags: { [EPOCH_TAG]: (content) => content() } });
  } catch {
    throw new RequestError('malformed', 'The body is not valid CBOR');
  }
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new RequestError('malformed', 'The body is not valid UTF-8');
  }
}

function actionParameters(query: SignedRequest['query']): Map<string, string> {
  return new Map([...query].filter(([name]) => !isSignatureParameter(name)));
}

function unknownOperation({ method, path }: SignedRequest): RequestError {
  return new RequestError('unknown-operation', `There is no operation at ${method} ${show(path)}`);
}
