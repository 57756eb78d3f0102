/** Responses of the EC2 Query API, in XML. */
import { errorResponse } from '../error-response.js';
import type { ApiResponse } from '../service.js';
import { xmlElements, xmlTextResponse } from '../xml.js';
import type { Ec2Error } from './ec2-error.js';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/**
 * The content of an element by the names of its children: text, numbers, structures and lists. `undefined` is left out.
 */
export interface Structure {
  readonly [child: string]: Content | undefined;
}

type Content = string | number | boolean | Structure | RenderedItems | readonly (string | Structure)[];

/** A long list whose items are made into XML one by one, between other work. Only at the top of a response. */
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

/** A response: `<ActionResponse>`, with the id of the request as its first child. */
export function formatResponse(action: string, requestId: string, content: Structure): ApiResponse {
  const children: Structure = { requestId, ...content };
  const elements = Object.entries(children).map(([name, child]) =>
    child instanceof RenderedItems ? child.element(name) : xmlElements(nodesOf({ [name]: child })),
  );
  const root = `${action}Response`;
  return xmlTextResponse(200, `<${root} xmlns="${NAMESPACE}">${elements.join('')}</${root}>`);
}

/** An error response. */
export function formatError(error: Ec2Error, requestId: string): ApiResponse {
  return errorResponse('ec2', error, requestId);
}

/** The nodes of a structure. A list becomes an element with `<item>` children; an empty list is an empty element. */
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
