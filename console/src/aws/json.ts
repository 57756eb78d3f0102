/** Requests and errors of the JSON protocols, which CloudWatch, RAM and the service traffic-mirror speak. */
import type { Client, ErrorBody } from './client.js';

/** What the request says of itself. */
interface JsonRequest {
  readonly service: string;
  readonly action: string;
  readonly input: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Calls an action in AWS JSON 1.0. @param prefix of X-Amz-Target. @throws ApiError */
export async function callJson(client: Client, prefix: string, request: JsonRequest): Promise<unknown> {
  const { service, action, input, signal } = request;
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `${prefix}.${action}`,
  };
  const body = JSON.stringify(input);
  const text = await client.send(
    { service, action, headers, body, ...(signal && { signal }) },
    readJsonError,
  );
  return JSON.parse(text);
}

/** Code and words of an error in AWS JSON or rest-json. */
export function readJsonError(text: string, headers: Headers): ErrorBody {
  try {
    const { __type, code, message, Message } = JSON.parse(text);
    const named: unknown = headers.get('x-amzn-errortype') ?? __type ?? code ?? 'InternalError';
    // The name may have a namespace before it and an address behind it.
    const [name = ''] = String(named).split(':', 1);
    return { code: name.slice(name.indexOf('#') + 1), message: String(message ?? Message ?? '') };
  } catch {
    return { code: 'InternalError', message: text.slice(0, 200) };
  }
}
