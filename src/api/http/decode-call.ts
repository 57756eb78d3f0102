/** A request's action and input, decoded as its protocol has them. */
import { decode } from 'cborg';
import { show } from '../../resources/parsed.js';
import { isSignatureParameter } from '../authentication/signature-claim.js';
import { parsePairs, type SignedRequest } from '../authentication/signed-request.js';
import { RequestError } from '../errors.js';
import type { ApiCall, ApiInput } from '../service.js';
import { actionOf, type Protocol, type ServiceName } from '../services.js';

type Decoded = Pick<ApiCall, 'action' | 'input'>;

/** RFC 8949 section 3.4.2. */
const EPOCH_TAG = 1;

/** Characters; it is shown in errors and logs. */
const MAXIMUM_ACTION = 255;

/** Of two short strings and their entry in a map. */
const BYTES_PER_PARAMETER = 150;

/** Of JSON and CBOR: the shortest lists take so many times their text. */
const BYTES_PER_BYTE = 50;

/** Of JSON and CBOR: GetMetricData with 500 queries has half of it. */
const MAXIMUM_STRUCTURED_BYTES = 256 * 1024;

/**
 * @param service of the signature; undefined: nobody signed
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

/** About what an input holds in memory while its call is at work. */
export function decodedBytes(input: ApiInput, bodyBytes: number): number {
  return input.format === 'query' ? input.parameters.size * BYTES_PER_PARAMETER : bodyBytes * BYTES_PER_BYTE;
}

/** Parameters come in the body, or in the query string of a request without one; never in both. */
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

/** Decoding keeps everything else waiting. */
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

/** Tag 1, a time, is its number of seconds. */
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
