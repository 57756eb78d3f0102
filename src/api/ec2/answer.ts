/** Answers of the EC2 Query API, in XML. */
import type { ApiAnswer } from '../service.js';
import { xmlAnswer } from '../xml.js';
import type { Ec2Error } from './ec2-error.js';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** An element's content by child name: text and numbers, structures, lists; what is `undefined` is left out. */
export interface Structure {
  readonly [child: string]: Content | undefined;
}

type Content = string | number | boolean | Structure | readonly (string | Structure)[];

/** `<ActionResponse>` with the request's id before everything else. */
export function formatAnswer(action: string, requestId: string, content: Structure): ApiAnswer {
  const root = { '@xmlns': NAMESPACE, requestId, ...nodesOf(content) };
  return xmlAnswer(200, { [`${action}Response`]: root });
}

/** The document that clients make their exceptions of. */
export function formatError(error: Ec2Error, requestId: string): ApiAnswer {
  const { code, message, status } = error;
  return xmlAnswer(status, {
    Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
  });
}

/** Lists become `<item>` elements inside one element, which is there even when the list is empty. */
function nodesOf(structure: Structure): Record<string, unknown> {
  const nodes: Record<string, unknown> = {};
  for (const [name, content] of Object.entries(structure)) {
    if (content !== undefined) nodes[name] = nodeOf(content);
  }
  return nodes;
}

function nodeOf(content: Content): unknown {
  if (isList(content)) return content.length === 0 ? '' : { item: content.map(nodeOf) };
  return typeof content === 'object' ? nodesOf(content) : content;
}

function isList(content: Content): content is readonly (string | Structure)[] {
  return Array.isArray(content);
}
