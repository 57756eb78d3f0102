/** Responses in XML. Only here does text, of any origin, become part of a document. */
import { XMLBuilder } from 'fast-xml-parser';
import { replaceNonXml } from '../resources/text.js';
import type { ApiResponse } from './service.js';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const HEADERS = { 'content-type': 'text/xml;charset=UTF-8' } as const;

/** Parsers turn a carriage return into a line feed, unless it is a reference (XML 1.0, section 2.11). */
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/** ASCII without characters that have a meaning in XML. Most texts match. */
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
 * A response with a document. Texts may hold any characters; those that XML cannot hold become U+FFFD.
 * @param document contents by element name; names that begin with `@` are attributes. Names are not checked.
 */
export function xmlResponse(status: number, document: Readonly<Record<string, unknown>>): ApiResponse {
  return xmlTextResponse(status, xmlElements(document));
}

/** A response with a document. @param text from `xmlElements` */
export function xmlTextResponse(status: number, text: string): ApiResponse {
  return { status, headers: HEADERS, body: DECLARATION + text };
}

/** Elements as text, for a document that is made part by part. @param nodes as for `xmlResponse` */
export function xmlElements(nodes: Readonly<Record<string, unknown>>): string {
  return builder.build(nodes);
}

/** Text as it is written in a document. */
function xmlText(text: string): string {
  if (PLAIN.test(text)) return text;
  return replaceNonXml(text).replace(/[&<>"'\r]/g, (character) => REFERENCES[character] ?? '');
}
