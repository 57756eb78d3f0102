/** Answers of the EC2 Query API, in XML. */

import { errorResponse } from '../error-response.js';
import type { ApiResponse } from '../service.js';
import { xmlElements, xmlTextResponse } from '../xml.js';
import type { Ec2Error } from './ec2-error.js';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** An element's content by child name: text and numbers, structures, lists; what is `undefined` is left out. */
export interface Structure {
  readonly [child: string]: Content | undefined;
}

type Content = string | number | boolean | Structure | RenderedItems | readonly (string | Structure)[];

/** The items of a long list, made into XML one by one, between other work. Only at the top of an answer. */
export class RenderedItems {
  readonly #items: string[] = [];
  #characters = 0;

  get count(): number {
    return this.#items.length;
  }

  get characters(): number {
    return this.#characters;
  }

  add(item: Structure): void {
    const text = xmlElements({ item: nodesOf(item) });
    this.#items.push(text);
    this.#characters += text.length;
  }

  /** The list as an element. */
  element(name: string): string {
    return this.#items.length === 0 ? `<${name}/>` : `<${name}>${this.#items.join('')}</${name}>`;
  }
}

/** `<ActionResponse>` with the request's id before everything else. */
export function formatResponse(action: string, requestId: string, content: Structure): ApiResponse {
  const children: Structure = { requestId, ...content };
  const elements = Object.entries(children).map(([name, child]) =>
    child instanceof RenderedItems ? child.element(name) : xmlElements(nodesOf({ [name]: child })),
  );
  const root = `${action}Response`;
  return xmlTextResponse(200, `<${root} xmlns="${NAMESPACE}">${elements.join('')}</${root}>`);
}

/** The document that clients make their exceptions of. */
export function formatError(error: Ec2Error, requestId: string): ApiResponse {
  return errorResponse('ec2', error, requestId);
}

/** Lists become `<item>` elements inside one element, which is there even when the list is empty. */
function nodesOf(structure: Structure): Record<string, unknown> {
  const nodes: Record<string, unknown> = {};
  for (const [name, content] of Object.entries(structure)) {
    if (content !== undefined && !(content instanceof RenderedItems)) nodes[name] = nodeOf(content);
  }
  return nodes;
}

function nodeOf(content: Exclude<Content, RenderedItems>): unknown {
  if (isList(content)) return content.length === 0 ? '' : { item: content.map(nodeOf) };
  return typeof content === 'object' ? nodesOf(content) : content;
}

function isList(content: Exclude<Content, RenderedItems>): content is readonly (string | Structure)[] {
  return Array.isArray(content);
}
