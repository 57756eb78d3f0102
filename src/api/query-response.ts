/** Responses of services in AWS Query. A Date is a time, a Map holds numbers by name. */
import type { ApiResponse } from './service.js';
import { xmlResponse } from './xml.js';

export type Content =
  | string
  | number
  | boolean
  | Date
  | ReadonlyMap<string, number>
  | readonly Content[]
  | Structure;

/** Members by name; `undefined` is left out. */
export interface Structure {
  readonly [member: string]: Content | undefined;
}

/** The call that is answered. */
interface Answered {
  readonly action: string;
  readonly requestId: string;
}

/** `<ActionResponse>` with the content as `<ActionResult>`. @param namespace of the service's documents */
export function queryResponse(
  { action, requestId }: Answered,
  namespace: string,
  content: Structure,
): ApiResponse {
  const ResponseMetadata = { RequestId: requestId };
  const root = { '@xmlns': namespace, [`${action}Result`]: nodeOf(content), ResponseMetadata };
  return xmlResponse(200, { [`${action}Response`]: root });
}

function nodeOf(content: Content): unknown {
  if (content instanceof Date) return content.toISOString();
  if (content instanceof Map) return { entry: [...content].map(([key, value]) => ({ key, value })) };
  if (Array.isArray(content)) return content.length === 0 ? '' : { member: content.map(nodeOf) };
  if (typeof content !== 'object') return content;
  const members = Object.entries(content as Structure).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, nodeOf(member as Content)]));
}
