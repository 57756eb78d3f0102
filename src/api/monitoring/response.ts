/** Responses of CloudWatch in each of its protocols. */
import { encode, Token, Type } from 'cborg';
import { errorResponse, faultOf } from '../error-response.js';
import { type Content, queryResponse, type Structure } from '../query-response.js';
import type { ApiCall, ApiResponse } from '../service.js';
import type { MonitoringError } from './monitoring-error.js';

const NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';
const SHAPE_PREFIX = 'com.amazonaws.cloudwatch.v2010_08_01#';
/** RFC 8949 section 3.4.2. */
const EPOCH_TAG = 1;

/** A response in the protocol of the call. */
export function formatResponse(call: ApiCall, content: Structure): ApiResponse {
  const { input } = call;
  if (input.format === 'json') return json(plain(content, seconds));
  if (input.format === 'cbor') return cbor(plain(content, (time) => time));
  return queryResponse(call, NAMESPACE, content);
}

/** An error response in the protocol of the call. */
export function formatError(
  { requestId, input }: ApiCall,
  { code, message, shape, status }: MonitoringError,
): ApiResponse {
  if (input.format === 'query') {
    return errorResponse('query', { code, status, message }, requestId, NAMESPACE);
  }
  const response = errorResponse(input.format, { code: SHAPE_PREFIX + shape, status, message }, requestId);
  const queryError = { 'x-amzn-query-error': `${code};${faultOf(status)}` };
  return { ...response, headers: { ...response.headers, ...queryError } };
}

function json(body: unknown): ApiResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status: 200, headers, body: JSON.stringify(body) };
}

function cbor(body: unknown): ApiResponse {
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
  const typeEncoders = {
    Date: (time: Date) => [new Token(Type.tag, EPOCH_TAG), new Token(Type.float, seconds(time))],
  };
  return { status: 200, headers, body: encode(body, { typeEncoders }) };
}

function seconds(time: Date): number {
  return time.getTime() / 1000;
}

/** The content without undefined members, and with times in the form of the protocol. */
function plain(content: Content, timeOf: (time: Date) => unknown): unknown {
  if (content instanceof Date) return timeOf(content);
  if (content instanceof Map) return Object.fromEntries(content);
  if (Array.isArray(content)) return content.map((item: Content) => plain(item, timeOf));
  if (typeof content !== 'object') return content;
  const members = Object.entries(content as Structure).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member as Content, timeOf)]));
}
