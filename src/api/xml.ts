/** Answers in XML: the one place where text, whatever its origin, becomes part of a document. */
import { XMLBuilder } from 'fast-xml-parser';
import { replaceNonXml } from '../resources/text.js';
import type { ApiResponse } from './service.js';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const HEADERS = { 'content-type': 'text/xml;charset=UTF-8' } as const;

/** A parser makes a line feed of a carriage return, unless it is written as a reference (XML 1.0, section 2.11). */
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/** ASCII without what has a meaning in XML, as most texts are. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

const builder = new XMLBuilder({
  suppressEmptyNode: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  tagValueProcessor: (_name, value) => (typeof value === 'string' ? xmlText(value) : value),
  attributeValueProcessor: (_name, value) => xmlText(String(value)),
});

/**
 * A document as an answer. Texts may hold any characters: those that XML cannot hold become U+FFFD.
 * @param document element names to contents; names that begin with `@` are attributes. Names are not checked.
 */
export function xmlResponse(status: number, document: Readonly<Record<string, unknown>>): ApiResponse {
  return xmlTextResponse(status, xmlElements(document));
}

/** A document as an answer. @param text what `xmlElements` made */
export function xmlTextResponse(status: number, text: string): ApiResponse {
  return { status, headers: HEADERS, body: DECLARATION + text };
}

/** Elements as text, for a document that is put together between other work. @param nodes as for `xmlResponse` */
export function xmlElements(nodes: Readonly<Record<string, unknown>>): string {
  return builder.build(nodes);
}

/** Text as it stands in a document. */
function xmlText(text: string): string {
  if (PLAIN.test(text)) return text;
  return replaceNonXml(text).replace(/[&<>"'\r]/g, (character) => REFERENCES[character] ?? '');
}
