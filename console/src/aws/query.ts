/** Requests and errors of the Query protocols, which EC2, Elastic Load Balancing and STS speak. */
import type { Client, ErrorBody } from './client.js';
import { flatten, type Parameters } from './parameters.js';
import { objectAt, parseXml, textAt, type XmlObject } from './xml.js';

interface QueryRequest {
  readonly service: string;
  readonly version: string;
  readonly action: string;
  readonly parameters: Parameters;
  /** What stands between the name of a list and its index. */
  readonly listPart?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Calls an action, and returns the root of its response. @throws ApiError */
export async function callQuery(
  client: Client,
  { service, version, action, parameters, listPart, signal }: QueryRequest,
): Promise<XmlObject> {
  const pairs = flatten(parameters, listPart);
  const body = new URLSearchParams([['Action', action], ['Version', version], ...pairs]).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const text = await client.send({ service, action, headers, body, ...(signal && { signal }) }, readError);
  return parseXml(text);
}

function readError(text: string): ErrorBody {
  try {
    const root = parseXml(text);
    const errors = objectAt(root, 'Errors');
    const error = objectAt('Errors' in root ? errors : root, 'Error');
    const requestId = textAt(root, 'RequestID') ?? textAt(root, 'RequestId');
    const code = textAt(error, 'Code') ?? 'InternalError';
    return { code, message: textAt(error, 'Message') ?? '', ...(requestId && { requestId }) };
  } catch {
    return { code: 'InternalError', message: text.slice(0, 200) };
  }
}
